"""Planning of whole stores: which are due, how far a run goes, and when a priced message is asked for."""

from datetime import UTC, date, datetime

import pytest

from ownerloop.adapters.memory import MemoryPlanningCursor
from ownerloop.adapters.memory_contacts import MemoryStoreJobs
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.requesting import held_out
from ownerloop.usecases import plan_contacts
from ownerloop.usecases.plan_contacts import JOB, start_planning
from tests.contact_builders import (
    ANN,
    BEN,
    DAY,
    HOUR,
    NOW,
    SHANGHAI,
    TODAY,
    a_head,
    a_policy,
    a_store,
    a_surrogate,
    an_owner,
)
from tests.lead_builders import a_lead_policy, a_lead_time
from tests.usecases.planning_world import World, a_due_car


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
