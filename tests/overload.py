"""A backlog that functions cannot keep up with, on a wire that fails, with messages that come again while in work.

One stack sees three things. A message whose visibility ends while a slow function still works on it is worked by a
second one at the same time. Then far more messages and requests for contact than there are functions wait, while calls
are refused, done without an answer or answered too late. What must hold is read from the tables, the queues and the
provider's log: every event takes effect exactly once, no owner gets more than a day gives, nothing healthy is given up.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from infra.local.deploy import schedules
from infra.local.drain import Queues
from infra.local.provider import counts_of
from infra.local.stack import Stack, Wish, running
from infra.operation.site import Site, local_site
from infra.operation.verifying.run import verify
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.points import DynamoLedger
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.envelope import pack
from ownerloop.adapters.memory import CountedSurrogates
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.facts import FactKind
from tests.contact_builders import HOUR, NOW, a_car, a_contact, a_head, a_surrogate, an_owner
from tests.emulator.wire import Wire, strung
from tests.filling import fill_tables
from tests.interaction_builders import a_message
from tests.messages import body, text
from tests.tables import clients_of

DAILY_MAX = 3
PER_MESSAGE = 2
QUEUE = "InteractionQueue"
BEFORE = 2  # purchases of each owner before the backlog: one for a function to be there, one that two work on
SHORT_SECONDS, LONG_SECONDS = "2", "16"  # of visibility: less than a slow delivery takes, and what none outlives
SLOW_SECONDS = 1.0  # of every call; a client waits 2
SWEEPS_AT_ONCE = 2
SWEEPS_MAX = 3  # turns at one instant: what a killed sender left is in doubt until the clock has moved on
TURN_SECONDS = 5.0
PATIENCE_SECONDS = 300.0
_POLL_SECONDS = 0.05
SENT = {ContactState.ACCEPTED, ContactState.DELIVERED}
MOVING = {ContactState.REQUESTED, ContactState.RESERVED, ContactState.SENDING}


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted."""

    events: int
    messages: int
    effects: int
    doubled: int
    worked_twice_at_once: int
    contacts: int
    went_out: int
    most_on_a_day: int
    sent_twice: int
    unaccounted: int  # at the provider beside accepted, delivered and unknown ones
    given_up: int
    requests: int
    troubled: int
    laws_broken: Sequence[str]

    @property
    def holds(self) -> bool:
        """Return whether everything is as it must be."""
        is_once = self.effects == self.events and not self.doubled
        is_capped = self.most_on_a_day <= DAILY_MAX and not self.sent_twice and not self.unaccounted
        is_tried = self.worked_twice_at_once > 0 and self.troubled > 0 and bool(self.went_out) is bool(self.contacts)
        return is_once and is_capped and is_tried and not self.given_up and not self.laws_broken


def run(folder: Path, *, owners: int, purchases: int, contacts: int, seed: int = 5) -> Figures:
    """Run a backlog of so many purchases of each owner, each told twice, and of so many messages asked for."""
    wire = Wire(seed)
    people = [a_surrogate("p", number) for number in range(owners)]
    with strung(wire) as address:
        wish = Wish(seed, starts_at=NOW, people=_people(folder, people), work_dir=folder, inherited={_URL: address})
        with running(wish, descriptor=folder / "stack.json") as stack, clients_of(stack.endpoint):
            wire.upstream = stack.endpoint
            backlog = _Backlog(stack, wire, people, contacts)
            backlog.fill()
            twice = backlog.outlive_visibility()
            wire.troubles = True
            told = backlog.tell(purchases)
            if contacts:
                backlog.ask_for_contacts()
                backlog.let_a_day_pass()
            backlog.until_quiet()
            wire.troubles = False
            if contacts:
                backlog.sweep()
            return backlog.figures(events=owners * (purchases + BEFORE), messages=told, twice=twice)


_URL = "AWS_ENDPOINT_URL"


def _people(folder: Path, people: Sequence[str]) -> Path:
    rows = [
        {"external_userid": f"wm_{place}", "person": person, "staff": ["zhang"], "zone": "Asia/Shanghai"}
        for place, person in enumerate(people)
    ]
    path = folder / "people.json"
    path.write_text(json.dumps({"people": rows}), encoding="utf-8")
    return path


