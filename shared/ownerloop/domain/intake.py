"""What the intake of vehicle data takes: the age of a report and the bounds of its values, as policy says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ownerloop.domain.errors import MalformedEventError, TimeOutOfRangeError
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.policy import ForecastPolicy, IntakePolicy, ReminderPolicy
from ownerloop.domain.presence import Zone
from ownerloop.domain.report import VehicleReport
from ownerloop.domain.vin import has_valid_check_digit

ODOMETER_FIELD = "data.signals.Vehicle.TraveledDistance.value"


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """The policies of the day, the plans, the stores' clocks and the zones that are open."""

    intake: IntakePolicy
    forecast: ForecastPolicy
    reminder: ReminderPolicy
    plan_of: Callable[[str | None, date], ServicePlan]
    zone_of: Callable[[str | None], ZoneInfo]
    lead: LeadPolicy | None = None  # None leaves the fallback rule alone
    zones: tuple[Zone, ...] = ()


class Use(StrEnum):
    """What an admitted report may change."""

    STATE = "state"
    HISTORY_ONLY = "history_only"


def use_of(read_at: datetime, *, received_at: datetime, policy: IntakePolicy, now: datetime) -> Use:
    """Return what a report of this age is good for; refuse one from the future or from too long ago.

    Age counts to the instant of receipt, so that a late redrive changes nothing; nobody receives later than now.
    """
    ahead = read_at - min(received_at, now)
    if ahead > policy.future_max:
        raise TimeOutOfRangeError(reason="future_time", age_seconds=-int(ahead.total_seconds()))
    age = received_at - read_at
    if age > policy.age_max:
        raise TimeOutOfRangeError(reason="too_old", age_seconds=int(age.total_seconds()))
    return Use.HISTORY_ONLY if age > policy.state_age_max else Use.STATE


def check_values(report: VehicleReport, *, policy: IntakePolicy) -> bool:
    """Refuse what policy does not take; return whether the VIN's check digit is in doubt."""
    if report.odometer_m is not None and report.odometer_m > policy.odometer_max_m:
        rule = f"is at most {policy.odometer_max_m // 1000} km"
        raise MalformedEventError(field=ODOMETER_FIELD, rule=rule, reason="bad_value")
    if policy.vin_check_digit == "off" or has_valid_check_digit(report.vin):
        return False
    if policy.vin_check_digit == "refuse":
        raise MalformedEventError(field="subject", rule="has a wrong check digit (ISO 3779)", reason="bad_vin")
    return True
