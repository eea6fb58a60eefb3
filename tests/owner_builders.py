"""Builders of policies of health, portraits and benefits, of views, grants and what is known of an owner."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ownerloop.adapters.benefit_policies import benefit_policy
from ownerloop.adapters.health_policies import health_policy
from ownerloop.adapters.portrait_policies import portrait_policy
from ownerloop.domain.audience import parse
from ownerloop.domain.benefits import Asking, Benefit, BenefitPolicy, Grant, Voucher, Why, grant_id
from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.health import HealthPolicy, Part
from ownerloop.domain.owner import Owner
from ownerloop.domain.portrait import PortraitPolicy, Value

DAY = date(2026, 6, 10)
NOW = datetime(2026, 6, 10, 4, tzinfo=UTC)
PERSON = "p_" + "1" * 24
WELL: dict[Part, int | None] = {
    Part.ON_TIME: 0,
    Part.RECENCY: 40,
    Part.SATISFACTION: 100,
    Part.COMPLAINTS: 0,
    Part.REACHABILITY: 1000,
    Part.VEHICLE: 0,
}
NOBODY = parse({"all": [{"attribute": "cars", "at_most": -1}]})
ALL_CARS = parse({"attribute": "cars", "at_least": 0})


def a_health_policy(**changes: Any) -> HealthPolicy:
    """Return the policy that ships, with what a test wants otherwise."""
    return replace(health_policy(DAY), **changes)


def a_portrait_policy(**changes: Any) -> PortraitPolicy:
    """Return the policy that ships, with what a test wants otherwise."""
    return replace(portrait_policy(DAY), **changes)


def a_benefit_policy(*benefits: Benefit, **changes: Any) -> BenefitPolicy:
    """Return the policy that ships, with these benefits alone where there are any."""
    policy = benefit_policy(DAY)
    return replace(policy, benefits=benefits or policy.benefits, **changes)


def a_voucher(benefit_id: str = "service_voucher", *, audience: Any = ALL_CARS, **changes: Any) -> Benefit:
    """Return a voucher for everybody that nobody earns: 10 % more chance of a visit for 20 yuan, every half a year."""
    voucher = Voucher(
        stock=100,
        budget_fen=1_000_000,
        cost_fen=2_000,
        valid_days=90,
        again_days=180,
        uplift_percent=10,
        redeemed_percent=50,
        priority=10,
        earned_by=NOBODY,
    )
    return Benefit(
        benefit_id, "券", "A voucher", audience, since=date(2020, 1, 1), until=None, voucher=replace(voucher, **changes)
    )


def a_worth(*, chance_percent: int = 50, margin_fen: int = 60_000) -> Value:
    """Return what the next 12 months are worth."""
    worth = chance_percent * margin_fen // 100
    return Value(chance_percent, margin_fen, worth, worth // 2, worth * 2)


def an_asking(**changes: Any) -> Asking:
    """Return a profiled owner with a car who has nothing yet."""
    asking = Asking(
        owner=Owner(person_id=PERSON), view={"cars": 1}, worth=a_worth(), grants=(), used=frozenset(), as_of=DAY
    )
    return replace(asking, **changes)


def a_grant(
    benefit_id: str = "service_voucher",
    *,
    person_id: str = PERSON,
    days_ago: int = 10,
    number: int = 0,
    way: Why = Why.BEST,
    cost_fen: int = 2_000,
) -> Grant:
    """Return a voucher granted so many days ago, valid for 90 days."""
    on = DAY - timedelta(days=days_ago)
    return Grant(
        grant_id=grant_id(person_id, benefit_id, number),
        person_id=person_id,
        benefit_id=benefit_id,
        way=way,
        cause=f"night#{on}",
        granted_at=NOW - timedelta(days=days_ago),
        granted_on=on,
        valid_until=on + timedelta(days=90),
        cost_fen=cost_fen,
        policy_version="benefits-1",
    )


def a_fact(kind: FactKind, *, days_ago: int = 0, detail: str = "", number: int = 0, **changes: Any) -> Fact:
    """Return something that the owner did so many days ago."""
    at = NOW - timedelta(days=days_ago)
    fact = Fact(
        event_key=f"{number:032x}",
        person_id=PERSON,
        kind=kind,
        occurred_at=at,
        received_at=at,
        on=DAY - timedelta(days=days_ago),
        detail=detail,
        reference=f"{number:024x}",
    )
    return replace(fact, **changes)
