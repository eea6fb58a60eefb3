"""Bookings as events: each decided once, answered on the bus, and never more than the day holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.contact import ContactClass
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.interactions import (
    BookingCancelled,
    BookingChanged,
    BookingMade,
    BookingMissed,
    Interaction,
    InteractionArrival,
)
from ownerloop.domain.standing import Standing, booking_key
from ownerloop.domain.workshop import Day, Job, JobClass, Technician, load
from ownerloop.usecases.process_interactions import ATTEMPTS_MAX
from tests.usecases.interaction_world import DAY, LI, LIS_VIN, NOW, STORE, VIN, WANG, World, a_service, an_arrival
from tests.workshop_builders import OPENING, policy, rules

SHOP = "urn:example:shop"
ON = date(2026, 3, 10)
NINE = datetime(2026, 3, 10, 1, tzinfo=UTC)  # 9:00 in Shanghai
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CONTACT = "c_" + "0" * 24
THIRD, THIRDS_VIN = "zhao", "LOWNERLP0K0000003"


class Workshop(World):
    """The world of interactions with a workshop of one bay and one technician."""

    def __init__(self, **changes: Any) -> None:
        super().__init__()
        self.zhao = self._enrol(THIRD, THIRDS_VIN)
        able = frozenset({JobClass.MAINTENANCE, JobClass.INSPECTION})
        jobs = {JobClass.MAINTENANCE: Job(60, 8), JobClass.INSPECTION: Job(30, 8)}
        self.shop = rules(**{"bays": 1, "technicians": (Technician("ann", able),), "jobs": jobs} | changes)
        held = replace(
            self.desk.rules,
            workshops={STORE: self.shop},
            opening_on=lambda _, on: None if on.day == 11 else OPENING,
            policy_on=lambda _: policy(),
        )
        self.desk = replace(self.desk, rules=held)
        self.numbers = 0

    def tell(self, said: Interaction, *, key: str = "", subject: str = WANG, at: datetime = NOW) -> Any:
        self.numbers += 1
        return self.process([told(said, key=key or f"e_{self.numbers}", subject=subject, at=at)])

    def stands(self, booking_id: str = "b-1") -> Standing:
        return self.workshop.bookings[booking_key(SHOP, booking_id)]

    def state(self, booking_id: str = "b-1") -> str:
        return str(self.stands(booking_id).state)

    def day(self, on: date = ON) -> Day:
        return self.workshop.held[STORE, on]

    def answers(self) -> list[tuple[str, str]]:
        return [
            (event["data"]["state"], event["data"]["reason"])
            for event in self.bus.events
            if event["type"] == "ownerloop.workshop.booking_settled.v1"
        ]


def told(said: Interaction, *, key: str, subject: str = WANG, at: datetime = NOW) -> InteractionArrival:
    return replace(an_arrival(said, key=key, subject=subject, at=at, received_at=max(at, NOW)), source=SHOP)


def made(booking_id: str = "b-1", *, vin: str = VIN, for_at: datetime = NINE, **more: Any) -> BookingMade:
    return BookingMade(booking_id, vin, for_at, more.pop("contact_id", None), **more)


def two_for_one_hour() -> Workshop:
    world = Workshop()
    world.tell(made())
    world.tell(made("b-2", vin=LIS_VIN), subject=LI)
    return world


def test_a_booking_takes_its_hour_and_the_car_carries_it() -> None:
    world = Workshop()

    world.tell(made(contact_id=CONTACT))

    stands = world.stands()
    assert (stands.state, stands.for_at, stands.minutes, stands.technician_id, stands.bay) == (
        "booked",
        NINE,
        60,
        "ann",
        1,
    )
    assert (stands.person_id, stands.contact_id, stands.store_id, stands.on) == (world.wang, CONTACT, STORE, ON)
    assert [(one.on, one.booking_key) for one in world.car().booked] == [(ON, stands.booking_key)]
    assert world.answers() == [("booked", "booked")]
    assert [
        (one.contact_id, one.visit_on) for one in world.evidence.of_store(STORE, since=ON - 30 * DAY, through=ON)[1]
    ]


def test_the_second_owner_of_one_hour_waits_and_is_called_when_it_comes_free() -> None:
    world = two_for_one_hour()
    assert (world.state("b-2"), world.stands("b-2").waits_as) == ("waitlisted", 1)

    world.tell(BookingCancelled("b-1"))

    (contact,) = world.contacts.held.values()
    assert (world.state("b-1"), world.state("b-2"), world.stands("b-2").reason) == ("cancelled", "booked", "promoted")
    assert (contact.person_id, contact.contact_class, contact.topic) == (world.li, ContactClass.SERVICE, "booking")
    assert (contact.valid_until, contact.due_cycle, contact.store_id) == (NINE, "", STORE)
    assert world.answers()[-2:] == [("cancelled", "cancelled"), ("booked", "promoted")]
    assert world.car().booked == ()
    assert world.car().vehicle_id in world.replanned


def test_a_booking_told_twice_is_booked_once_and_answered_alike() -> None:
    world = Workshop()

    world.tell(made(contact_id=CONTACT), key="e_same")
    before = world.essence()
    world.tell(made(contact_id=CONTACT), key="e_same")

    first, again = [event for event in world.bus.events if "workshop" in event["type"]]
    assert first == again
    assert world.essence() == before


def test_a_cancellation_told_twice_answers_for_those_whom_it_promoted_too() -> None:
    world = two_for_one_hour()

    world.tell(BookingCancelled("b-1"), key="e_same")
    before, told_first = world.essence(), world.bus.events[-2:]
    world.tell(BookingCancelled("b-1"), key="e_same")

    assert world.bus.events[-2:] == told_first
    assert world.essence() == before
    assert len(world.contacts.held) == 1


def test_a_number_is_made_once_only() -> None:
    world = Workshop()
    world.tell(made())

    report = world.tell(made(for_at=NINE + HOUR))

    assert report.refused[0].reason == "booking_exists"
    assert world.answers()[-1] == ("refused", "booking_exists")


@pytest.mark.parametrize(
    ("said", "reason", "field"),
    [
        (made(for_at=NOW - HOUR), "in_past", "data.for_at"),
        (made(for_at=NINE + 200 * DAY), "beyond_horizon", "data.for_at"),
        (made(for_at=NINE - HOUR), "outside_opening", "data.for_at"),
        (made(for_at=NINE + 7.5 * HOUR), "outside_opening", "data.for_at"),
        (made(for_at=NINE + DAY), "closed_day", "data.for_at"),
        (made(store_id="nowhere"), "unknown_store", "data.store_id"),
        (made(job_class=JobClass.REPAIR), "unknown_job", "data.job_class"),
        (made(vin=LIS_VIN), "foreign_vehicle", "data.vin"),
        (BookingMissed("b-1"), "unknown_booking", "data.booking_id"),
    ],
)
def test_what_no_workshop_could_keep_is_refused_with_its_field_and_answered(
    said: Interaction, reason: str, field: str
) -> None:
    world = Workshop()
    before = world.essence()

    report = world.tell(said)

    assert (report.refused[0].reason, report.refused[0].field) == (reason, field)
    assert world.essence() == before
    (answer,) = [event["data"] for event in world.bus.events]
    assert (answer["state"], answer["reason"], answer["field"]) == ("refused", reason, field)


def test_a_booking_of_somebody_else_is_neither_cancelled_nor_changed() -> None:
    world = Workshop()
    world.tell(made())

    report = world.tell(BookingCancelled("b-1"), subject=LI)

    assert report.refused[0].reason == "foreign_booking"
    assert world.state() == "booked"


def test_one_car_has_one_booking_a_day_and_few_in_all() -> None:
    world = Workshop()
    world.tell(made())

    same_day = world.tell(made("b-2", for_at=NINE + 3 * HOUR))
    for number in (2, 3):
        world.tell(made(f"c-{number}", for_at=NINE + number * DAY))
    fourth = world.tell(made("b-4", for_at=NINE + 9 * DAY))

    assert same_day.refused[0].reason == "car_booked_that_day"
    assert fourth.refused[0].reason == "too_many_bookings"


def test_a_full_waitlist_is_answered_and_the_wish_stays_a_fact() -> None:
    world = two_for_one_hour()
    world.desk = replace(world.desk, rules=replace(world.desk.rules, policy_on=lambda _: policy(waitlist_max=1)))

    report = world.tell(made("b-3", vin=THIRDS_VIN), subject=THIRD)

    assert (report.refused, world.state("b-3"), world.stands("b-3").reason) == ([], "refused", "full")
    assert world.answers()[-1] == ("refused", "full")
    assert len(world.interactions.facts) == 3
    assert world.car(THIRDS_VIN).booked == ()


def test_what_the_dealer_promised_beyond_capacity_waits_first_and_is_told_as_such() -> None:
    world = two_for_one_hour()

    world.tell(made("b-3", vin=THIRDS_VIN, is_promised=True), subject=THIRD)

    assert world.answers()[-1] == ("waitlisted", "over_capacity")
    assert world.stands("b-3").waits_as == 1
    assert load(world.day()).total == 60
    assert world.car(THIRDS_VIN).booked


def test_a_promise_that_finds_its_hour_needs_no_message() -> None:
    world = two_for_one_hour()
    world.tell(made("b-3", vin=THIRDS_VIN, is_promised=True), subject=THIRD)

    world.tell(BookingCancelled("b-1"))

    assert world.state("b-3") == "booked"
    assert world.contacts.held == {}


def test_a_booking_moves_to_another_hour_and_its_own_goes_to_who_waited() -> None:
    world = two_for_one_hour()

    world.tell(BookingChanged("b-1", NINE + 2 * HOUR), at=NOW + MINUTE)

    assert (world.state("b-1"), world.stands("b-1").for_at) == ("booked", NINE + 2 * HOUR)
    assert (world.state("b-2"), world.stands("b-2").for_at) == ("booked", NINE)


def test_a_booking_moves_to_another_day_with_its_car() -> None:
    world = two_for_one_hour()

    world.tell(BookingChanged("b-1", NINE + 2 * DAY), at=NOW + MINUTE)

    later = ON + 2 * DAY
    assert [one.booking_key for one in world.day(later).bookings] == [world.stands("b-1").booking_key]
    assert [one.booking_key for one in world.day().bookings] == [world.stands("b-2").booking_key]
    assert [one.on for one in world.car().booked] == [later]


def test_a_change_that_finds_no_room_leaves_the_booking_where_it_was() -> None:
    world = two_for_one_hour()
    world.tell(made("b-3", vin=THIRDS_VIN, for_at=NINE + 2 * HOUR), subject=THIRD)

    world.tell(BookingChanged("b-3", NINE), subject=THIRD, at=NOW + MINUTE)

    assert (world.state("b-3"), world.stands("b-3").for_at) == ("booked", NINE + 2 * HOUR)
    assert world.answers()[-1] == ("booked", "no_room")


def test_an_older_change_that_comes_late_changes_nothing() -> None:
    world = Workshop()
    world.tell(made(), at=NOW - HOUR)
    world.tell(BookingChanged("b-1", NINE + 2 * HOUR), at=NOW)

    world.tell(BookingChanged("b-1", NINE + 4 * HOUR), at=NOW - MINUTE)

    assert world.stands().for_at == NINE + 2 * HOUR


def test_a_cancellation_that_overtakes_its_booking_still_holds() -> None:
    world = Workshop()

    world.tell(BookingCancelled("b-1"), at=NOW)
    world.tell(made(), at=NOW - HOUR)

    assert world.state() == "cancelled"
    assert world.workshop.held == {}
    assert world.car().booked == ()


def test_a_change_that_overtakes_its_booking_decides_the_hour() -> None:
    world = Workshop()

    world.tell(BookingChanged("b-1", NINE + 2 * HOUR), at=NOW)
    world.tell(made(), at=NOW - HOUR)

    assert (world.state(), world.stands().for_at) == ("booked", NINE + 2 * HOUR)


def test_a_no_show_is_a_fact_and_counted_on_its_day() -> None:
    world = Workshop()
    world.tell(made())

    early = world.tell(BookingMissed("b-1"), at=NOW)
    world.process([told(BookingMissed("b-1"), key="e_late", at=NINE + HOUR)], now=NINE + HOUR)

    assert early.refused[0].reason == "not_yet"
    assert (world.state(), world.day().missed) == ("missed", 1)
    assert world.car().booked == ()
    assert "booking_missed" in {fact.kind for fact in world.interactions.facts.values()}


def test_a_finished_order_ends_the_car_s_booking_of_that_day_and_remembers_who_served_it() -> None:
    world = Workshop()
    world.tell(made())

    order = told(a_service(on=ON), key="e_order", at=NINE + 2 * HOUR)
    world.process([order], now=NINE + 2 * HOUR)
    world.process([told(made("b-2", for_at=NINE + 7 * DAY), key="e_next", at=NINE + 3 * HOUR)], now=NINE + 3 * HOUR)

    assert (world.state(), world.car().own_technician) == ("done", "ann")
    assert world.stands("b-2").reason == "own_technician"
    assert world.answers()[1] == ("done", "done")


def test_an_order_of_another_day_leaves_the_booking_open() -> None:
    world = Workshop()
    world.tell(made())

    world.tell(a_service())

    assert world.state() == "booked"


def test_who_loses_the_day_to_somebody_else_reads_it_again() -> None:
    world = Workshop()
    rival = [told(made("b-2", vin=LIS_VIN), key="e_rival", subject=LI)]

    def race(operation: str) -> None:
        if operation == "interactions.apply" and rival:
            world.process([rival.pop()])

    world.on_operation = race
    report = world.tell(made())

    assert report.faults == []
    assert (world.state("b-1"), world.state("b-2")) == ("waitlisted", "booked")


def test_who_keeps_losing_is_left_to_the_queue() -> None:
    world = Workshop()

    def race(operation: str) -> None:
        if operation == "interactions.apply":
            held = world.workshop.held.get((STORE, ON)) or Day(STORE, ON)
            world.workshop.held[STORE, ON] = replace(held, version=held.version + 1)

    world.on_operation = race
    report = world.tell(made())

    assert [type(fault) for fault in report.faults] == [VersionConflictError]
    assert world.day().version == ATTEMPTS_MAX
    assert world.interactions.facts == {}


CARS = {WANG: VIN, LI: LIS_VIN, THIRD: THIRDS_VIN}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["made", "made", "cancelled", "changed", "missed"]),
        st.sampled_from(sorted(CARS)),
        st.integers(0, 2),
        st.integers(0, 4),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


def event_of(act: str, owner: str, number: int, hours: int) -> Interaction:
    booking_id, for_at = f"{owner}-{number}", NINE + hours * HOUR + number * 2 * DAY
    match act:
        case "made":
            return made(booking_id, vin=CARS[owner], for_at=for_at)
        case "changed":
            return BookingChanged(booking_id, for_at + HOUR)
        case "cancelled":
            return BookingCancelled(booking_id)
        case _:
            return BookingMissed(booking_id)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_whatever_is_told_and_however_often_days_cars_and_bookings_agree(steps: list[Any]) -> None:
    world = Workshop()
    for at, (act, owner, number, hours, is_repeated) in enumerate(steps):
        arrival = told(event_of(act, owner, number, hours), key=f"e_{at}", subject=owner, at=NOW + at * MINUTE)
        for _ in range(1 + is_repeated):
            report = world.process([arrival], now=NOW + HOUR)
            assert report.faults == []

    for day in world.workshop.held.values():
        taken = [one.place.mask for one in day.bookings if one.place]
        assert sum(mask.bit_count() for mask in taken) == sum(taken).bit_count()  # one bay, one technician: no overlap
    placed = {
        one.booking_key: (day.on, str(one.state))
        for day in world.workshop.held.values()
        for one in (*day.bookings, *day.waitlist)
    }
    stands = {key: (one.on, str(one.state)) for key, one in world.workshop.bookings.items() if one.is_open}
    assert {key: at for key, at in placed.items() if at[1] in {"booked", "waitlisted"}} == stands
    carried = {one.booking_key: one.on for car in world.vehicles.held.values() for one in car.booked}
    assert carried == {key: on for key, (on, _) in stands.items()}
