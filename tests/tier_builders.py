"""Builders of orders, tiers and their policy, with defaults."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.domain.facts import Occasion
from ownerloop.domain.tier_policy import TierPolicy

YUAN = 100
FIRST = date(2024, 1, 10)


def a_tier_policy(**changes: Any) -> TierPolicy:
    """Return the policy that ships, with what a test wants otherwise."""
    return replace(tier_policy(date(2026, 1, 1)), **changes)


def own_cuts(on: date, *, store_id: str | None) -> TierPolicy:
    """Return the policy that ships, for stores whose crowds published nothing."""
    return a_tier_policy()


def an_order(*, day: int = 0, yuan: int = 800, is_visit: bool = True, number: int | None = None) -> Occasion:
    """Return an order so many days after the first day; without a number each day has its own order."""
    at = datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(days=day, hours=4)
    return Occasion(
        at=int(at.timestamp()),
        on=FIRST.toordinal() + day,
        is_visit=is_visit,
        fen=yuan * YUAN,
        order=day * 8 + is_visit if number is None else number,
    )


def on_day(day: int) -> date:
    """Return the day so many days after the first."""
    return FIRST + timedelta(days=day)
