"""The settlement of benefits: night by night, one grant for one reason, whatever is repeated, overtaken or used up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ownerloop.domain.benefits import Stock, Why
from ownerloop.domain.consent import Ownership
from ownerloop.domain.facts import FactKind
from ownerloop.domain.granting import OwnerMoved
from ownerloop.domain.owner import Subscribe, Unsubscribe
from ownerloop.domain.tier_record import TierRecord
from ownerloop.usecases.settle_benefits import settle
from tests.owner_builders import NOW, PERSON, a_fact, a_voucher
from tests.usecases.benefit_night import LONG_AGO, a_night
from tests.usecases.dispatch_world import CrashError


def test_a_night_gives_an_owner_the_next_best_voucher_and_asks_for_one_message() -> None:
    night = a_night()

    report = night.settle()

    ((name, way),) = night.given
    (contact,) = night.contacts.held.values()
    record = night.benefits.held[PERSON]
    assert (report.owners, report.written, report.requested) == (1, 1, 1)
    assert way is Why.BEST
    assert (contact.topic, contact.item, contact.contact_class) == ("benefit", name, "commercial")
    assert record.health
    assert record.health.score is not None
    assert {one.benefit_id: str(one.why) for one in record.passed}[name] == "held"


def test_the_same_settlement_again_tells_the_same_and_gives_nothing() -> None:
    night = a_night()
    first, again = night.settle(), night.settle()

    assert len(night.given) == len(night.contacts.held) == 1
    assert (first.granted.total(), again.granted.total(), again.written, again.requested) == (1, 0, 0, 0)
    assert len({event["id"] for event in night.bus.events}) == 1


def test_nobody_is_written_to_without_a_consent_for_marketing_but_the_voucher_stands() -> None:
    night = a_night(allows_marketing=False)

    night.settle()

    assert len(night.given) == 1
    assert not night.contacts.held


def test_who_opted_out_of_profiling_has_no_portrait_and_earns_in_the_published_way_alone() -> None:
    refusal = Unsubscribe(NOW - timedelta(days=1), "*", "profiling")
    night = a_night(unsubscribes=(refusal,))

    night.settle()
    record = night.benefits.held[PERSON]
    nothing = night.given
    serviced = a_fact(FactKind.SERVICE_ORDER_COMPLETED, days_ago=2)
    night.interactions.facts[PERSON, serviced.event_key] = serviced
    night.settle(nights=1)

    assert (record.is_profiled, record.health, record.worth, record.intent, record.tags) == (
        False,
        None,
        None,
        None,
        (),
    )
    assert (record.standing, nothing) == ((), [])
    assert [way for _, way in night.given] == [Why.EARNED]


def test_an_opt_out_takes_the_portrait_away_and_naming_profiling_again_brings_it_back() -> None:
    night = a_night()
    night.settle()
    owner = night.owners.held[PERSON]
    refusal = Unsubscribe(NOW, "*", "profiling")

    night.owners.held[PERSON] = replace(owner, unsubscribes=(refusal,))
    night.settle(nights=1)
    without = night.benefits.held[PERSON]
    night.owners.held[PERSON] = replace(
        owner, unsubscribes=(refusal,), subscribes=(Subscribe(NOW + timedelta(days=1), "*", "profiling"),)
    )
    night.settle(nights=2)

    assert (without.health, without.tags) == (None, ())
    assert night.benefits.held[PERSON].is_profiled


def test_a_birthday_is_remembered_in_its_week_and_once_a_year() -> None:
    night = a_night(birthday="06-15")

    for nights in range(-5, 12):
        night.settle(nights=nights)

    assert night.given.count(("birthday_insurance_discount", Why.TRIGGERED)) <= 1
    assert sum(way is Why.TRIGGERED for _, way in night.given) == sum(
        name == "birthday_insurance_discount" for name, _ in night.given
    )


def test_a_closed_complaint_brings_a_recovery_voucher_and_an_open_one_nothing() -> None:
    night = a_night(open_cases=("k_1",))
    night.settle()
    before = night.given

    closing = a_fact(FactKind.COMPLAINT_CLOSED, days_ago=-1)
    night.interactions.facts[PERSON, closing.event_key] = closing
    night.owners.held[PERSON] = replace(night.owners.held[PERSON], open_cases=())
    night.settle(nights=1)

    assert before == []
    assert ("recovery_voucher", Why.TRIGGERED) in night.given


def test_what_is_used_up_between_reading_and_writing_is_passed_over_for_the_next_best() -> None:
    night = a_night(benefits=(a_voucher("premium_gift", uplift_percent=20, stock=1), a_voucher("service_voucher")))

    def overtaken(operation: str) -> None:
        if operation == "benefits.settle" and not night.benefits.gone:
            night.benefits.gone["premium_gift", "2026"] = Stock(1, 2_000)

    night.benefits._on_operation = overtaken  # somebody else takes the last one just before us
    night.settle()

    assert night.given == [("service_voucher", Why.BEST)]
    assert {one.benefit_id: str(one.why) for one in night.benefits.held[PERSON].passed}[
        "premium_gift"
    ] == "out_of_stock"


def test_two_settlements_of_one_owner_at_once_give_one_voucher() -> None:
    night = a_night()
    entered = False

    def overtaken(operation: str) -> None:
        nonlocal entered
        if operation == "benefits.settle" and not entered:
            entered = True
            settle(OwnerMoved(PERSON, "tier#e1"), world=night.world, now=NOW)

    night.benefits._on_operation = overtaken  # the other settlement runs between our read and write
    night.settle()

    assert len(night.given) == 1


@pytest.mark.parametrize("crash_before", ["benefits.settle", "bus.publish", "contacts.request"])
def test_a_settlement_that_died_and_is_delivered_again_ends_as_one_that_did_not(crash_before: str) -> None:
    calm, shaken = a_night(), a_night()
    calm.settle()
    broken = {"benefits.settle": shaken.benefits, "bus.publish": shaken.bus, "contacts.request": shaken.contacts}
    target, name = broken[crash_before], crash_before.partition(".")[2]
    whole = getattr(target, name)

    def dies(*_: Any, **__: Any) -> None:
        raise CrashError

    setattr(target, name, dies)
    with pytest.raises(CrashError):
        shaken.settle()
    setattr(target, name, whole)
    shaken.settle()

    assert shaken.given == calm.given
    assert shaken.contacts.held.keys() == calm.contacts.held.keys()
    assert {event["id"] for event in shaken.bus.events} == {event["id"] for event in calm.bus.events}


def test_somebody_of_no_store_of_ours_is_passed_over() -> None:
    night = a_night()

    assert settle(OwnerMoved("p_nobody", "tier#e1"), world=night.world, now=NOW).owners == 0


def test_a_post_on_a_topic_brings_the_recommendation_for_it_once_until_its_cool_down_is_over() -> None:
    night = a_night(allows_marketing=True)
    asked = OwnerMoved(PERSON, "asked#e1")
    settle(asked, world=night.world, now=NOW)
    before = night.given
    post = a_fact(FactKind.COMMUNITY_POST, detail="road_trip/owners_club")
    night.interactions.facts[PERSON, post.event_key] = post

    reports = [settle(replace(asked, cause=cause), world=night.world, now=NOW) for cause in ("asked#e2", "asked#e3")]

    assert ("seasonal_check", Why.TRIGGERED) not in before
    assert night.given.count(("seasonal_check", Why.TRIGGERED)) == 1
    assert [report.granted["seasonal_check"] for report in reports] == [1, 0]
    (contact,) = [one for one in night.contacts.held.values() if one.item == "seasonal_check"]
    assert contact.trigger.startswith("grant#g_")


@pytest.mark.parametrize("refusal", ["profiling", "benefit_seasonal_check"])
def test_a_post_brings_nothing_to_who_wants_no_profile_or_not_this_offer(refusal: str) -> None:
    night = a_night(unsubscribes=(Unsubscribe(LONG_AGO, "*", refusal),))
    post = a_fact(FactKind.COMMUNITY_POST, detail="road_trip/owners_club")
    night.interactions.facts[PERSON, post.event_key] = post

    settle(OwnerMoved(PERSON, "asked#e1"), world=night.world, now=NOW)

    assert "seasonal_check" not in {name for name, _ in night.given}


def test_a_voucher_is_told_to_the_key_that_owns_a_car_and_allowed_it() -> None:
    night = a_night(members=("p_" + "2" * 24,))
    member = "p_" + "2" * 24
    head, car = night.owners.held[PERSON], night.vehicles.held["v_1"]
    night.owners.held[member] = replace(head, person_id=member, members=(), merged_into=PERSON, staff_userid="staff-2")
    night.owners.held[PERSON] = replace(head, vehicle_ids=())
    theirs = replace(
        car.consent,
        owners=(Ownership(LONG_AGO, member),),
        grants=tuple(replace(grant, person_id=member) for grant in car.consent.grants),
    )
    night.vehicles.held["v_1"] = replace(car, consent=theirs)

    night.settle()
    night.settle()

    (contact,) = night.contacts.held.values()
    assert (contact.person_id, contact.staff_userid) == (member, "staff-2")
    assert {grant.person_id for grant in night.benefits.given.values()} == {PERSON}


def test_orders_under_the_other_key_of_an_owner_decide_the_benefits_too() -> None:
    member = "p_" + "2" * 24
    alone, joined = a_night(), a_night(orders=0, members=(member,))
    joined.owners.held[member] = replace(joined.owners.held[PERSON], person_id=member, members=(), merged_into=PERSON)
    orders = alone.tiers.held[PERSON].occasions
    joined.tiers.held[member] = TierRecord(person_id=member, version=1, occasions=orders)

    alone.settle()
    joined.settle()

    assert alone.given
    assert joined.given == alone.given
    assert joined.benefits.held[PERSON].health == alone.benefits.held[PERSON].health
