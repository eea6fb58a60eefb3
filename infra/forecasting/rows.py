"""The product's own forecast for the cars of a sheet: one row for each car and item of the plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date

import numpy as np

from infra.forecasting.sheets import OdometerSheet, RefusedLine
from ownerloop.domain.believing import believe
from ownerloop.domain.cleaning import clean
from ownerloop.domain.evidence import merge
from ownerloop.domain.forecast import forecast_columns
from ownerloop.domain.plans import PlanItem, ServicePlan
from ownerloop.domain.policy import ForecastPolicy, ReminderPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import driven
from ownerloop.domain.reminders import next_reminder
from ownerloop.domain.vehicle import Forecast, ItemForecast, Reading, ServiceDone, Vehicle

COLUMNS = (
    "vehicle_id",
    "item",
    "due_p10",
    "due_p50",
    "due_p90",
    "remaining_km",
    "km_per_day",
    "reading_age_days",
    "send_on",
    "reason",
)
_METRES = 1000
_FLEET = "*"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a sheet: the plan, the day, and the services done so far."""

    plan: ServicePlan
    as_of: date
    services: Mapping[str, Sequence[ServiceDone]]
    policy: ForecastPolicy
    reminders: ReminderPolicy


def forecast_rows(sheet: OdometerSheet, question: Question) -> list[dict[str, str]]:
    """Return the rows in the order of cars and plan; a car or item that cannot be forecast says why."""
    cars = [_vehicle(name, sheet, question) for name in sorted(sheet.readings)]
    outlooks = forecast_columns(
        cars,
        plans=[question.plan] * len(cars),
        priors=fleet_priors(cars, policy=question.policy),
        policy=question.policy,
        as_of=[question.as_of] * len(cars),
        zones=[UTC] * len(cars),
    )
    rules = _rules_by_car(sheet.refused)
    rows: list[dict[str, str]] = []
    for car, outlook in zip(cars, outlooks, strict=True):
        late = sum(reading.read_at.date() > question.as_of for reading in sheet.readings[car.vehicle_id])
        doubts = [*([f"after_as_of:{late}"] if late else []), *rules.get(car.vehicle_id, [])]
        rows.extend(_rows_of(car, outlook.forecast, question, doubts))
    return rows


def fleet_priors(cars: Sequence[Vehicle], *, policy: ForecastPolicy) -> Priors:
    """Return the median rate of the sheet's cars for the fleet's, as the nightly settlement does; few say nothing."""
    sums = driven(believe([car.evidence for car in cars], policy=policy).points, policy=policy)
    known = sums.days >= policy.prior_days_min
    if int(known.sum()) < policy.prior_cars_min:
        return Priors()
    median = float(np.median(sums.metres[known] / sums.days[known]))
    return Priors(version=1, metres_per_day={_FLEET: max(1, round(median))})


def dropped_lines(sheet: OdometerSheet, question: Question) -> Iterator[tuple[str, Reading, str]]:
    """Yield (car, reading, what is wrong with it) for every reading that the cleaning did not believe."""
    for name in sorted(sheet.readings):
        known = tuple(sorted(reading for reading in sheet.readings[name] if reading.read_at.date() <= question.as_of))
        cleaned = clean(known, policy=question.policy)
        for reading in cleaned.dropped:
            before = [kept.odometer_m for kept in cleaned.kept if kept.read_at <= reading.read_at]
            is_fall = bool(before) and reading.odometer_m < before[-1]
            yield name, reading, "fall" if is_fall else "jump"


def idle_services(sheet: OdometerSheet, question: Question) -> Iterator[tuple[str, ServiceDone, str]]:
    """Yield (car, service, why) for every service that counts for nothing: its car, item or day is out of question."""
    planned = {item.item for item in question.plan.items}
    for name in sorted(question.services):
        for done in question.services[name]:
            if name not in sheet.readings:
                yield name, done, "car"
            elif done.item not in planned:
                yield name, done, "item"
            elif done.on > question.as_of:
                yield name, done, "day"


def _vehicle(name: str, sheet: OdometerSheet, question: Question) -> Vehicle:
    known = [reading for reading in sheet.readings[name] if reading.read_at.date() <= question.as_of]
    done = [service for service in question.services.get(name, ()) if service.on <= question.as_of]
    return Vehicle(vehicle_id=name, evidence=merge((), known), services=tuple(done))


def _rules_by_car(refused: Sequence[RefusedLine]) -> dict[str, list[str]]:
    """Return for each car the rules that its lines broke, each with how many did."""
    counts: dict[str, dict[str, int]] = {}
    for line in refused:
        told = f"{line.field} {line.rule}"
        of_car = counts.setdefault(line.vehicle_id, {})
        of_car[told] = of_car.get(told, 0) + 1
    return {car: [f"refused:{n} {told}" for told, n in sorted(rules.items())] for car, rules in counts.items()}


def _rows_of(
    car: Vehicle, forecast: Forecast | None, question: Question, doubts: Sequence[str]
) -> Iterator[dict[str, str]]:
    items = {item.item: item for item in forecast.items} if forecast else {}
    for planned in question.plan.items:
        item = items.get(planned.item)
        if forecast is None or item is None:
            why = _why_not(car, planned)
            yield _row(vehicle_id=car.vehicle_id, item=planned.item, reason=[why, *doubts])
        else:
            yield _due_row(car, item, forecast, question, doubts)


def _due_row(
    car: Vehicle, item: ItemForecast, forecast: Forecast, question: Question, doubts: Sequence[str]
) -> dict[str, str]:
    alone = replace(forecast, items=(item,))
    send_on = next_reminder(alone, reminded=(), policy=question.reminders, as_of=question.as_of)
    others = (f"no_history:{other.item}" for other in question.plan.items if other.item != item.item)
    hidden = set(others)
    has_reading = bool(car.evidence)
    return _row(
        vehicle_id=car.vehicle_id,
        item=item.item,
        due_p10=item.due_p10.isoformat(),
        due_p50=item.due_p50.isoformat(),
        due_p90=item.due_p90.isoformat(),
        remaining_km="" if item.remaining_m is None else _km(item.remaining_m),
        km_per_day=_km(forecast.metres_per_day),
        reading_age_days=str(forecast.reading_age_days) if has_reading else "",
        send_on=send_on.isoformat() if send_on else "",
        reason=[f"basis:{item.basis}", *(told for told in forecast.reasons if told not in hidden), *doubts],
    )


def _why_not(car: Vehicle, planned: PlanItem) -> str:
    if not car.evidence and planned.every_m is not None:
        return "no_reading"
    return "no_service_to_count_months_from"


def _row(*, reason: Sequence[str], **told: str) -> dict[str, str]:
    return {name: told.get(name, "") for name in COLUMNS} | {"reason": "; ".join(reason)}


def _km(metres: int) -> str:
    """Return kilometres with no more decimals than there are."""
    text = f"{metres / _METRES:.3f}".rstrip("0")
    return text.removesuffix(".")
