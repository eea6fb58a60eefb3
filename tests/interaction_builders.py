"""Builders of what interactions are held to, with defaults, and every kind of them as its sample tells it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ownerloop.adapters.interaction_policies import interaction_policy
from ownerloop.adapters.portrait_desk import portrait_desk
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import PREFIX
from ownerloop.contracts.tier_events import tier_changed
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interaction_policy import InteractionPolicy
from ownerloop.domain.interactions import Interaction, Touch
from ownerloop.owner_ports import InteractionRules
from tests.messages import body, sample
from tests.tier_builders import own_cuts


def an_interaction_policy(**changes: Any) -> InteractionPolicy:
    """Return the policy that ships, with what a test wants otherwise."""
    return replace(interaction_policy(date(2026, 1, 1)), **changes)


def interaction_rules(*, zones: Mapping[str | None, str] | None = None, **changes: Any) -> InteractionRules:
    """Return rules by which every store lies in Shanghai, or only the stores named, each in its zone."""
    return InteractionRules(
        policy=lambda _: an_interaction_policy(**changes),
        tier_policy=own_cuts,
        store_zone=lambda store_id: "Asia/Shanghai" if zones is None else zones.get(store_id),
        announcement=tier_changed,
        portraits=portrait_desk(),
    )


def a_message(kind: FactKind, **data: Any) -> dict[str, Any]:
    """Return the sample of the kind, with what a test wants otherwise in its data."""
    message = sample(f"messages/{PREFIX}{kind}.v1")
    return {**message, "data": {**message["data"], **data}}


def an_interaction(kind: FactKind, **data: Any) -> Interaction:
    """Return what the sample of the kind tells, with what a test wants otherwise."""
    return parse_interaction(body(a_message(kind, **data))).to_domain()


def an_interaction_about(kind: FactKind, *, vin: str) -> Interaction:
    """Return what the sample of the kind tells, about this car where it is about one."""
    event = an_interaction(kind)
    return replace(event, vin=vin) if isinstance(event, Touch) and event.vin else event
