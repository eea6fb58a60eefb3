"""What is known of an owner: a reminder's consent is none for offers, and a part without consent is unknown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.attributes import ATTRIBUTES
from ownerloop.domain.consent import ConsentHead, Grant, Ownership, Purpose
from ownerloop.domain.facts import FactKind
from ownerloop.domain.health import Part
from ownerloop.domain.owner import Owner, Unsubscribe
from ownerloop.domain.owner_view import Known, health_inputs, plain_view, portrayed
from ownerloop.domain.portrait import TagSource
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle
from tests.owner_builders import DAY, NOW, PERSON, a_fact, a_health_policy, a_portrait_policy
from tests.tier_builders import a_tier_policy, an_order

CLASSES = frozenset({"odometer", "service", "diagnostics", "battery", "tyres"})
YEAR = timedelta(days=365)
POLICY = a_health_policy()


def a_car(
    *,
    purpose: str = Purpose.MARKETING,
    classes: frozenset[str] = CLASSES,
    overdue_days: int = 0,
    severity: str | None = None,
) -> Vehicle:
    due = DAY - timedelta(days=overdue_days)
    item = ItemForecast("oil", "start#1", due, due, due, 0, "distance", severity)
    forecast = Forecast(DAY, "f", "p", 1, 30_000, 30, 0, 0, (item,))
    grant = Grant(NOW - YEAR, NOW + YEAR, PERSON, purpose, classes)
    head = ConsentHead(owners=(Ownership(NOW - YEAR, PERSON),), grants=(grant,))
    return Vehicle(
        vehicle_id="v_1", version=1, consent=head, forecast=forecast, in_service_on=DAY - 3 * YEAR, model="m1"
    )


def known(*cars: Vehicle, facts: tuple[object, ...] = (), **owner: object) -> Known:
    record = TierRecord(PERSON, version=1, occasions=(an_order(day=500), an_order(day=800)))
    person = replace(Owner(PERSON, version=1, store_id="s", channels=("wecom",), known_since=NOW - YEAR), **owner)  # type: ignore[arg-type]
    state = record.state_on(DAY, policy=a_tier_policy())
    return Known(person, record, state, cars, facts, NOW, DAY)  # type: ignore[arg-type]


def test_what_a_car_tells_is_used_for_offers_only_under_a_consent_for_marketing() -> None:
    allowed = known(a_car(overdue_days=10, severity="soon"))
    for_reminders = known(a_car(purpose=Purpose.MAINTENANCE, overdue_days=10, severity="soon"))
    some = known(a_car(classes=frozenset({"odometer"}), overdue_days=10, severity="soon"))

    assert (plain_view(allowed)["service_due_days"], plain_view(allowed)["severity"]) == (-10, "soon")
    assert (plain_view(for_reminders)["service_due_days"], plain_view(for_reminders)["severity"]) == (None, None)
    assert (plain_view(some)["service_due_days"], plain_view(some)["severity"]) == (-10, None)
    unknown = health_inputs(for_reminders, policy=POLICY)
    assert (unknown[Part.ON_TIME], unknown[Part.VEHICLE]) == (None, None)


def test_every_attribute_of_the_language_is_filled_and_no_other() -> None:
    found = portrayed(known(a_car()), held=(), health_policy=POLICY, portrait_policy=a_portrait_policy())

    assert set(found.view) == set(ATTRIBUTES)
    assert all(ATTRIBUTES[name].holds(value) for name, value in found.view.items() if value is not None)


def test_who_opted_out_is_seen_by_plain_attributes_alone() -> None:
    person = known(a_car(), unsubscribes=(Unsubscribe(NOW, "*", "profiling"),))

    found = portrayed(person, held=(), health_policy=POLICY, portrait_policy=a_portrait_policy())

    assert set(found.view) == {name for name, one in ATTRIBUTES.items() if not one.is_profile}
    assert (found.health, found.worth, found.tags) == (None, None, ())


@pytest.mark.parametrize(("days", "again"), [(5, True), (200, False)])
def test_the_same_work_on_the_same_car_soon_again_is_a_repeated_repair(days: int, again: bool) -> None:
    kind = FactKind.SERVICE_ORDER_COMPLETED
    orders = tuple(
        a_fact(kind, days_ago=ago, detail="brake_pads", number=number, vehicle_id="v_1")
        for number, ago in enumerate((1, 1 + days), start=1)
    )

    assert health_inputs(known(facts=orders), policy=POLICY)[Part.COMPLAINTS] == int(again)


def test_satisfaction_is_the_mean_of_the_newest_marks_and_unknown_without_any() -> None:
    marks = tuple(
        a_fact(FactKind.NPS_ANSWERED, days_ago=ago, score=score, number=ago)
        for ago, score in ((1, 9), (2, 6), (3, 6), (4, 0))
    )

    assert health_inputs(known(facts=marks), policy=POLICY)[Part.SATISFACTION] == 70
    assert health_inputs(known(), policy=POLICY)[Part.SATISFACTION] is None


def test_a_car_of_somebody_else_says_nothing_about_the_owner() -> None:
    sold = replace(a_car(), consent=ConsentHead(owners=(Ownership(NOW - YEAR, "p_other"),)))

    view = plain_view(known(sold))

    assert (view["cars"], view["car_age_months"], view["service_due_days"]) == (0, None, None)


def test_the_topics_of_these_days_and_the_tags_of_staff_are_seen_by_audiences() -> None:
    facts = (
        a_fact(FactKind.CONTENT_VIEW, detail="short_video/tyres", days_ago=2),
        a_fact(FactKind.COMMUNITY_POST, detail="camping/owners_club", days_ago=30, number=1),
        a_fact(FactKind.TAG_ADDED, detail="golf_club", days_ago=40, number=2),
    )

    seen = portrayed(known(facts=facts), held=(), health_policy=POLICY, portrait_policy=a_portrait_policy())

    assert seen.view["topics"] == frozenset({"tyres"})
    assert "golf_club" in {tag.name for tag in seen.tags if tag.source is TagSource.HAND}


def test_a_car_of_whoever_is_one_with_the_owner_is_the_owners_under_that_keys_own_consent() -> None:
    other = Owner("p_" + "2" * 24, version=1)
    theirs = a_car(overdue_days=10)
    head = replace(
        theirs.consent,
        owners=(Ownership(NOW - YEAR, other.person_id),),
        grants=tuple(replace(grant, person_id=other.person_id) for grant in theirs.consent.grants),
    )
    theirs = replace(theirs, consent=head)

    assert plain_view(known(theirs))["cars"] == 0
    assert plain_view(known(theirs, joined=(other,)))["cars"] == 1
    assert plain_view(known(theirs, joined=(other,)))["has_marketing_consent"] is True
    assert plain_view(known(theirs, joined=(other,)))["service_due_days"] == -10
