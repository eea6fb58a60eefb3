"""How good the forecast was on logs of the past: cases without hindsight, and errors beside simple rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from ownerloop.domain.believing import believe
from ownerloop.domain.evidence import merge
from ownerloop.domain.forecast import forecast_columns
from ownerloop.domain.plans import PlanItem, ServicePlan
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import DAY_SECONDS, FloatArray, IntArray, Points
from ownerloop.domain.simple_rules import SIMPLE_RULES
from ownerloop.domain.vehicle import Forecast, Reading, Vehicle

ORIGIN_DAYS = 30  # a forecast is tried this often (facts §2.3)
HORIZON_MIN_DAYS, HORIZON_MAX_DAYS = 5, 400
OURS, PLAIN = "ownerloop", "plain_formula"
_QUANTILES = {OURS: 3, PLAIN: 3}  # the simple rules say one day
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = timedelta(days=1)
_ITEM = "multiple"


@dataclass(frozen=True, slots=True)
class Cases:
    """Every case in one row: whose it is, how far ahead it lay, and the due day that each method said (day numbers)."""

    cars: tuple[str, ...]
    origin: FloatArray
    true: FloatArray
    said: Mapping[str, FloatArray]  # by method; one column for P50 alone, three for P10, P50 and P90

    @property
    def horizon(self) -> FloatArray:
        """Return the days from the origin to the true due day."""
        return self.true - self.origin


@dataclass(frozen=True, slots=True)
class _Known:
    """One origin of one car: what was known on its day, as columns (thinned and cleaned) and as the car's evidence."""

    on: date
    points: Points
    evidence: Sequence[Reading]


def cases_of(
    logs: Mapping[str, Sequence[Reading]], *, every_m: int, gap_days: int = 0, policy: ForecastPolicy
) -> Cases:
    """Return a case for each car and each 30 days: the next multiple of the distance above the last known odometer.

    The truth comes from all readings, the forecasts from those known on the day, thinned to about one per `gap_days`.
    A case counts if its true day lies 5 to 400 days ahead and two points are known; it is the same for every method.
    The prior is the median of the other cars' mean rates, else the policy's.
    """
    courses = {car: _course(readings, policy) for car, readings in sorted(logs.items())}
    cars: list[str] = []
    rows: list[tuple[float, float]] = []
    said: dict[str, list[FloatArray]] = {name: [] for name in (OURS, PLAIN, *SIMPLE_RULES)}
    for car, course in courses.items():
        known = _origins(logs[car], course, gap_days=gap_days)
        priors = _priors(courses, without=car)
        ours = _forecasts(known, every_m=every_m, priors=priors, policy=policy)
        plain = _forecasts(known, every_m=every_m, priors=priors, policy=replace(policy, usage=None))
        for origin, forecast, simple in zip(known, ours, plain, strict=True):
            true = _true_day(course, forecast)
            horizon = true - origin.on.toordinal()
            if not HORIZON_MIN_DAYS <= horizon <= HORIZON_MAX_DAYS:
                continue
            cars.append(car)
            rows.append((float(origin.on.toordinal()), true))
            said[OURS].append(_said(forecast))
            said[PLAIN].append(_said(simple))
            for name, rule in SIMPLE_RULES.items():
                said[name].append(np.array([_last_day(origin.points) + rule(origin.points, _remaining_m(forecast))]))
    columns = np.array(rows, dtype=np.float64).reshape(-1, 2)
    return Cases(
        cars=tuple(cars),
        origin=columns[:, 0],
        true=columns[:, 1],
        said={name: np.array(of, dtype=np.float64).reshape(-1, _QUANTILES.get(name, 1)) for name, of in said.items()},
    )


def _course(readings: Sequence[Reading], policy: ForecastPolicy) -> Points:
    return believe([tuple(sorted(readings))], policy=policy).points


