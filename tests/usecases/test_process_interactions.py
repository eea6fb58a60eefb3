"""Interactions: each event once with all its effects, in any order, and clear refusals that change nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.consent import ConsentHead, Ownership
from ownerloop.domain.facts import FactKind
from ownerloop.domain.ids import digest
from ownerloop.domain.interactions import (
    BookingMade,
    InteractionArrival,
    WecomChat,
    WecomFriendAdded,
    WecomFriendDeleted,
)
from ownerloop.domain.tiers import Tier
from tests.usecases.interaction_world import (
    DAY,
    LIS_VIN,
    NOW,
    VIN,
    World,
    a_purchase,
    a_service,
    an_arrival,
    closed,
    opened,
)

MINUTE = timedelta(minutes=1)


def refusal_of(world: World, arrival: InteractionArrival) -> tuple[str, str]:
    before = world.essence()

    report = world.process([arrival])

    assert world.essence() == before, "a refusal changes nothing"
    assert world.enrolments.inbox == {}
    assert not report.accepted
    assert [row["reason"] for row in world.history.rows["refusals"]] == [report.refused[0].reason]
    return report.refused[0].reason, report.refused[0].field


def test_a_purchase_becomes_a_fact_a_tier_and_an_announcement() -> None:
    world = World()

    report = world.process([an_arrival(a_purchase())])

    (fact,) = world.interactions.facts.values()
    assert (report.accepted, report.announced) == (["e_1"], 1)
    assert (fact.kind, fact.amount_fen, fact.reference, fact.on) == (
        FactKind.PURCHASE,
        80_000,
        digest("o-1")[:24],
        (NOW - DAY).date(),
    )
    assert world.tiers.held[world.wang].tier is Tier.NEW
    assert world.told() == [(world.wang, "prospect", "new")]
    assert [row["kind"] for row in world.history.rows["interactions"]] == ["purchase"]
    assert [row["after"] for row in world.history.rows["tier_changes"]] == ["new"]


def test_an_event_delivered_twice_changes_nothing_and_is_told_under_the_same_identity() -> None:
    world = World()
    world.process([an_arrival(a_purchase())])
    before = world.essence()

    report = world.process([an_arrival(a_purchase())])

    assert report.accepted == ["e_1"]
    assert world.essence() == before
    assert len({event["id"] for event in world.bus.events}) == 1
    assert len(world.bus.events) == 2


def test_an_identity_used_for_another_event_is_refused() -> None:
    world = World()
    world.process([an_arrival(a_purchase())])

    report = world.process([an_arrival(a_purchase(fen=1), payload="another")])

    assert [(refusal.reason, refusal.field) for refusal in report.refused] == [("identity_reused", "id")]
    assert len(world.interactions.facts) == 1


def test_a_service_order_counts_for_the_tier_and_rebases_the_car() -> None:
    world = World()

    world.process([an_arrival(a_service())])

    assert [(done.item, done.on) for done in world.car().services] == [("oil", (NOW - DAY).date())]
    assert world.replanned == [world.car().vehicle_id]
    assert world.tiers.held[world.wang].state.frequency == 1  # type: ignore[union-attr]  # it has one after an order


@pytest.mark.parametrize("feeds", [("interaction", "enrolment"), ("enrolment", "interaction")])
def test_an_order_told_by_both_feeds_rebases_once(feeds: tuple[str, str]) -> None:
    world = World()
    tell = {
        "interaction": lambda: world.process([an_arrival(a_service())]).accepted,
        "enrolment": lambda: world.enrol_service(a_service(), key="e_2").accepted,
    }

    accepted = [*tell[feeds[0]](), *tell[feeds[1]]()]

    assert sorted(accepted) == ["e_1", "e_2"]
    assert world.car().version == 2
    assert [(done.item, done.odometer_m) for done in world.car().services] == [("oil", 20_000_000)]


def test_one_order_in_two_events_rebases_and_counts_once() -> None:
    world = World()

    world.process([an_arrival(a_service()), an_arrival(a_service(), key="e_2", at=NOW - DAY + MINUTE)])

    assert len(world.replanned) == 1
    assert world.tiers.held[world.wang].state.monetary_fen == 60_000  # type: ignore[union-attr]  # has an order


def test_a_booking_keeps_the_contact_it_came_from() -> None:
    world = World()
    contact_id = "c_" + "0" * 24

    world.process([an_arrival(BookingMade("b-1", VIN, NOW + 3 * DAY, contact_id))])

    (fact,) = world.interactions.facts.values()
    assert (fact.kind, fact.contact_id, fact.vehicle_id) == (
        FactKind.BOOKING_MADE,
        contact_id,
        world.car().vehicle_id,
    )
    assert world.tiers.held == {}


def test_whoever_writes_over_wecom_is_known_by_the_address() -> None:
    world = World()

    world.process([an_arrival(WecomChat("in", "m-1"), subject="wm-li", is_wecom_address=True)])

    assert [fact.person_id for fact in world.interactions.facts.values()] == [world.li]


def test_a_complaint_marks_its_owner_until_it_is_closed() -> None:
    world = World()

    world.process([an_arrival(opened())])
    while_open = world.owner().open_cases
    world.process([an_arrival(closed(), key="e_2", at=NOW - DAY / 2)])

    assert len(while_open) == 1
    assert world.owner().open_cases == ()


def test_a_closing_that_arrives_before_its_opening_leaves_no_open_case() -> None:
    world = World()

    world.process([an_arrival(closed(), at=NOW - DAY / 2), an_arrival(opened(), key="e_2", at=NOW - DAY)])

    assert world.owner().open_cases == ()


def test_deleting_the_staff_member_is_a_refusal_of_every_topic_there() -> None:
    world = World()

    world.process([an_arrival(WecomFriendDeleted(), subject="wm-wang", is_wecom_address=True)])
    world.process([an_arrival(WecomFriendAdded(), key="e_2", at=NOW, subject="wm-wang", is_wecom_address=True)])

    assert world.owner().has_unsubscribed(channel="wecom", topic="maintenance")
    assert not world.owner(world.li).has_unsubscribed(channel="wecom", topic="maintenance")


@pytest.mark.parametrize(
    ("arrival", "refusal"),
    [
        (an_arrival(a_purchase(), subject="nobody"), ("unknown_owner", "subject")),
        (an_arrival(WecomChat("in", "m"), subject="wm-nobody", is_wecom_address=True), ("unknown_owner", "subject")),
        (an_arrival(a_purchase(vin="LOWNERLP0K0000009")), ("unknown_vehicle", "data.vin")),
        (an_arrival(BookingMade("b", LIS_VIN, NOW, None)), ("foreign_vehicle", "data.vin")),
        (an_arrival(a_service(vin=LIS_VIN)), ("foreign_vehicle", "data.vin")),
        (an_arrival(a_purchase(), at=NOW + 6 * MINUTE), ("future_time", "time")),
        (an_arrival(a_purchase(), at=NOW - 1002 * DAY), ("before_owner", "time")),
        (an_arrival(a_service(on=(NOW + 3 * DAY).date())), ("malformed", "data.on")),
        (an_arrival(a_service(on=NOW.date().replace(year=1999))), ("malformed", "data.on")),
    ],
)
def test_a_refusal_names_field_and_rule_and_changes_nothing(
    arrival: InteractionArrival, refusal: tuple[str, str]
) -> None:
    assert refusal_of(World(), arrival) == refusal


def test_asking_for_an_unknown_owner_enrols_nobody() -> None:
    world = World()

    world.process([an_arrival(a_purchase(), subject="nobody")])

    assert world.vault.alias_ids(["nobody"]) == {}


def test_nothing_is_read_of_somebody_whom_nobody_registered() -> None:
    world = World()
    operations: list[str] = []
    world.on_operation = operations.append

    world.process([an_arrival(a_purchase(), subject="nobody")])

    assert "interactions.held" not in operations


def test_a_car_counts_for_whoever_owned_it_at_the_time() -> None:
    world = World()
    car = world.car()
    sold = ConsentHead(owners=(*car.consent.owners, Ownership(NOW - 10 * DAY, world.li)))
    world.vehicles.held[car.vehicle_id] = replace(car, consent=sold)

    before = world.process([an_arrival(a_service(on=(NOW - 20 * DAY).date()), at=NOW - 20 * DAY)])
    after = world.process([an_arrival(a_service(), key="e_2", at=NOW - DAY)])

    assert before.accepted == ["e_1"]
    assert [refusal.reason for refusal in after.refused] == ["foreign_vehicle"]


@pytest.mark.parametrize("head", ["wang", "li"])
def test_a_car_under_the_other_key_of_one_person_is_the_persons(head: str) -> None:
    world = World()
    first, second = (world.wang, world.li) if head == "wang" else (world.li, world.wang)
    world.owners.held[first] = replace(world.owner(first), members=(second,))
    world.owners.held[second] = replace(world.owner(second), merged_into=first)

    as_one = world.process([an_arrival(a_purchase(vin=LIS_VIN))])
    for person in (first, second):
        world.owners.held[person] = replace(world.owner(person), members=(), merged_into=None)
    apart = world.process([an_arrival(a_purchase(vin=LIS_VIN, order_id="o-2"), key="e_2")])

    assert as_one.accepted == ["e_1"]
    assert [refusal.reason for refusal in apart.refused] == ["foreign_vehicle"]
