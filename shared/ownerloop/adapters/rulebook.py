"""The rules of the day applied to a car: plans, policies and priors looked up, the domain called."""

from collections.abc import Callable
from datetime import date, datetime

from ownerloop.adapters import policy_files
from ownerloop.adapters.lead_policies import lead_policy
from ownerloop.adapters.store_zones import zone_of_store
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.first_day import Timing
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.replanning import replanned, silenced
from ownerloop.domain.vehicle import Vehicle
from ownerloop.lead_ports import LeadTimes
from ownerloop.ports import PriorsBook

Rule = Callable[[Vehicle, datetime], Vehicle]


def policy_at(now: datetime) -> ForecastPolicy:
    """Return the constants of cleaning and forecast in force at the instant."""
    return policy_files.forecast_policy(civil_day(now, zone_of(None)))


def replanner(
    book: PriorsBook,
    leads: LeadTimes,
    *,
    forecast_policy: Callable[[date], ForecastPolicy] = policy_files.forecast_policy,
) -> Rule:
    """Return the rule that brings a car's forecast and reminder day up to date."""

    def replan(vehicle: Vehicle, now: datetime) -> Vehicle:
        zone = zone_of_store(vehicle.store_id)
        as_of = civil_day(now, zone)
        published = leads.of_stores([vehicle.store_id] if vehicle.store_id else [])
        return replanned(
            vehicle,
            plan=policy_files.plan_of(vehicle.model, as_of),
            priors=book.current(),
            forecast_policy=forecast_policy(as_of),
            reminder_policy=policy_files.reminder_policy(as_of),
            now=now,
            zone=zone,
            timing=Timing(lead_policy(as_of), published),
        )

    return replan


def silencer() -> Rule:
    """Return the rule that counts what is due by now as asked."""

    def silence(vehicle: Vehicle, now: datetime) -> Vehicle:
        as_of = civil_day(now, zone_of_store(vehicle.store_id))
        return silenced(vehicle, reminder_policy=policy_files.reminder_policy(as_of), as_of=as_of)

    return silence
