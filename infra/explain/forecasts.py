"""Tells a car's forecast: its items, what the car says and reports itself, and the visits that do them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from infra.explain.words import BASES, ITEMS, SEVERITIES, Language, pick, say
from ownerloop.adapters.policy_files import reminder_policy
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle
from ownerloop.domain.visits import Visit, visits


def forecast_lines(vehicle: Vehicle, *, language: Language) -> Iterator[str]:
    """Yield the forecast with its inputs, or why there is none."""
    forecast = vehicle.forecast
    if forecast is None:
        yield pick(
            language,
            "没有预测：没有可用的里程，也没有时间限制",
            "no forecast: neither a usable reading nor a time limit",
        )
        return
    yield _inputs(forecast, has_reading=bool(vehicle.evidence), language=language)
    yield from (f"  {item_line(item, language)}" for item in forecast.items)
    yield from (f"  {line}" for reason in forecast.reasons if (line := _reason(reason, language)))
    yield from (f"  {_visit(visit, language)}" for visit in _visits(forecast) if visit.bundled)


def forecast_data(vehicle: Vehicle) -> dict[str, Any] | None:
    """Return the same as plain data."""
    forecast = vehicle.forecast
    if forecast is None:
        return None
    return {
        "as_of": forecast.as_of.isoformat(),
        "rule_version": forecast.rule_version,
        "plan_version": forecast.plan_version,
        "priors_version": forecast.priors_version,
        "metres_per_day": forecast.metres_per_day,
        "rate_days": forecast.rate_days,
        "reading_age_days": forecast.reading_age_days,
        "last_odometer_m": forecast.last_odometer_m,
        "reasons": list(forecast.reasons),
        "items": [
            {
                "item": item.item,
                "due_cycle": item.due_cycle,
                "due_p10": item.due_p10.isoformat(),
                "due_p50": item.due_p50.isoformat(),
                "due_p90": item.due_p90.isoformat(),
                "remaining_m": item.remaining_m,
                "basis": item.basis,
                "severity": item.severity,
            }
            for item in forecast.items
        ],
        "visits": [
            {"items": [item.item for item in visit.items], "due_p50": visit.first.due_p50.isoformat()}
            for visit in _visits(forecast)
        ],
    }


def _visits(forecast: Forecast) -> tuple[Visit, ...]:
    return visits(forecast.items, rule=reminder_policy(forecast.as_of).visit)


def _inputs(forecast: Forecast, *, has_reading: bool, language: Language) -> str:
    if not has_reading:
        return pick(
            language,
            f"预测于 {forecast.as_of}：没有使用任何里程，只按时间（{forecast.plan_version}）",
            f"forecast of {forecast.as_of}: by time alone, no reading is used ({forecast.plan_version})",
        )
    per_day, last = forecast.metres_per_day / 1000, forecast.last_odometer_m / 1000
    versions = f"{forecast.rule_version}, {forecast.plan_version}, priors {forecast.priors_version}"
    return pick(
        language,
        f"预测于 {forecast.as_of}：里程 {last:,.0f} km（{forecast.reading_age_days} 天前），"
        f"日均 {per_day:.1f} km（{forecast.rate_days} 天数据），{versions}",
        f"forecast of {forecast.as_of}: {last:,.0f} km read {forecast.reading_age_days} days before, "
        f"{per_day:.1f} km a day from {forecast.rate_days} days of driving, {versions}",
    )


def item_line(item: ItemForecast, language: Language) -> str:
    """Return when an item falls due, by what, how far away and how urgent it is."""
    name, basis = say(ITEMS, item.item, language), say(BASES, item.basis, language)
    left = f", {item.remaining_m / 1000:,.0f} km" if item.remaining_m is not None else ""
    urgency = f", {say(SEVERITIES, item.severity, language)}" if item.severity else ""
    return pick(
        language,
        f"{name}：{item.due_p50} 到期（{item.due_p10} 至 {item.due_p90}），{basis}{left}{urgency}",
        f"{name}: due {item.due_p50} ({item.due_p10} to {item.due_p90}), {basis}{left}{urgency}",
    )


def _reason(reason: str, language: Language) -> str | None:
    """Return the sentence for a reason that the owner's car gave itself, None for those told elsewhere."""
    kind, _, named = reason.partition(":")
    match kind:
        case "own_remaining":
            return pick(language, "采用车辆自报的剩余里程或天数", "the car's own remaining distance or days is used")
        case "own_remaining_stale":
            return pick(language, "车辆自报的剩余里程已过时，不采用", "the car's own remaining is too old to be used")
        case "condition":
            signal, _, severity = named.rpartition(":")
            urgency = say(SEVERITIES, severity, language)
            return pick(language, f"车辆上报 {signal}：{urgency}", f"the car reports {signal}: {urgency}")
        case "stale":
            return pick(language, f"{named} 久未上报，不采用", f"{named} was last reported too long ago to count")
        case _:
            return None


def _visit(visit: Visit, language: Language) -> str:
    names = [say(ITEMS, item.item, language) for item in visit.items]
    due: date = visit.first.due_p50
    return pick(language, f"一次到店（{due}）：{'、'.join(names)}", f"one visit ({due}): {', '.join(names)}")
