"""Builders of health policies, portraits, views and benefits, with defaults."""

from dataclasses import replace
from datetime import date
from typing import Any

from ownerloop.adapters.health_policies import health_policy
from ownerloop.domain.health import HealthPolicy, Part

DAY = date(2026, 6, 10)
WELL: dict[Part, int | None] = {
    Part.ON_TIME: 0,
    Part.RECENCY: 40,
    Part.SATISFACTION: 100,
    Part.COMPLAINTS: 0,
    Part.REACHABILITY: 1000,
    Part.VEHICLE: 0,
}


def a_health_policy(**changes: Any) -> HealthPolicy:
    """Return the policy that ships, with what a test wants otherwise."""
    return replace(health_policy(DAY), **changes)