class _Backlog:
    """One stack, its wire, and its owners by their places."""

    def __init__(self, stack: Stack, wire: Wire, people: Sequence[str], contacts: int) -> None:
        self._stack, self._wire, self._people, self._each = stack, wire, people, contacts
        self._site: Site = local_site(stack)
        self._contacts = DynamoContacts(self._site.ids["ContactsTable"])
        self._queues = Queues.of(stack.endpoint)

    def fill(self) -> None:
        """Put the owners, a car of each and their addresses there."""
        ids = self._site.ids
        owners = [an_owner(person) for person in self._people]
        cars = [a_car(place, consent=a_head(person)) for place, person in enumerate(self._people)]
        fill_tables(owners_table=ids["OwnersTable"], vehicles_table=ids["VehiclesTable"], owners=owners, cars=cars)
        vault = DynamoVault(ids["VaultTable"], ids["VaultSecret"], CountedSurrogates())
        for place, person in enumerate(self._people):
            vault.remember_address(person, channel="wecom", address=f"wm_{place}", told_at=NOW)

    def outlive_visibility(self) -> int:
        """Let one message come again while a slow function works on it; return how many questions both asked.

        Each step waits for what it needs to see, so that it is so on a busy machine too: a function that is there, its
        first question, which says that the message is in work, and the same question over another connection.
        """
        self._send(self._purchases(0), per_message=PER_MESSAGE)
        _until(self._is_busy)
        self._see_again_after(SHORT_SECONDS)
        self._wire.slow_seconds = SLOW_SECONDS
        self._wire.watch()
        self._send(self._purchases(1), per_message=len(self._people))
        _until(lambda: not self._wire.asked())
        self._see_again_after(LONG_SECONDS)
        _until(lambda: not self._wire.asked_twice())
        twice, self._wire.slow_seconds = self._wire.asked_twice(), 0.0
        _until(self._is_busy)
        return twice

    def tell(self, purchases: int) -> int:
        """Tell of purchases, each twice in different messages, and return in how many."""
        once = [event for number in range(purchases) for event in self._purchases(number + BEFORE)]
        return self._send([*once, *once[::-1]], per_message=PER_MESSAGE)

    def ask_for_contacts(self) -> None:
        """Ask for more contacts with each owner than a day gives."""
        for place, person in enumerate(self._people):
            mine = partial(a_contact, person_id=person, vehicle_id=a_surrogate("v", place), due_cycle="")
            first = place * self._each
            asked = (mine(first + n, text=f"message {n}") for n in range(self._each))
            self._contacts.request(list(asked))

    def let_a_day_pass(self) -> None:
        """Start sweeps and settlements over a working day, as their schedules would, several of each at once."""
        for hours in (0, 1, 2, 4, 7, 10):
            assert self._stack.moved_clock is not None
            self._stack.moved_clock.move_to(NOW + hours * HOUR + timedelta(minutes=30))
            self.sweep()
            self._start("settle_wecom")

    def sweep(self) -> None:
        """Start sweeps, several at once, until no contact moves any more or they have had their turns."""
        for _ in range(SWEEPS_MAX):
            with ThreadPoolExecutor(SWEEPS_AT_ONCE) as pool:
                list(pool.map(self._start, ["sweep"] * SWEEPS_AT_ONCE))
            if not _goes_on(self._is_moving, seconds=TURN_SECONDS):
                return

    def until_quiet(self) -> None:
        """Wait until the queues are worked off."""
        _until(self._is_busy)

    def figures(self, *, events: int, messages: int, twice: int) -> Figures:
        """Return what is to be counted once all is done."""
        ledger = DynamoLedger(self._site.ids["PointsTable"])
        causes = Counter(
            (p, e.cause) for p in self._people for e in ledger.entries(p) if e.cause.startswith("purchase")
        )
        held = self._all()
        told = counts_of(log=self._stack.provider_log, people=self._stack.people)
        sent = sum(contact.state in SENT for contact in held)
        unknown = sum(contact.state is ContactState.UNKNOWN for contact in held)
        out = told["provider_messages"]
        return Figures(
            events=events,
            messages=messages,
            effects=len(causes),
            doubled=sum(many - 1 for many in causes.values()),
            worked_twice_at_once=twice,
            contacts=len(held),
            went_out=out,
            most_on_a_day=told["max_messages_per_owner_day"],
            sent_twice=told["duplicates"],
            unaccounted=max(0, out - sent - unknown, sent - out),
            given_up=sum(depth for name, depth in self._queues.depths().items() if name in self._queues.given_up),
            requests=self._wire.requests,
            troubled=self._wire.troubled,
            laws_broken=[finding.law for finding in verify(self._site) if finding.violations],
        )

    def _purchases(self, number: int) -> list[bytes]:
        return [self._purchase(place, number) for place in range(len(self._people))]

    def _purchase(self, place: int, number: int) -> bytes:
        told = a_message(FactKind.PURCHASE, order_id=f"order-{place}-{number}")
        told["data"].pop("vin")
        at = NOW - timedelta(hours=1 + number % 100)
        return body({**told, "id": f"{place}-{number}", "subject": f"wecom:wm_{place}", "time": text(at)})

    def _send(self, events: Sequence[bytes], *, per_message: int) -> int:
        parts = (events[at : at + per_message] for at in range(0, len(events), per_message))
        bodies = [message for part in parts for message in pack(part, received_at=NOW)]
        for message in bodies:
            self._site.client("sqs").send_message(QueueUrl=self._site.ids[QUEUE], MessageBody=message)
        return len(bodies)

    def _see_again_after(self, seconds: str) -> None:
        queue, attributes = self._site.client("sqs"), {"VisibilityTimeout": seconds}
        queue.set_queue_attributes(QueueUrl=self._site.ids[QUEUE], Attributes=attributes)

    def _start(self, schedule: str) -> None:
        output, payload = schedules()[schedule]
        self._site.client("lambda").invoke(FunctionName=self._stack.outputs[output], Payload=payload)

    def _is_busy(self) -> bool:
        return any(self._queues.busy())

    def _is_moving(self) -> bool:
        return any(contact.state in MOVING for contact in self._all())

    def _all(self) -> list[Contact]:
        ids = [a_surrogate("c", number) for number in range(len(self._people) * self._each)]
        return list(self._contacts.load(ids).values())


def _until(goes_on: Callable[[], bool]) -> None:
    """Return once it does not go on any more; give up after a long while."""
    if _goes_on(goes_on, seconds=PATIENCE_SECONDS):
        raise TimeoutError("it goes on and on")


def _goes_on(goes_on: Callable[[], bool], *, seconds: float) -> bool:
    """Return whether it still goes on after so many seconds, as soon as it does not."""
    ends_at = time.monotonic() + seconds
    while goes_on():
        if time.monotonic() > ends_at:
            return True
        time.sleep(_POLL_SECONDS)
    return False
