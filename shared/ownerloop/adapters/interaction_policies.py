"""The rules of interactions that ship with the package, in the version of the day."""

from datetime import date
from functools import cache

from ownerloop.adapters.dynamodb.cut_points import DynamoCutPoints
from ownerloop.adapters.policy_rows import Row, in_force, rows_of
from ownerloop.adapters.portrait_desk import portrait_desk
from ownerloop.adapters.store_tiers import StoreTierPolicies
from ownerloop.adapters.store_zones import zone_name
from ownerloop.contracts.tier_events import tier_changed
from ownerloop.domain.interaction_policy import InteractionPolicy
from ownerloop.owner_ports import InteractionRules


def interaction_rules(owners_table: str) -> InteractionRules:
    """Return what interactions are decided by; the table holds the cut points of the stores."""
    tier_policy = StoreTierPolicies(DynamoCutPoints(owners_table))
    return InteractionRules(interaction_policy, tier_policy, zone_name, tier_changed, portrait_desk())


def interaction_policy(on: date) -> InteractionPolicy:
    """Return the policy in force on the day; a day before all versions gets the oldest."""
    return in_force(_policies(), on)


@cache
def _policies() -> tuple[InteractionPolicy, ...]:
    return tuple(map(read_interaction_policy, rows_of("interaction_policy.json")))


def read_interaction_policy(row: Row) -> InteractionPolicy:
    """Return the policy of one row."""
    return InteractionPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        before_owner_max=row.span("before_owner_hours", "hours"),
        future_max=row.span("future_minutes", "minutes"),
    )
