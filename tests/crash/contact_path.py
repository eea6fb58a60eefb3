"""The way of a message through the matrix: planned, dispatched, sent by staff at the provider, settled, published.

A lost answer at the provider or a late start may end another way than the calm run; what must hold is said by laws that
look at the provider's book and at the table from outside.
"""

from collections import Counter
from datetime import timedelta

from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoPlanningCursor
from ownerloop.adapters.memory import CountedSurrogates
from ownerloop.adapters.policy_files import stores
from tests.contact_builders import ANN, DAY, NOW, TODAY
from tests.crash import moments
from tests.crash.matrix import Scenario
from tests.crash.scenarios import sample
from tests.crash.world import By, World
from tests.functions.test_plan_contacts import fill

MINUTE = timedelta(minutes=1)
SENT = {"accepted", "delivered"}
ENDED = SENT | {"failed", "expired", "suppressed", "unknown"}
WAITING = {"requested", "held", "reserved", "sending"}
_PUMPS_MAX = 20


def due_car(world: World) -> None:
    """Put an owner, reachable over WeCom, and a car whose inspection falls due there."""
    world.at = NOW
    fill(world.stack)
    for store in stores():  # or the first plan would look back a month
        DynamoPlanningCursor(world.stack.names["VehiclesTable"]).mark_planned(store, through=TODAY - DAY)
    vault = DynamoVault(world.stack.names["VaultTable"], world.stack.names["VaultSecret"], CountedSurrogates())
    vault.remember_address(ANN, channel="wecom", address="wm_1", told_at=NOW)


def from_plan_to_end(world: World) -> None:
    """Let the hours' plans, the sweeps and the settlements of a day run while staff send what they find."""
    pump = Pump(world)
    for minutes in (0, 10, 20, 60, 70, 90, 100, 110, 120, 130, 140):
        world.at = NOW + minutes * MINUTE
        if minutes in {0, 60}:
            world.deliver("plan_contacts", sample("plan_contacts.schedule"), by=By.START)
            world.drain("StoreJobQueue", "plan_contacts")
        if minutes == 10 or states().keys() & WAITING:
            world.deliver("dispatch_contacts", sample("dispatch_contacts.sweep"), by=By.START)
        pump.run()
        if minutes >= 90:
            world.provider.confirm(now=world.at)
        if minutes >= 20:
            world.deliver("settle_wecom", sample("settle_wecom.schedule"), by=By.START)
            pump.run()
        if minutes >= 90 and not open_contacts():
            return


class Pump:
    """Delivers what the contacts' stream and the starts of senders hold, until nothing new comes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read = len(moments.changes("ContactsTable", since=0))
        self._started = 0

    def run(self) -> None:
        """Deliver until all is quiet."""
        for _ in range(_PUMPS_MAX):
            records = moments.changes("ContactsTable", since=self._read)
            starts = self._world.edge.started[self._started :]
            self._read += len(records)
            self._started += len(starts)
            if not records and not starts:
                return
            if records:
                self._world.deliver("dispatch_contacts", {"Records": records}, by=By.STREAM)
            for _, payload in starts:
                self._world.deliver("send_wecom", payload, by=By.START)
        self._world.dead.append("the contacts' stream has no end")


def states() -> Counter[str]:
    """Return how many contacts of the table are in each state."""
    return Counter(
        item["state"]["S"]
        for name, held in moments.items().items()
        for item in held
        if name.endswith("ContactsTable") and item["pk"]["S"].startswith("contact#")
    )


def open_contacts() -> int:
    """Return how many contacts have not ended, or would end again."""
    return sum(many for state, many in states().items() if state not in SENT)


def laws_of_a_message(world: World) -> list[str]:
    """Return what of the laws of contact does not hold after a run in which one service fell due."""
    held = states()
    return laws_of_the_book(world) + ([f"{held.total()} contacts of one due service"] if held.total() != 1 else [])


def laws_of_the_book(world: World) -> list[str]:
    """Return what does not hold between the provider's book, the contacts and what was published."""
    held = states()
    went_out = Counter(a for task in world.provider.book if task.is_confirmed for a in task.order.external_userids)
    sent, unknown = sum(held[state] for state in SENT), held["unknown"]
    links = Counter(task.order.link_url for task in world.provider.book)
    lines = [f"{state} at the end: {many}" for state, many in held.items() if state not in ENDED]
    lines += [f"{link} at the provider {many} times" for link, many in links.items() if many > 1]
    if not sent <= went_out.total() <= sent + unknown:
        lines.append(f"{went_out.total()} went out, {sent} are held to have been sent, {unknown} unknown")
    ended = {
        (event["subject"], event["data"]["state"]) for event in world.edge.published if "contact.ended" in event["type"]
    }
    if len(ended) < sum(held[state] for state in ENDED):
        lines.append("an end was not published")
    return lines


CONTACT_PATH = Scenario(
    "contact path",
    ("plan_contacts", "dispatch_contacts", "send_wecom", "settle_wecom"),
    due_car,
    from_plan_to_end,
    laws=laws_of_a_message,
    ends_alike=False,
)
