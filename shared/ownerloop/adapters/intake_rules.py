"""The rules of the intake as the shipped files give them for a day."""

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from ownerloop.adapters import policy_files
from ownerloop.domain.calendar import zone_of
from ownerloop.domain.intake import IntakeRules


@lru_cache(maxsize=8)
def intake_rules(on: date) -> IntakeRules:
    """Return the policies in force on the day, the plans and the stores' clocks."""
    return IntakeRules(
        intake=policy_files.intake_policy(on),
        forecast=policy_files.forecast_policy(on),
        reminder=policy_files.reminder_policy(on),
        plan_of=policy_files.plan_of,
        zone_of=_zone_of_store,
    )


def _zone_of_store(store_id: str | None) -> ZoneInfo:
    store = policy_files.stores().get(store_id or "")
    return zone_of(store.zone if store else None)
