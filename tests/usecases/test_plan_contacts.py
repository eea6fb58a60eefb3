"""Planning: each due stage asked once, with everything it must carry, and the cursor only past what is done."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ownerloop.adapters.memory import (
    MemoryContacts,
    MemoryOwners,
    MemoryPlanningCursor,
    MemoryPriorsBook,
    MemoryVehicles,
)
from ownerloop.adapters.memory_contacts import MemoryStoreJobs
from ownerloop.adapters.memory_leads import MemoryLeadTimes
from ownerloop.domain.calendar import civil_day, end_of_day
from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.consent import ConsentHead, Ownership, Withdrawal
from ownerloop.domain.contact import Contact, ContactClass, ContactState
from ownerloop.domain.ids import contact_id
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.owner import Owner
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.requesting import PlanningRules, held_out
from ownerloop.domain.vehicle import Reminded, ServiceDone, Vehicle
from ownerloop.usecases import plan_contacts
from ownerloop.usecases.plan_contacts import JOB, Planning, PlanReport, plan_store, start_planning
from tests.builders import a_forecast_policy, a_plan, a_plan_item, a_reminder_policy
from tests.contact_builders import (
    ANN,
    BEN,
    DAY,
    HOUR,
    NOW,
    SHANGHAI,
    TODAY,
    a_car,
    a_head,
    a_policy,
    a_store,
    a_surrogate,
    an_owner,
)
from tests.lead_builders import a_lead_policy, a_lead_time

SERVICED_ON = date(2025, 3, 20)  # due again on 20 March 2026: stages open on 18 February, 13 and 27 March


def a_due_car(number: int = 1, **changes: Any) -> Vehicle:
    serviced = ServiceDone(item="oil", on=SERVICED_ON, odometer_m=None)
    return a_car(number, **{"services": (serviced,), "forecast": None, "remind_on": TODAY, **changes})


class World:
    """Everything in memory, with the desk that plans over it."""

    def __init__(
        self,
        cars: Iterable[Vehicle],
        *,
        owners: Iterable[Owner] = (),
        policy: ContactPolicy | None = None,
        items: Iterable[Any] = (),
        lead: LeadPolicy | None = None,
    ) -> None:
        self.on_operation: Callable[[str], None] = lambda _: None
        self.vehicles = MemoryVehicles(cars, on_operation=self._hook)
        self.owners = MemoryOwners(owners or [an_owner()])
        self.contacts = MemoryContacts(on_operation=self._hook)
        self.cursor = MemoryPlanningCursor()
        self.leads = MemoryLeadTimes()
        rules = PlanningRules(
            contact=policy or a_policy(),
            reminder=a_reminder_policy(),
            forecast=a_forecast_policy(),
            lead=lead,
            plan_of=lambda model: a_plan(
                *(items or (a_plan_item(every_km=None, every_months=12),)), model=model or "*"
            ),
            text_of=lambda due, store, language: f"{store.name_en} {' '.join(due.items)} {language}",
        )
        self.planning = Planning(
            vehicles=self.vehicles,
            owners=self.owners,
            contacts=self.contacts,
            cursor=self.cursor,
            priors=MemoryPriorsBook(),
            leads=self.leads,
            rules_on=lambda _: rules,
        )

    def _hook(self, operation: str) -> None:
        self.on_operation(operation)

    def plan(self, *, now: datetime = NOW) -> PlanReport:
        return plan_store(a_store(), planning=self.planning, now=now)

    def the_contact(self) -> Contact:
        (contact,) = self.contacts.held.values()
        return contact

    def car(self, number: int = 1) -> Vehicle:
        return self.vehicles.held[a_surrogate("v", number)]


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
            raise RuntimeError

    world.on_operation = crash
    with pytest.raises(RuntimeError):
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


def test_the_contacts_of_one_person_are_asked_next_to_each_other_in_their_order() -> None:
    cars = [a_due_car(number, consent=a_head(ANN if number % 2 else BEN)) for number in range(1, 7)]
    world = World(cars, owners=[an_owner(), an_owner(BEN)])

    world.plan()

    asked = list(world.contacts.held.values())
    assert [contact.person_id for contact in asked] == [ANN] * 3 + [BEN] * 3
    for mine in (asked[:3], asked[3:]):
        assert mine == sorted(mine, key=lambda contact: contact.order)


def test_the_cars_of_one_person_are_never_parted_over_two_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_contacts, "PAGE", 3)
    cars = [a_due_car(number, consent=a_head(ANN if number < 3 else BEN)) for number in range(1, 7)]
    world = World([*cars, a_due_car(9, consent=ConsentHead())], owners=[an_owner(), an_owner(BEN)])

    report = world.plan()

    asked = list(world.contacts.held.values())
    assert (report.requested, report.cars) == (6, 7)
    assert asked[2:] == sorted(asked[2:], key=lambda contact: contact.order)


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


def test_the_holdout_is_the_same_share_of_persons_every_time() -> None:
    world = World([a_due_car()], policy=a_policy(holdout_percent=100))
    persons = [a_surrogate("p", number) for number in range(1_000)]

    world.plan()

    assert world.the_contact().holdout
    share = {person for person in persons if held_out(person, percent=10)}
    assert 60 <= len(share) <= 140
    assert share <= {person for person in persons if held_out(person, percent=20)}
    assert not any(held_out(person, percent=0) for person in persons)


def test_a_car_that_came_in_after_the_last_planning_of_its_day_is_planned_the_next() -> None:
    world = World([a_due_car(1, remind_on=TODAY - DAY), a_due_car(2)])
    world.cursor.mark_planned("sh-pudong", through=TODAY - DAY)

    assert world.plan().cars == 2


def test_after_a_long_stop_the_days_are_made_up_for_span_by_span() -> None:
    world = World([a_due_car(1, remind_on=TODAY - 80 * DAY)])
    world.cursor.mark_planned("sh-pudong", through=TODAY - 81 * DAY)

    first = world.plan()
    assert (first.requested, world.cursor.planned_through("sh-pudong")) == (1, TODAY - 50 * DAY)
    world.plan(now=NOW + HOUR)
    world.plan(now=NOW + 2 * HOUR)
    assert world.cursor.planned_through("sh-pudong") == TODAY


def test_more_cars_than_one_run_takes_are_left_in_the_index_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_contacts, "CARS_MAX", 3)
    world = World([a_due_car(number) for number in range(1, 6)])

    first, second = world.plan(), world.plan(now=NOW + HOUR)

    assert (first.requested, first.is_whole) == (3, False)
    assert (second.requested, second.is_whole) == (2, True)


def test_stores_are_queued_when_their_own_clock_has_reached_the_planning_hour_until_they_are_whole() -> None:
    stores = {
        "sh-pudong": a_store(plan_hour=8),
        "ur-tianshan": a_store(store_id="ur-tianshan", zone="Asia/Urumqi", plan_hour=8),
    }
    cursor, jobs = MemoryPlanningCursor(), MemoryStoreJobs()
    at_eight = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai, 06:00 in Urumqi

    assert start_planning(stores, cursor=cursor, jobs=jobs, now=at_eight - HOUR) == []
    assert start_planning(stores, cursor=cursor, jobs=jobs, now=at_eight) == ["sh-pudong"]
    assert start_planning(stores, cursor=cursor, jobs=jobs, now=at_eight + HOUR) == ["sh-pudong"]
    cursor.mark_planned("sh-pudong", through=TODAY)
    assert start_planning(stores, cursor=cursor, jobs=jobs, now=at_eight + 2 * HOUR) == ["ur-tianshan"]
    assert jobs.queued[-1] == (JOB, "ur-tianshan", at_eight + 2 * HOUR)


def test_a_priced_first_message_is_asked_once_a_cycle_on_its_day_and_says_why() -> None:
    world = World([a_due_car(remind_on=date(2026, 2, 1))], lead=a_lead_policy())
    world.leads.publish(a_lead_time(first_on=date(2026, 2, 1)))
    best = date(2026, 3, 20) - 21 * DAY

    for day in range(60):
        world.plan(now=datetime(2026, 2, 1, 2, 0, tzinfo=UTC) + day * DAY)

    asked = sorted(world.contacts.held.values(), key=lambda contact: contact.requested_at)
    assert [civil_day(contact.requested_at, SHANGHAI) for contact in asked] == [
        best,
        date(2026, 3, 13),
        date(2026, 3, 27),
    ]
    assert [(contact.stage, contact.experiment_arm) for contact in asked] == [(1, "priced"), (2, None), (3, None)]
    assert asked[0].lead is not None
    assert (asked[0].lead.lead_days, asked[0].lead.due_p50) == (21, date(2026, 3, 20))
    assert asked[0].policy_version == "contact-test reminder-1 lead-test"


def test_a_store_that_has_published_nothing_is_planned_by_the_rule() -> None:
    world = World([a_due_car(remind_on=date(2026, 2, 18))], lead=a_lead_policy())

    world.plan(now=datetime(2026, 2, 18, 2, 0, tzinfo=UTC))

    contact = world.the_contact()
    assert (contact.experiment_arm, contact.stage) == ("fallback", 1)
    assert contact.lead is not None
    assert (contact.lead.lead_days, contact.lead.value_fen) == (30, 0)


def test_a_price_that_rose_meanwhile_moves_the_message_to_another_day() -> None:
    world = World([a_due_car(remind_on=date(2026, 2, 27))], lead=a_lead_policy())
    best = date(2026, 3, 20) - 21 * DAY
    dear = [0] * 60
    dear[(best + 7 * DAY - date(2026, 2, 1)).days] = 25_000
    world.leads.publish(a_lead_time(first_on=date(2026, 2, 1), prices_fen=tuple(dear)))

    report = world.plan(now=datetime(2026, 2, 27, 2, 0, tzinfo=UTC))

    assert (report.requested, dict(report.passed_over)) == (0, {"not_due": 1})
    assert world.car().remind_on == best + DAY
