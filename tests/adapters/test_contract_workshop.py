"""The promises of the workshops' days and bookings, on every backend."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.workshop import DynamoWorkshop, day_values
from ownerloop.adapters.memory import MemoryContacts, MemoryEnrolments, MemoryOwners, MemoryVehicles
from ownerloop.adapters.memory_owners import MemoryInteractions, MemoryTiers
from ownerloop.adapters.memory_workshop import MemoryWorkshop
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.interaction_change import InteractionChange, WorkshopChange
from ownerloop.domain.standing import Standing
from ownerloop.domain.workshop import Booking, BookingState, Day, Place
from ownerloop.owner_ports import Interactions
from ownerloop.workshop_ports import Workshop
from tests.adapters.full_items import a_full_contact, assert_every_field_is_set, surrogate
from tests.builders import START, TODAY
from tests.tables import Tables
from tests.workshop_builders import MAINTENANCE, STORE, VISIT_ON, a_day, asked

DAY = timedelta(days=1)
ITEM_BYTES_MAX = 400 * 1024


@dataclass(frozen=True, slots=True)
class Shop:
    """The ports of bookings on one backend."""

    interactions: Interactions
    workshop: Workshop


@pytest.fixture
def shop(backend: Tables | None) -> Shop:
    if backend is None:
        owners, vehicles, workshop = MemoryOwners(), MemoryVehicles(), MemoryWorkshop()
        enrolments, tiers = MemoryEnrolments(owners, vehicles), MemoryTiers(owners)
        contacts = MemoryContacts()
        return Shop(
            MemoryInteractions(owners, vehicles, tiers, enrolments, workshop=workshop, contacts=contacts), workshop
        )
    return Shop(DynamoInteractions(backend.interactions), DynamoWorkshop(backend.workshop))


def a_standing(number: int = 1) -> Standing:
    standing = Standing(
        booking_key=surrogate("b", number),
        person_id=surrogate("p", number),
        state=BookingState.WAITLISTED,
        reason="waitlisted",
        told_at=START,
        version=1,
        vehicle_id=surrogate("v", number),
        store_id=STORE,
        on=VISIT_ON,
        for_at=START + DAY,
        minutes=60,
        job_class="repair",
        technician_id="ann",
        bay=2,
        waits_as=3,
        contact_id=surrogate("c", number),
        promoted=(surrogate("b", 8), surrogate("b", 9)),
    )
    bare = Standing("", "", BookingState.BOOKED, "", START - DAY)
    assert_every_field_is_set(standing, bare)
    return standing


def a_full_day() -> Day:
    wish = asked(1, is_flexible=True, own_technician="bo", only_own=True, is_promised=True, contact_id="c_1")
    placed = Booking(wish, BookingState.MISSED, 60, Place(540, 60, "bo", 2))
    return a_day(version=1, bookings=(placed,), waitlist=(Booking(asked(2), BookingState.WAITLISTED, 60),))


def a_change(number: int, **changes: object) -> InteractionChange:
    key = f"e_{number}"
    fact = Fact(key, surrogate("p", 1), FactKind.BOOKING_MADE, START, START, TODAY)
    return InteractionChange(key, "h", START, fact, workshop=WorkshopChange(**changes))  # type: ignore[arg-type]


def test_a_day_and_its_bookings_are_written_with_the_event(shop: Shop) -> None:
    day, one, other = a_full_day(), a_standing(1), a_standing(2)

    assert shop.interactions.apply(a_change(1, days=(day,), standings=(one, other)))

    assert shop.workshop.load([(STORE, VISIT_ON)]) == {(STORE, VISIT_ON): day}
    assert shop.workshop.standings([one.booking_key, other.booking_key]) == {
        one.booking_key: one,
        other.booking_key: other,
    }


def test_before_anybody_booked_every_day_is_empty_and_no_booking_is_known(shop: Shop) -> None:
    days = shop.workshop.days(STORE, since=VISIT_ON, through=VISIT_ON + 2 * DAY)

    assert days == [Day(STORE, VISIT_ON + offset * DAY) for offset in range(3)]
    assert shop.workshop.standings([surrogate("b", 1)]) == {}
    assert shop.workshop.standings([]) == {}
    assert shop.workshop.load([]) == {}


def test_the_days_of_a_span_come_in_order_with_what_they_hold(shop: Shop) -> None:
    day = replace(a_full_day(), on=VISIT_ON + DAY)
    shop.interactions.apply(a_change(1, days=(day,)))

    days = shop.workshop.days(STORE, since=VISIT_ON, through=VISIT_ON + 2 * DAY)

    assert [one.version for one in days] == [0, 1, 0]
    assert days[1] == day


@pytest.mark.parametrize("part", ["day", "standing", "contact"])
def test_a_part_that_somebody_else_wrote_stops_the_whole_event(shop: Shop, part: str) -> None:
    day, standing, contact = a_full_day(), a_standing(), a_full_contact()
    first: dict[str, tuple[object, ...]] = {"days": (day,), "standings": (standing,), "contacts": (contact,)}
    again = {"days": (replace(day, version=2),), "standings": (replace(standing, version=2),), "contacts": ()}
    field = {"day": "days", "standing": "standings", "contact": "contacts"}[part]
    shop.interactions.apply(a_change(1, **first))

    with pytest.raises(VersionConflictError):
        shop.interactions.apply(a_change(2, **(again | {field: first[field]})))

    held = shop.interactions.held(surrogate("p", 1), event_key="e_2", case_key=None)
    assert held.applied is None
    assert shop.workshop.load([(STORE, VISIT_ON)])[STORE, VISIT_ON].version == 1
    assert shop.workshop.standings([standing.booking_key])[standing.booking_key].version == 1


def test_a_day_as_full_as_it_can_be_weighs_far_less_than_an_item_may() -> None:
    held = tuple(
        Booking(asked(number, own_technician="tech-sh-pudong-1", contact_id=surrogate("c", number)), state, 60, place)
        for number in range(100)
        for state, place in [(BookingState.BOOKED, Place(540, 60, "tech-sh-pudong-1", 3))]
    )
    day = a_day(version=1, bookings=held, waitlist=held[:60])

    assert len(day_values(day)["body"]) < ITEM_BYTES_MAX // 16
    assert day.bookings[0].asked.job_class is MAINTENANCE