def _origins(readings: Sequence[Reading], course: Points, *, gap_days: int) -> list[_Known]:
    """Return what was known every 30 days; an origin before the second point is left out."""
    if course.seconds.size < 2:  # noqa: PLR2004  # a rate has two ends
        return []
    log = _thinned(sorted(readings), gap_days)
    kept = _thinned_places(course.seconds, gap_days)
    seconds, metres = course.seconds[kept], course.metres[kept]
    first, last = (datetime.fromtimestamp(int(course.seconds[end]), UTC).date() for end in (0, -1))
    found: list[_Known] = []
    evidence: Sequence[Reading] = ()
    told = 0
    for days in range(ORIGIN_DAYS, (last - first).days + 1, ORIGIN_DAYS):
        on = first + timedelta(days=days)
        ends_at = datetime.combine(on + _DAY, time(), UTC)
        until = next((place for place in range(told, len(log)) if log[place].read_at >= ends_at), len(log))
        evidence, told = merge(evidence, log[told:until]), until
        count = int(np.searchsorted(seconds, ends_at.timestamp()))
        if count > 1:
            points = Points(seconds[:count], metres[:count], np.array([0, count]))
            found.append(_Known(on=on, points=points, evidence=evidence))
    return found


def _thinned(log: list[Reading], gap_days: int) -> list[Reading]:
    places = _thinned_places(np.array([int(reading.read_at.timestamp()) for reading in log], dtype=np.int64), gap_days)
    return [log[place] for place in places]


def _thinned_places(seconds: IntArray, gap_days: int) -> list[int]:
    """Return the places of readings at least the gap apart, all of them for a gap of 0."""
    places: list[int] = []
    free_from = -np.inf
    for place, second in enumerate(seconds.tolist()):
        if second >= free_from:
            places.append(place)
            free_from = second + gap_days * DAY_SECONDS if gap_days else -np.inf
    return places


def _priors(courses: Mapping[str, Points], *, without: str) -> Priors:
    rates = [
        float(of.metres[-1] - of.metres[0]) / max(1.0, float(of.seconds[-1] - of.seconds[0]) / DAY_SECONDS)
        for car, of in courses.items()
        if car != without and of.seconds.size > 1
    ]
    return Priors(version=1, metres_per_day={"*": max(1, round(float(np.median(rates))))}) if rates else Priors()


def _forecasts(known: Sequence[_Known], *, every_m: int, priors: Priors, policy: ForecastPolicy) -> list[Forecast]:
    plan = ServicePlan(
        model="*",
        version="backtest",
        effective_on=date(1970, 1, 1),
        source="the next multiple",
        items=(PlanItem(item=_ITEM, every_m=every_m, every_months=None),),
    )
    outlooks = forecast_columns(
        [Vehicle(vehicle_id="", evidence=origin.evidence) for origin in known],
        plans=[plan] * len(known),
        priors=priors,
        policy=policy,
        as_of=[origin.on for origin in known],
        zones=[UTC] * len(known),
    )
    return [outlook.forecast for outlook in outlooks if outlook.forecast]


def _remaining_m(forecast: Forecast) -> int:
    return forecast.items[0].remaining_m or 0


def _true_day(course: Points, forecast: Forecast) -> float:
    """Return the day number on which the car passed the target, infinity if the log does not show it."""
    target = forecast.last_odometer_m + _remaining_m(forecast)
    if target > int(course.metres[-1]):
        return float("inf")
    place = int(np.searchsorted(course.metres, target))
    ends = slice(max(0, place - 1), place + 1)
    at = float(np.interp(target, course.metres[ends], course.seconds[ends].astype(np.float64)))
    return float(_EPOCH_DAY + at // DAY_SECONDS)


def _last_day(points: Points) -> int:
    return _EPOCH_DAY + int(points.seconds[-1]) // DAY_SECONDS


def _said(forecast: Forecast) -> FloatArray:
    item = forecast.items[0]
    return np.array([day.toordinal() for day in (item.due_p10, item.due_p50, item.due_p90)], dtype=np.float64)
