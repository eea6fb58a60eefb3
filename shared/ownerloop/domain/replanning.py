"""A car's forecast and its next reminder day, brought up to date from what the car's item holds."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.changing import changed_copy
from ownerloop.domain.conditions import is_remembered
from ownerloop.domain.first_day import FALLBACK_ONLY, NO_FIRSTS, Firsts, Timing, first_days
from ownerloop.domain.forecast import forecast
from ownerloop.domain.observations import usable
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.policy import ForecastPolicy, ReminderPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.reminders import next_reminder, reminders_due
from ownerloop.domain.telling import look_day, told_after
from ownerloop.domain.vehicle import Forecast, Reminded, Vehicle


def replanned(
    vehicle: Vehicle,
    *,
    plan: ServicePlan,
    priors: Priors,
    forecast_policy: ForecastPolicy,
    reminder_policy: ReminderPolicy,
    now: datetime,
    zone: ZoneInfo,
    timing: Timing = FALLBACK_ONLY,
) -> Vehicle:
    """Return the car with its forecast of the store's day and the day to speak next, never before that day."""
    as_of = civil_day(now, zone)
    fresh = forecast(
        as_allowed(vehicle, now=now), plan=plan, priors=priors, policy=forecast_policy, as_of=as_of, zone=zone
    )
    (firsts,) = first_days([vehicle], [fresh], rule=reminder_policy.visit, as_of=[as_of], timing=timing)
    return with_forecast(vehicle, fresh, reminder_policy=reminder_policy, as_of=as_of, firsts=firsts)


def as_allowed(vehicle: Vehicle, *, now: datetime) -> Vehicle:
    """Return the car as a forecast may see it: without the observations that no live consent covers."""
    if not vehicle.observations:
        return vehicle
    return replace(vehicle, observations=usable(vehicle.observations, consent=vehicle.consent, now=now))


def with_forecast(
    vehicle: Vehicle,
    fresh: Forecast | None,
    *,
    reminder_policy: ReminderPolicy,
    as_of: date,
    firsts: Firsts = NO_FIRSTS,
) -> Vehicle:
    """Return the car with this forecast and the reminder day that follows from it; cycles that closed are forgotten."""
    reminded, on = next_words(vehicle, fresh, reminder_policy=reminder_policy, as_of=as_of, firsts=firsts)
    return changed_copy(
        vehicle,
        forecast=fresh,
        reminded=reminded,
        remind_on=on,
        told=told_after(vehicle, fresh.items if fresh else (), on),
        look_on=look_day(vehicle.found_on, on, as_of=as_of),
    )


def next_words(
    vehicle: Vehicle,
    fresh: Forecast | None,
    *,
    reminder_policy: ReminderPolicy,
    as_of: date,
    firsts: Firsts = NO_FIRSTS,
) -> tuple[tuple[Reminded, ...], date | None]:
    """Return what counts as asked for under this forecast, and the day to speak next, if any."""
    reminded = vehicle.reminded
    if fresh is None:
        return reminded, None
    if reminded:
        cycles = {(item.item, item.due_cycle) for item in fresh.items}
        reminded = tuple(
            asked for asked in reminded if (asked.item, asked.due_cycle) in cycles or is_remembered(asked, on=as_of)
        )
    if not vehicle.remind:
        return reminded, None
    return reminded, next_reminder(fresh, reminded=reminded, policy=reminder_policy, as_of=as_of, firsts=firsts)


def silenced(vehicle: Vehicle, *, reminder_policy: ReminderPolicy, as_of: date, firsts: Firsts = NO_FIRSTS) -> Vehicle:
    """Return the car with every stage due by now counted as asked: an import never speaks of what was due before."""
    fresh = vehicle.forecast
    if fresh is None:
        return vehicle
    due = reminders_due(fresh, reminded=vehicle.reminded, policy=reminder_policy, on=as_of, firsts=firsts)
    asked = {(held.item, held.due_cycle): held for held in vehicle.reminded}
    for one in due:
        for item, due_cycle in one.cycles:
            asked[(item, due_cycle)] = Reminded(item=item, due_cycle=due_cycle, stage=one.stage)
    quiet = replace(vehicle, reminded=tuple(sorted(asked.values(), key=lambda held: (held.item, held.due_cycle))))
    return with_forecast(quiet, fresh, reminder_policy=reminder_policy, as_of=as_of, firsts=firsts)
