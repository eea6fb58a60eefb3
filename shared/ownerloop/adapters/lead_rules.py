"""What the night's settlement of lead times goes by on a day, out of the package's data."""

from datetime import date

from ownerloop.adapters.lead_policies import lead_policy
from ownerloop.adapters.policy_files import reminder_policy
from ownerloop.adapters.workshop_rules import capacity_on, workshops
from ownerloop.domain.lead_policy import LeadRules
from ownerloop.domain.workshop import JobClass


def lead_rules_on(day: date) -> LeadRules:
    """Return what the night's settlement goes by on the day."""
    return LeadRules(
        policy=lead_policy(day),
        visit=reminder_policy(day).visit,
        capacity_on=lambda store_id, on: capacity_on(store_id, on).total,
        visit_minutes=_maintenance_minutes,
    )


def _maintenance_minutes(store_id: str) -> int | None:
    rules = workshops().get(store_id)
    return rules.minutes_of(JobClass.MAINTENANCE) if rules and JobClass.MAINTENANCE in rules.jobs else None
