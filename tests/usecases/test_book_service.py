"""Bookings as events: each decided once, answered on the bus, and never more than the day holds."""

from dataclasses import replace

import pytest

from ownerloop.domain.contact import ContactClass
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.interactions import BookingCancelled, BookingMissed, Interaction
from ownerloop.domain.workshop import Day, JobClass, load
from ownerloop.usecases.process_interactions import ATTEMPTS_MAX
from tests.usecases.booking_world import HOUR, NINE, ON, THIRD, THIRDS_VIN, Workshop, made, told, two_for_one_hour
from tests.usecases.interaction_world import DAY, LI, LIS_VIN, NOW, STORE
from tests.workshop_builders import policy

CONTACT = "c_" + "0" * 24


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
