"""When to speak about a due service: the fallback rule of the lead time, while nothing is learned (design §5.8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ownerloop.domain.forecast import DAYS_MAX
from ownerloop.domain.policy import ReminderPolicy, ReminderStage
from ownerloop.domain.vehicle import Forecast, ItemForecast, Reminded


@dataclass(frozen=True, slots=True)
class DueReminder:
    """One stage of one item's due cycle that may be asked for now."""

    item: str
    due_cycle: str
    stage: int
    valid_days: int
    priority: int
    due_p50: date


def reminders_due(
    forecast: Forecast, *, reminded: Iterable[Reminded], policy: ReminderPolicy, on: date
) -> tuple[DueReminder, ...]:
    """Return for each item the highest stage reached on the day, if it was not asked for yet; in the plan's order."""
    asked = _asked(reminded)
    due: list[DueReminder] = []
    for item in forecast.items:
        reached = [stage for stage in policy.stages if _reached_on(stage, item, forecast) <= on]
        highest = max(reached, key=lambda stage: stage.stage, default=None)
        if highest is None or highest.stage <= asked.get((item.item, item.due_cycle), 0):
            continue
        due.append(
            DueReminder(
                item=item.item,
                due_cycle=item.due_cycle,
                stage=highest.stage,
                valid_days=highest.valid_days,
                priority=policy.priority,
                due_p50=item.due_p50,
            )
        )
    return tuple(due)


def next_reminder(
    forecast: Forecast, *, reminded: Iterable[Reminded], policy: ReminderPolicy, as_of: date
) -> date | None:
    """Return the first day from `as_of` on which `reminders_due` says something, or None if nothing is left to ask."""
    asked = _asked(reminded)
    days = [
        _reached_on(stage, item, forecast)
        for item in forecast.items
        for stage in policy.stages
        if stage.stage > asked.get((item.item, item.due_cycle), 0)
    ]
    return max(min(days), as_of) if days else None


def _asked(reminded: Iterable[Reminded]) -> dict[tuple[str, str], int]:
    asked: dict[tuple[str, str], int] = {}
    for one in reminded:
        key = (one.item, one.due_cycle)
        asked[key] = max(one.stage, asked.get(key, 0))
    return asked


def _reached_on(stage: ReminderStage, item: ItemForecast, forecast: Forecast) -> date:
    """Return the first day of the stage: by the median, or by the distance left, which shrinks with time."""
    by_day = item.due_p50 - timedelta(days=stage.lead_days)
    if stage.remaining_m is None or item.remaining_m is None:
        return by_day
    last_read_on = forecast.as_of - timedelta(days=forecast.reading_age_days)
    to_drive_m = max(0, item.remaining_m - stage.remaining_m)
    days = min(-(-to_drive_m // max(1, forecast.metres_per_day)), DAYS_MAX)
    return min(by_day, last_read_on + timedelta(days=days))
