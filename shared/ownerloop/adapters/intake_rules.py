"""The rules of the intake as the shipped files give them for a day."""

from datetime import date
from functools import lru_cache

from ownerloop.adapters import policy_files
from ownerloop.adapters.lead_policies import lead_policy
from ownerloop.adapters.store_zones import zone_of_store
from ownerloop.adapters.zones import zones
from ownerloop.domain.intake import IntakeRules


@lru_cache(maxsize=8)
def intake_rules(on: date) -> IntakeRules:
    """Return the policies in force on the day, the plans and the stores' clocks."""
    return IntakeRules(
        intake=policy_files.intake_policy(on),
        forecast=policy_files.forecast_policy(on),
        reminder=policy_files.reminder_policy(on),
        lead=lead_policy(on),
        plan_of=policy_files.plan_of,
        zone_of=zone_of_store,
        zones=zones(on),
    )
