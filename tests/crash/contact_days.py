"""More ways of a message through the matrix: a day that is full, staff who do nothing, owners who leave meanwhile."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.memory import CountedSurrogates
from ownerloop.adapters.policy_files import contact_policy
from tests.contact_builders import ANN, HOUR, NOW, SHANGHAI, TODAY, a_car, a_contact, a_surrogate, an_owner
from tests.crash.contact_path import ENDED, MINUTE, Pump, laws_of_the_book, open_contacts, states
from tests.crash.matrix import Scenario
from tests.crash.scenarios import sample
from tests.crash.world import By, World
from tests.filling import fill_tables
from tests.partners.builders import a_request
from tests.partners.sealing import a_body, a_message, seal, sign

ADDRESS = "wm_1"
EVENING = NOW + 12 * HOUR  # 22:00 in Shanghai, after quiet hours began
SENDERS = ("dispatch_contacts", "send_wecom", "settle_wecom")
Hours = Iterable[timedelta]


def asked(world: World, *, many: int = 1) -> None:
    """Request messages of one owner, each with a text of its own, so that none shares a task."""
    cars = [a_car(1)]
    names = world.stack.names
    fill_tables(
        owners_table=names["OwnersTable"], vehicles_table=names["VehiclesTable"], owners=[an_owner()], cars=cars
    )
    vault = DynamoVault(names["VaultTable"], names["VaultSecret"], CountedSurrogates())
    vault.remember_address(ANN, channel="wecom", address=ADDRESS, told_at=NOW)
    mine = partial(a_contact, vehicle_id=a_surrogate("v", 1), due_cycle="", requested_at=world.at)
    contacts = [mine(number, text=f"message {number}", next_look_at=world.at + 5 * MINUTE) for number in range(many)]
    DynamoContacts(names["ContactsTable"]).request(contacts)


def through_days(world: World, *, many: int, steps: Hours, staff_from: timedelta) -> None:
    """Let messages be asked for, and sweeps, staff and settlements run at each step until all have ended."""
    world.at = began = NOW
    pump = Pump(world)
    asked(world, many=many)
    for after in steps:
        world.at = began + after
        pump.run()
        _sweep(world, pump)
        if after >= staff_from:
            world.provider.confirm(now=world.at)
        _settle(world, pump)
        if not open_contacts():
            return


def leaving(world: World, *, left_after: timedelta, began_at: timedelta, steps: Hours) -> None:
    """Let an owner delete the staff member as a friend after a while; staff would send what is there in the end."""
    world.at = began = NOW + began_at
    pump = Pump(world)
    asked(world)
    pump.run()
    for after in sorted({*steps, left_after}):
        world.at = began + after
        if after == left_after:
            _delete_friend(world)
        _sweep(world, pump)
        _settle(world, pump)
    world.provider.confirm(now=world.at)
    _settle(world, pump)


def _sweep(world: World, pump: Pump) -> None:
    world.deliver("dispatch_contacts", sample("dispatch_contacts.sweep"), by=By.START)
    pump.run()


def _settle(world: World, pump: Pump) -> None:
    world.deliver("settle_wecom", sample("settle_wecom.schedule"), by=By.START)
    pump.run()


def _delete_friend(world: World) -> None:
    sealed = seal(a_message(external_userid=ADDRESS, at=str(int(world.at.timestamp()))))
    told = a_request("POST", "/wecom/callback", partner_id=None, query=sign(sealed), body=a_body(sealed))
    world.deliver("receive_wecom", told, by=By.CALLER)
    world.drain("InteractionQueue", "process_interactions")


def laws_of_a_full_day(world: World, *, many: int) -> list[str]:
    """Return what does not hold: of one owner's messages no day sees more than the policy gives, and all go out."""
    policy = contact_policy(TODAY)
    days = Counter(task.confirmed_at.astimezone(SHANGHAI).date() for task in world.provider.book if task.confirmed_at)
    most = policy.daily_max - policy.kept_slots
    lines = laws_of_the_book(world) + [f"{sent} on {day}" for day, sent in days.items() if sent > most]
    if states().total() != many:
        lines.append(f"{states().total()} of {many} contacts")
    return lines


def laws_after_leaving(world: World) -> list[str]:
    """Return what does not hold: nothing goes out to somebody who left, and what was asked for ended."""
    sent = [task for task in world.provider.book if task.confirmed_at]
    lines = [f"{len(sent)} sent to somebody who had left"] if sent else []
    return lines + [f"{state} at the end: {many}" for state, many in states().items() if state not in ENDED]


def _path(
    name: str, folders: tuple[str, ...], play: Callable[[World], None], laws: Callable[[World], list[str]]
) -> Scenario:
    return Scenario(name, folders, lambda _: None, play, laws=laws, ends_alike=False)


_OFFICE = tuple(minutes * MINUTE for minutes in (0, 10, 20, 60, 70, 90, 120))
_STOPPED = tuple(minutes * MINUTE for minutes in (615, 635, 645))  # cancelled before the night
_LEFT = (*SENDERS, "receive_wecom", "process_interactions")
DAY = timedelta(days=1)

FULL_DAY = _path(
    "contact path, full day",
    SENDERS,
    partial(through_days, many=4, steps=(*_OFFICE, *_STOPPED, *(DAY + step for step in _OFFICE)), staff_from=HOUR),
    partial(laws_of_a_full_day, many=4),
)
SILENT_STAFF = _path(
    "contact path, silent staff",
    SENDERS,
    partial(
        through_days, many=1, steps=(*_OFFICE, *_STOPPED, *(DAY + step for step in _OFFICE)), staff_from=DAY + HOUR
    ),
    partial(laws_of_a_full_day, many=1),
)
LEFT_AT_NIGHT = _path(
    "contact path, left at night",
    _LEFT,
    partial(leaving, began_at=12 * HOUR, left_after=HOUR, steps=(10 * HOUR + 30 * MINUTE, 11 * HOUR, 12 * HOUR)),
    laws_after_leaving,
)
LEFT_BEFORE_SENT = _path(
    "contact path, left before sent",
    _LEFT,
    partial(leaving, began_at=timedelta(), left_after=HOUR, steps=tuple(n * 10 * MINUTE for n in range(1, 12))),
    laws_after_leaving,
)
CONTACT_DAYS = (FULL_DAY, SILENT_STAFF, LEFT_AT_NIGHT, LEFT_BEFORE_SENT)
