"""A storm over the points: owners buy, come, give back, redeem and tell everything twice, all at the same time.

`python -m tests.points_storm --operations 100000` runs it on the local cloud and prints what it counted.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from threading import Lock

from infra.local.ministack import ministack
from ownerloop.adapters.booking_desk import booking_desk
from ownerloop.adapters.complaint_desk import complaint_desk
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.points import DynamoLedger, DynamoPoints
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.memory import MemoryEnrolments, MemoryOwners, MemoryVault, MemoryVehicles
from ownerloop.adapters.memory_leads import MemoryLeadEvidence
from ownerloop.adapters.memory_owners import MemoryInteractions, MemoryTiers
from ownerloop.adapters.memory_points import MemoryPoints
from ownerloop.adapters.memory_streams import MemoryBus, MemoryHistory, MemoryQuarantine
from ownerloop.adapters.memory_workshop import MemoryWorkshop
from ownerloop.contracts import points_events
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interactions import (
    Interaction,
    InteractionArrival,
    PointsRedeemed,
    Purchase,
    RedemptionReturned,
    Refund,
    Touch,
)
from ownerloop.domain.owner import Owner
from ownerloop.domain.redemption import Mall, MallItem
from ownerloop.owner_ports import Interactions
from ownerloop.points_ports import Ledger, Points, PointsDesk
from ownerloop.ports import Vehicles
from ownerloop.usecases.expire_points import expire_points
from ownerloop.usecases.interaction_world import InteractionWorld
from ownerloop.usecases.process_interactions import process
from ownerloop.workshop_ports import BookingDesk
from tests.adapters.full_items import surrogate
from tests.filling import fill_tables
from tests.interaction_builders import interaction_rules
from tests.points_builders import a_points_policy
from tests.points_count import SOURCE, counted, key_of
from tests.tables import Tables, emulator_tables

STARTS_AT = datetime(2024, 1, 1, 4, tzinfo=UTC)
LASTS_MAX = timedelta(days=5 * 365)  # long enough for lots to lapse and to be forgotten
PERSONS = 120
SPELL = 400  # operations in which the same orders and redemptions are told of
STEP_MAX = timedelta(hours=5)  # a spell is 83 days at most, so that an order is told of long before its lot is closed
ATTEMPTS_MAX = 200  # of one event that keeps losing to its rivals, as the queue would try
POLICY = a_points_policy(validity_months=12)
MALL = Mall(
    "storm",
    date(2014, 1, 1),
    {
        one.item_id: one
        for one in (MallItem("mug", "杯", "Mug", 20, 10_000), MallItem("model", "车模", "Model car", 60, 25))
    },
)


@dataclass(slots=True)
class Sea:
    """Where the storm happens: the real use cases over real or in-memory tables."""

    world: InteractionWorld
    points: Points
    ledger: Ledger
    persons: list[str]


@dataclass(frozen=True, slots=True)
class Event:
    """One event with the instant at which it arrives."""

    arrival: InteractionArrival
    now: datetime


@dataclass(slots=True)
class Log:
    """What was delivered, and how often an event had to be tried again."""

    events: list[Event] = field(default_factory=list)
    tries: int = 0
    expired: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def arrivals(self) -> list[InteractionArrival]:
        """Return every event that was delivered, in some order."""
        return [event.arrival for event in self.events]

    def tell(self, event: Event, *, tries: int) -> None:
        with self._lock:
            self.events.append(event)
            self.tries += tries


def in_memory(persons: int) -> Sea:
    owners, vehicles, points = MemoryOwners(), MemoryVehicles(), MemoryPoints()
    enrolments = MemoryEnrolments(owners, vehicles)
    interactions = MemoryInteractions(owners, vehicles, MemoryTiers(owners), enrolments, points=points)
    people = [an_owner(number) for number in range(persons)]
    owners.held |= {owner.person_id: owner for owner in people}
    return _sea(interactions, vehicles, points, points, people)


def on_tables(tables: Tables, persons: int) -> Sea:
    people = [an_owner(number) for number in range(persons)]
    fill_tables(owners_table=tables.owners, vehicles_table=tables.vehicles, owners=people, cars=[])
    return _sea(
        DynamoInteractions(tables.interactions),
        DynamoVehicles(tables.vehicles),
        DynamoPoints(tables.points),
        DynamoLedger(tables.points),
        people,
    )


def an_owner(number: int) -> Owner:
    known = datetime(2020, 1, 1, tzinfo=UTC)
    return Owner(surrogate("p", number), version=1, registered_at=known, known_since=known, zone="UTC")


def _sea(
    interactions: Interactions, vehicles: Vehicles, points: Points, ledger: Ledger, people: Sequence[Owner]
) -> Sea:
    vault = MemoryVault()
    for number, owner in enumerate(people):
        vault.remember_address(owner.person_id, channel="wecom", address=key_of(number), told_at=STARTS_AT)
    desk = booking_desk("none", "none")
    world = InteractionWorld(
        directory=vault,
        interactions=interactions,
        vehicles=vehicles,
        history=MemoryHistory(),
        quarantine=MemoryQuarantine(),
        bus=MemoryBus(),
        replan=lambda car, _: car,
        rules=interaction_rules(),
        bookings=BookingDesk(MemoryWorkshop(), MemoryLeadEvidence(), MemoryOwners(), desk.answers, desk.rules),
        points=PointsDesk(points, MemoryOwners(people), points_events, lambda _: POLICY, lambda _: MALL),
        complaints=complaint_desk(),
    )
    return Sea(world, points, ledger, [owner.person_id for owner in people])


def storm(sea: Sea, *, operations: int, threads: int, persons: int, seed: int = 0) -> Log:
    """Let the threads take operation after operation, all at the same time; return what was delivered."""
    log = Log()
    step = min(LASTS_MAX / operations, STEP_MAX)
    places = count()

    def rage(number: int) -> None:
        chance = Random(seed * 1_000 + number)
        said: list[Event] = []
        while (place := next(places)) < operations:
            now = STARTS_AT + step * place
            if chance.random() < 0.02:
                _expire(sea, chance.randrange(16), now=now, log=log)
                continue
            event = (
                chance.choice(said)
                if said and chance.random() < 0.1
                else _an_event(chance, place, now, persons=persons)
            )
            said.append(event)
            log.tell(event, tries=_deliver(sea, event))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(rage, range(threads)))
    return log


def _deliver(sea: Sea, event: Event) -> int:
    for tried in range(ATTEMPTS_MAX):
        report = process([event.arrival], world=sea.world, now=event.now)
        if not report.faulted:
            return tried
    raise report.faults[0]


def _expire(sea: Sea, place: int, *, now: datetime, log: Log) -> None:
    report = expire_points(place, points=sea.points, ledger=sea.ledger, now=now)
    log.expired += report.points
    report.faults.raise_first()


def _an_event(chance: Random, place: int, now: datetime, *, persons: int) -> Event:
    person = int(chance.random() ** 2 * persons)  # a few meet often
    kind = chance.random()
    at = now - timedelta(days=chance.randrange(0, 40))
    order = f"o-{person}-{place // SPELL}-{chance.randrange(4)}"  # all threads tell of the same orders
    redemption = f"r-{person}-{place // SPELL}-{chance.randrange(6)}"
    said: Interaction
    if kind < 0.35:
        said = Purchase(order, chance.randrange(0, 160) * 1_000, chance.choice(("parts", "insurance")))
    elif kind < 0.45:
        said = Touch(FactKind.CHECK_IN)
    elif kind < 0.6:
        said = Refund(order, f"f-{chance.randrange(3)}", chance.randrange(1, 100) * 1_000)
    elif kind < 0.92:
        is_item = chance.random() < 0.6
        item = chance.choice(("mug", "model", "mug")) if is_item else None
        said = PointsRedeemed(redemption, item, 1, None if item else 10 * chance.randrange(1, 12))
    else:
        said = RedemptionReturned(redemption)
    name = str(place)
    moment = now if isinstance(said, PointsRedeemed | RedemptionReturned) else at
    arrival = InteractionArrival(
        event_key=name,
        event_type="storm",
        subject=key_of(person),
        is_wecom_address=True,
        occurred_at=moment,
        received_at=now,
        payload_hash=name,
        interaction=said,
        source=SOURCE,
    )
    return Event(arrival, now)


def replayed(sea: Sea, log: Log, *, events: int) -> bool:
    """Return whether delivering so many of the events once more changes nothing."""
    before = sea.points.accounts(sea.persons), sea.points.taken(MALL.items)
    for event in Random(1).sample(log.events, k=min(events, len(log.events))):
        _deliver(sea, event)
    return before == (sea.points.accounts(sea.persons), sea.points.taken(MALL.items))


def _cloud(operations: int, threads: int) -> Iterator[str]:
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory()))
        stack = undo.enter_context(ministack(folder, {}))
        sea = on_tables(undo.enter_context(emulator_tables(stack.endpoint)), PERSONS)
        started = time.monotonic()
        log = storm(sea, operations=operations, threads=threads, persons=PERSONS)
        yield f"{operations} operations by {threads} threads in {time.monotonic() - started:.0f} s"
        found = counted(log.arrivals, points=sea.points, ledger=sea.ledger, persons=sea.persons, mall=MALL)
        for name, number in sorted(found.items()):
            yield f"{number:>9}  {name}"
        yield f"{log.tries:>9}  tried again by the queue"
        yield f"replay of 1000 events changes nothing: {replayed(sea, log, events=1_000)}"


def main(arguments: Sequence[str]) -> int:
    """Run the storm on the local cloud and print what was counted; every law that breaks raises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=16)
    asked = parser.parse_args(arguments)
    for line in _cloud(asked.operations, asked.threads):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
