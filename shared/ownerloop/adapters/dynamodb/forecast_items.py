"""How a car's forecast is written into its item, and what others were told where that is something else.

A forecast is a list in the order of its fields; of an item P10 and P90 are days before and after P50. What was told is
the reminder day, then for each item that the forecast has the days by which median and P90 lay elsewhere, or where it
has other items `[]` and the items themselves.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ownerloop.adapters.dynamodb.items import day_or_none
from ownerloop.domain.changing import maker_of
from ownerloop.domain.vehicle import Forecast, ItemForecast, Told

_forecast, _item = maker_of(Forecast), maker_of(ItemForecast)


def forecast_list(forecast: Forecast) -> list[Any]:
    """Return the forecast as it is written; days stay days, which the encoder writes as `2026-02-28`."""
    return [
        forecast.as_of,
        forecast.rule_version,
        forecast.plan_version,
        forecast.priors_version,
        forecast.metres_per_day,
        forecast.rate_days,
        forecast.reading_age_days,
        forecast.last_odometer_m,
        list(map(_due_list, forecast.items)),
        forecast.reasons,
    ]


def told_list(told: Told, held: Sequence[ItemForecast]) -> list[Any]:
    """Return what was told as it is written beside the items that the car holds."""
    if [(one.item, one.severity) for one in told.items] == [(one.item, one.severity) for one in held]:
        moved = [
            days
            for was, now in zip(told.items, held, strict=True)
            for days in ((was.due_p50 - now.due_p50).days, (was.due_p90 - now.due_p90).days)
        ]
        return [told.remind_on, moved]
    return [told.remind_on, [], *([o.item, o.due_p50, (o.due_p90 - o.due_p50).days, o.severity] for o in told.items)]


def forecast_of(parts: list[Any]) -> Forecast:
    """Return the forecast behind `forecast_list`."""
    as_of, rule, plan, priors, metres_per_day, rate_days, age_days, last_odometer_m, items, reasons = parts
    return _forecast(
        as_of=date.fromisoformat(as_of),
        rule_version=rule,
        plan_version=plan,
        priors_version=priors,
        metres_per_day=metres_per_day,
        rate_days=rate_days,
        reading_age_days=age_days,
        last_odometer_m=last_odometer_m,
        items=tuple([_item_of(*item) for item in items]),
        reasons=tuple(reasons),
    )


def told_of(held: Sequence[ItemForecast], remind_on: str | None, moved: list[int], *named: list[Any]) -> Told:
    """Return what was told, for a car that holds these items."""
    if named or not moved:
        return Told(day_or_none(remind_on), tuple([_told_item(*item) for item in named]))
    items = [
        _known_item(one.item, one.due_p50 + timedelta(days=median), one.due_p90 + timedelta(days=late), one.severity)
        for one, median, late in zip(held, moved[::2], moved[1::2], strict=True)
    ]
    return Told(day_or_none(remind_on), tuple(items))


def _due_list(due: ItemForecast) -> list[Any]:
    middle = due.due_p50.toordinal()
    before, after = middle - due.due_p10.toordinal(), due.due_p90.toordinal() - middle
    parts = [due.item, due.due_cycle, due.due_p50, before, after, due.remaining_m, due.basis]
    return [*parts, due.severity] if due.severity else parts


def _item_of(
    item: str,
    due_cycle: str,
    p50: str,
    before: int,
    after: int,
    remaining_m: int | None,
    basis: str,
    severity: str | None = None,
) -> ItemForecast:
    median = date.fromisoformat(p50)
    early, late = median - timedelta(days=before), median + timedelta(days=after)
    return _item(item, due_cycle, early, median, late, remaining_m, basis, severity)


def _told_item(item: str, p50: str, after: int, severity: str | None) -> ItemForecast:
    median = date.fromisoformat(p50)
    return _known_item(item, median, median + timedelta(days=after), severity)


def _known_item(item: str, median: date, late: date, severity: str | None) -> ItemForecast:
    return _item(item, "", median, median, late, None, "", severity)
