"""What the fleet teaches: median rates by model and store, and how far closed cycles lay from their forecast."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import numpy as np

from ownerloop.domain.believing import believe
from ownerloop.domain.consent import DataClass, Purpose
from ownerloop.domain.pace import pace_of
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import DAY_SECONDS, Points, driven
from ownerloop.domain.vehicle import Reading, Vehicle

_QUANTILES = (0.1, 0.5, 0.9)
_FLEET = "*"
_CARS_AT_ONCE = 1_000
_ALONE = np.zeros(1, dtype=np.int64)


def settle(vehicles: Iterable[Vehicle], *, held: Priors, policy: ForecastPolicy, now: datetime) -> Priors:
    """Return the priors that the fleet's evidence supports: `held` itself if they say the same, else the next version.

    Only readings under a live consent count. A cycle is closed when the readings passed a multiple of the policy's
    distance; hindsight on the evidence scores it, so that nothing has to be stored for it.
    """
    rates: dict[str, list[float]] = defaultdict(list)
    closed: list[tuple[str, Points]] = []
    for kind, course, rate in _courses(vehicles, policy=policy, now=now):
        if rate is not None:
            rates[kind].append(rate)
            rates[_FLEET].append(rate)
        if int(course.metres[0]) // policy.cycle_m < int(course.metres[-1]) // policy.cycle_m:
            closed.append((kind, course))
    medians = {
        key: max(1, round(float(np.median(of))))
        for key, of in sorted(rates.items())
        if len(of) >= policy.prior_cars_min
    }
    fallback = medians.get(_FLEET, policy.fleet_metres_per_day)
    scores = [
        z for kind, course in closed for z in cycle_scores(course, prior=medians.get(kind, fallback), policy=policy)
    ]
    settled = Priors(
        version=held.version,
        metres_per_day=medians,
        z_quantiles=_z_quantiles(scores) if len(scores) >= policy.cycles_min else None,
        closed_cycles=len(scores),
    )
    return held if settled == held else replace(settled, version=held.version + 1)


def cycle_scores(course: Points, *, prior: float, policy: ForecastPolicy) -> list[float]:
    """Return log(true / forecast days) / s of every multiple that one car passed, forecast from half a cycle before it.

    Half a cycle is a place on the odometer, known at the time; a number of days before the end would favour its answer.
    """
    scores: list[float] = []
    first, last = int(course.metres[0]), int(course.metres[-1])
    for target in range((first // policy.cycle_m + 1) * policy.cycle_m, last + 1, policy.cycle_m):
        origin = int(np.searchsorted(course.metres, target - policy.cycle_m // 2))
        left_m = target - int(course.metres[origin])
        if origin == 0 or left_m <= 0:
            continue
        known = Points(course.seconds[: origin + 1], course.metres[: origin + 1], np.array([0, origin + 1]))
        pace = pace_of(known, np.array([float(prior)]), policy=policy)
        forecast_days = pace.days_to(np.array([float(left_m)]), _ALONE)
        passed_at = float(np.interp(target, course.metres[origin:], course.seconds[origin:].astype(np.float64)))
        true_days = (passed_at - int(course.seconds[origin])) / DAY_SECONDS
        deviation = pace.spread(forecast_days, _ALONE)
        scores.append(float((np.log(true_days / forecast_days) / deviation)[0]))
    return scores


def _courses(
    vehicles: Iterable[Vehicle], *, policy: ForecastPolicy, now: datetime
) -> Iterator[tuple[str, Points, float | None]]:
    """Yield (kind, points, own rate or None) of every car that was read lately; the prior plays no part in the rate."""
    oldest = now - timedelta(days=policy.prior_silence_max_days)
    cars = iter(vehicles)
    while group := list(islice(cars, _CARS_AT_ONCE)):
        usable = [_usable(car, now=now) for car in group]
        fresh = [its if its and its[-1].read_at >= oldest else () for its in usable]
        believed = believe(fresh, policy=policy, denied=[car.denied for car in group])
        sums = driven(believed.points, policy=policy)
        starts = believed.points.starts.tolist()
        for place, car in enumerate(group):
            here = slice(starts[place], starts[place + 1])
            if here.start == here.stop:
                continue
            course = Points(
                believed.points.seconds[here], believed.points.metres[here], np.array([0, here.stop - here.start])
            )
            days = float(sums.days[place])
            rate = float(sums.metres[place]) / days if days >= policy.prior_days_min else None
            yield f"{car.model}#{car.store_id}", course, rate


def _usable(vehicle: Vehicle, *, now: datetime) -> tuple[Reading, ...]:
    classes = vehicle.consent.usable_classes
    return tuple(
        reading
        for reading in vehicle.evidence
        if DataClass.ODOMETER in classes(reading.read_at, now=now, purpose=Purpose.MAINTENANCE)
    )


def _z_quantiles(scores: list[float]) -> tuple[float, float, float]:
    p10, p50, p90 = (round(float(z), 4) for z in np.quantile(scores, _QUANTILES))
    return p10, p50, p90
