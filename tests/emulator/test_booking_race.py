"""The rush: many bookings at once for a day of 20 slots, on a real table. Ours books exactly 20, the naive one more."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import TypeVar

import pytest

from ownerloop.adapters.booking_desk import booking_desk
from ownerloop.adapters.complaint_desk import complaint_desk
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.memory import MemoryVault
from ownerloop.adapters.memory_streams import MemoryBus, MemoryHistory, MemoryQuarantine
from ownerloop.adapters.points_desk import points_desk
from ownerloop.domain.consent import ConsentHead, Ownership
from ownerloop.domain.interactions import BookingMade, InteractionArrival
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.workdays import Opening
from ownerloop.domain.workshop import Job, JobClass, load
from ownerloop.usecases.interaction_rows import InteractionReport
from ownerloop.usecases.interaction_world import InteractionWorld
from ownerloop.usecases.process_interactions import process
from tests.adapters.full_items import surrogate
from tests.filling import fill_tables
from tests.interaction_builders import interaction_rules
from tests.naive.naive_booking import NaiveBooking
from tests.tables import Tables
from tests.workshop_builders import STORE, policy, rules

pytestmark = pytest.mark.emulator

SLOTS, WAITING = 20, 30
WHOLE = pytest.param(500, marks=(pytest.mark.prove, pytest.mark.slow))
THREADS = 100  # in flight at one time; the local cloud lets more of them time out
ROUNDS_MAX = 60  # of the queue: each round somebody wins, or nobody is left who could
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
ON = date(2026, 3, 10)
NINE = datetime(2026, 3, 10, 1, tzinfo=UTC)
SHOP = rules(jobs={JobClass.MAINTENANCE: Job(60, SLOTS)})  # two bays and two technicians for ten hours
OPENING = Opening(time(9), time(19))
T = TypeVar("T")
A = TypeVar("A")


def at_once(job: Callable[[A], T], each: Sequence[A]) -> list[T]:
    """Return what the job gave for each, by threads that all start at the same moment."""
    barrier = Barrier(min(THREADS, len(each)))

    def started(mine: Sequence[A]) -> list[T]:
        barrier.wait()
        return [job(one) for one in mine]

    with ThreadPoolExecutor(barrier.parties) as pool:
        shares = [each[start :: barrier.parties] for start in range(barrier.parties)]
        return [done for share in pool.map(started, shares) for done in share]


def a_world(tables: Tables, bookings: int) -> InteractionWorld:
    """Return the real use case over real tables; identifiers, history and bus stay in memory."""
    vault, numbers = MemoryVault(), range(1, bookings + 1)
    ids = vault.enrol_vehicles([a_vin(number) for number in numbers])
    owners = [Owner(surrogate("p", number), version=1, store_id=STORE) for number in numbers]
    cars = [
        Vehicle(ids[a_vin(number)], version=1, store_id=STORE, consent=owned_by(surrogate("p", number)))
        for number in numbers
    ]
    for number in numbers:
        vault.remember_address(surrogate("p", number), channel="wecom", address=f"wm-{number}", told_at=NOW)
    fill_tables(owners_table=tables.owners, vehicles_table=tables.vehicles, owners=owners, cars=cars)
    desk = booking_desk(tables.workshop, tables.owners)
    held = replace(
        desk.rules,
        workshops={STORE: SHOP},
        opening_on=lambda *_: OPENING,
        policy_on=lambda _: policy(waitlist_max=WAITING),
    )
    return InteractionWorld(
        directory=vault,
        interactions=DynamoInteractions(tables.interactions),
        vehicles=DynamoVehicles(tables.vehicles),
        history=MemoryHistory(),
        quarantine=MemoryQuarantine(),
        bus=MemoryBus(),
        replan=lambda car, _: car,
        rules=interaction_rules(),
        bookings=replace(desk, rules=held),
        points=points_desk(tables.points, tables.owners),
        complaints=complaint_desk(),
    )


def owned_by(person_id: str) -> ConsentHead:
    return ConsentHead(owners=(Ownership(NOW - timedelta(days=900), person_id),))


def a_vin(number: int) -> str:
    return f"LOWNERLP0K{number:07d}"


def a_booking(number: int) -> InteractionArrival:
    """Return the wish of one owner: an hour of the day, or near it."""
    wish = BookingMade(f"b-{number}", a_vin(number), NINE + timedelta(hours=number % 10), None, is_flexible=True)
    return InteractionArrival(
        event_key=f"e_{number}",
        event_type="ownerloop.interaction.booking_made.v1",
        subject=f"wm-{number}",
        is_wecom_address=True,
        occurred_at=NOW,
        received_at=NOW,
        payload_hash="h",
        interaction=wish,
        source="urn:example:shop",
    )


def as_the_queue(arrivals: Sequence[InteractionArrival], world: InteractionWorld) -> list[InteractionReport]:
    """Process each event at once, and what faulted again, as the queue does; return every report."""
    reports: list[InteractionReport] = []
    left = list(arrivals)
    for _ in range(ROUNDS_MAX):
        done = at_once(lambda arrival: process([arrival], world=world, now=NOW), left)
        reports += done
        faulted = {key for report in done for key in report.faulted}
        left = [arrival for arrival in left if arrival.event_key in faulted]
        if not left:
            return reports
    raise AssertionError("somebody never got an answer")


@pytest.mark.parametrize("bookings", [64, WHOLE])
def test_of_many_bookings_at_once_for_twenty_slots_exactly_twenty_are_booked(tables: Tables, bookings: int) -> None:
    told = MemoryBus()
    world = replace(a_world(tables, bookings), bus=told)
    naive = NaiveBooking(tables.workshop, slots=SLOTS)

    as_the_queue([a_booking(number) for number in range(1, bookings + 1)], world)
    at_once(lambda number: naive.book(STORE, ON, booking_id=f"b-{number}"), range(bookings))

    day = world.bookings.workshop.load([(STORE, ON)])[STORE, ON]
    answers = {event["subject"]: event["data"]["state"] for event in told.events}
    assert len(day.bookings) == SLOTS
    assert load(day).total == SLOTS * 60
    assert {(one.place.start_minute, one.place.bay) for one in day.bookings if one.place} == {
        (hour * 60, bay) for hour in range(9, 19) for bay in (1, 2)
    }
    assert Counter(answers.values()) == {
        "booked": SLOTS,
        "waitlisted": WAITING,
        "refused": bookings - SLOTS - WAITING,
    }
    assert day.version == SLOTS + WAITING, "who found no place wrote nothing to the day"
    assert naive.booked(STORE, ON) > SLOTS
