"""Planning: each due stage asked once, with everything it must carry, and the cursor only past what is done."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ownerloop.domain.calendar import civil_day, end_of_day
from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.consent import ConsentHead, Ownership, Withdrawal
from ownerloop.domain.contact import ContactClass, ContactState
from ownerloop.domain.ids import contact_id
from ownerloop.domain.vehicle import Reminded, ServiceDone
from ownerloop.usecases.plan_contacts import PlanReport
from tests.builders import a_plan_item
from tests.contact_builders import ANN, BEN, DAY, HOUR, NOW, SHANGHAI, TODAY, a_head, a_surrogate, an_owner
from tests.usecases.dispatch_world import CrashError
from tests.usecases.planning_world import SERVICED_ON, World, a_due_car


def test_a_car_whose_reminder_day_has_come_becomes_one_contact_with_all_it_must_carry() -> None:
    world = World([a_due_car()])

    report = world.plan()

    contact = world.the_contact()
    cycle = contact.due_cycle
    assert (report.requested, report.cars, report.is_whole) == (1, 1, True)
    assert contact.contact_id == contact_id(a_surrogate("v", 1), "oil", cycle, 1)
    assert (contact.person_id, contact.store_id, contact.staff_userid) == (ANN, "sh-pudong", "zhang")
    assert (contact.contact_class, contact.topic) == (ContactClass.SERVICE, "maintenance")
    assert (contact.item, contact.stage, contact.priority) == ("oil", 1, 40)
    assert contact.valid_until == end_of_day(TODAY + 14 * DAY, SHANGHAI)
    assert contact.policy_version == "contact-test reminder-1"
    assert contact.trigger == "reminder_day#2026-03-02"
    assert contact.text == "Pudong oil zh"
    assert (contact.state, contact.holdout, contact.next_look_at) == (
        ContactState.REQUESTED,
        False,
        NOW + timedelta(minutes=5),
    )
    assert [(step.state, step.at) for step in contact.trail] == [(ContactState.REQUESTED, NOW)]


def test_the_car_remembers_what_was_asked_and_when_to_speak_next() -> None:
    world = World([a_due_car()])

    world.plan()

    car = world.car()
    assert car.reminded == (Reminded("oil", world.the_contact().due_cycle, 1),)
    assert car.remind_on == date(2026, 3, 13)
    assert car.forecast is not None
    assert car.forecast.as_of == TODAY
    assert world.cursor.planned_through("sh-pudong") == TODAY


def test_planning_twice_asks_once() -> None:
    world = World([a_due_car()])
    world.plan()

    again = world.plan(now=NOW + HOUR)

    assert again == PlanReport(is_whole=True)
    assert len(world.contacts.held) == 1


def test_the_three_stages_of_a_cycle_are_asked_each_on_its_day_and_nothing_after() -> None:
    world = World([a_due_car()])

    for day in range(60):
        world.plan(now=NOW + day * DAY)

    asked = sorted((contact.stage, contact.requested_at) for contact in world.contacts.held.values())
    assert [(stage, civil_day(at, SHANGHAI)) for stage, at in asked] == [
        (1, TODAY),
        (2, date(2026, 3, 13)),
        (3, date(2026, 3, 27)),
    ]
    assert world.car().remind_on is None


def test_a_store_that_stood_still_for_days_asks_the_highest_stage_only() -> None:
    world = World([a_due_car()])
    world.cursor.mark_planned("sh-pudong", through=TODAY - DAY)

    world.plan(now=NOW + 26 * DAY)

    assert world.the_contact().stage == 3


def test_a_crash_after_the_contacts_were_put_asks_nothing_twice() -> None:
    world = World([a_due_car()])

    def crash(operation: str) -> None:
        if operation == "vehicles.save":
            raise CrashError

    world.on_operation = crash
    with pytest.raises(CrashError):
        world.plan()
    world.on_operation = lambda _: None

    assert world.cursor.planned_through("sh-pudong") is None
    assert world.plan().requested == 0
    assert len(world.contacts.held) == 1
    assert world.car().remind_on == date(2026, 3, 13)


def test_a_car_written_by_somebody_else_meanwhile_is_planned_from_what_they_wrote() -> None:
    world = World([a_due_car()])

    def serviced_today(operation: str) -> None:
        if operation == "vehicles.save" and world.car().version == 1:
            done = (ServiceDone(item="oil", on=TODAY, odometer_m=None),)
            world.vehicles.held[world.car().vehicle_id] = replace(world.car(), version=2, services=done)

    world.on_operation = serviced_today
    report = world.plan()

    assert (report.lost, report.is_whole) == (0, True)
    assert world.car().version == 3
    assert world.car().reminded == ()
    assert world.car().remind_on == date(2027, 1, 31)


def test_a_car_that_keeps_losing_leaves_the_cursor_where_it_was() -> None:
    world = World([a_due_car()])

    def always_faster(operation: str) -> None:
        if operation == "vehicles.save":
            world.vehicles.held[world.car().vehicle_id] = replace(world.car(), version=world.car().version + 1)

    world.on_operation = always_faster
    report = world.plan()
    world.on_operation = lambda _: None

    assert (report.lost, report.is_whole) == (1, False)
    assert world.cursor.planned_through("sh-pudong") is None
    assert world.plan(now=NOW + HOUR).is_whole
    assert len(world.contacts.held) == 1


NOBODY = ConsentHead(owners=(Ownership(NOW + DAY, ANN),))
WITHDRAWN = replace(a_head(), withdrawals=(Withdrawal(NOW - DAY, ANN, "maintenance"),))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"consent": ConsentHead()}, "no_owner"),
        ({"consent": NOBODY}, "no_owner"),
        ({"consent": a_head(purposes=("marketing",))}, "no_consent"),
        ({"consent": WITHDRAWN}, "consent_withdrawn"),
    ],
)
def test_a_car_that_nobody_may_be_reminded_of_is_counted_and_looked_at_again_in_a_week(
    changes: dict[str, Any], reason: str
) -> None:
    world = World([a_due_car(**changes)])

    report = world.plan()

    assert world.contacts.held == {}
    assert report.passed_over == {reason: 1}
    assert world.car().remind_on == TODAY + 7 * DAY
    assert world.car().reminded == ()


def test_a_car_with_a_visit_booked_is_not_reminded_before_the_day_after_it() -> None:
    world = World(cars=[a_due_car(booked=(CarBooking(TODAY + 5 * DAY, "b_1"),))])

    report = world.plan()

    assert (report.requested, dict(report.passed_over)) == (0, {"booked": 1})
    assert world.car().remind_on == TODAY + 6 * DAY


def test_a_car_whose_visit_has_passed_is_reminded_again() -> None:
    world = World(cars=[a_due_car(booked=(CarBooking(TODAY - DAY, "b_1"),))])

    assert world.plan().requested == 1


def test_a_replayed_log_starts_no_contact() -> None:
    world = World([a_due_car(remind=False)])

    assert world.plan().passed_over == {"not_reminded": 1}
    assert world.car().remind_on is None


def test_a_car_without_anything_to_forecast_from_leaves_the_index() -> None:
    world = World([a_due_car(services=())])

    assert world.plan().passed_over == {"no_forecast": 1}
    assert world.car().remind_on is None


def test_a_due_day_that_moved_away_since_moves_the_reminder_with_it() -> None:
    world = World([a_due_car(services=(ServiceDone(item="oil", on=date(2025, 9, 1), odometer_m=None),))])

    assert world.plan().passed_over == {"not_due": 1}
    assert world.car().remind_on == date(2026, 8, 2)


def test_after_a_handover_the_new_owner_is_asked() -> None:
    sold = replace(a_head(BEN), owners=(*a_head(ANN).owners, Ownership(NOW - DAY, BEN)))
    world = World([a_due_car(consent=sold)], owners=[an_owner(), an_owner(BEN, language="en")])

    world.plan()

    assert world.the_contact().person_id == BEN
    assert world.the_contact().text.endswith("en")


def test_the_services_of_one_visit_are_one_contact_and_all_of_them_are_remembered() -> None:
    items = (
        a_plan_item(every_km=None, every_months=12),
        a_plan_item(item="brake_fluid", every_km=None, every_months=12),
    )
    serviced = tuple(ServiceDone(item=name, on=SERVICED_ON, odometer_m=None) for name in ("brake_fluid", "oil"))
    world = World([a_due_car(services=serviced)], items=items)

    world.plan()

    contact = world.the_contact()
    assert (contact.item, contact.bundled, contact.text) == ("oil", ("brake_fluid",), "Pudong oil brake_fluid zh")
    assert {(asked.item, asked.stage) for asked in world.car().reminded} == {("oil", 1), ("brake_fluid", 1)}


def test_services_that_lie_apart_are_asked_for_each_by_itself() -> None:
    items = (
        a_plan_item(every_km=None, every_months=12),
        a_plan_item(item="brake_fluid", every_km=None, every_months=11),
    )
    serviced = tuple(ServiceDone(item=name, on=SERVICED_ON, odometer_m=None) for name in ("brake_fluid", "oil"))
    world = World([a_due_car(services=serviced)], items=items)

    world.plan()

    assert {contact.item for contact in world.contacts.held.values()} == {"oil", "brake_fluid"}
    assert all(contact.bundled == () for contact in world.contacts.held.values())
