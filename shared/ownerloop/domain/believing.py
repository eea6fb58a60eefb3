"""Cleaning for many cars in one pass: plain evidence stays in columns, only what looks odd is searched car by car."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ownerloop.domain.cleaning import clean
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.rate import DAY_SECONDS, Points
from ownerloop.domain.vehicle import ClusterFlag, Denied, Reading


@dataclass(frozen=True, slots=True)
class Believed:
    """The believed points of many cars, with how many readings each lost and what it asks about its cluster."""

    points: Points
    dropped: list[int]
    flags: list[ClusterFlag | None]


def believe(
    evidence: Sequence[tuple[Reading, ...]],
    *,
    policy: ForecastPolicy,
    denied: Sequence[tuple[Denied, ...]] = (),
) -> Believed:
    """Return for each car what `clean` returns for it; `denied` goes by car too, or is empty."""
    columns = [([int(r.read_at.timestamp()) for r in car], [r.odometer_m for r in car]) for car in evidence]
    dropped = [0] * len(columns)
    flags: list[ClusterFlag | None] = [None] * len(columns)
    for place in _odd(_joined(columns), evidence, policy):
        cleaned = clean(evidence[place], policy=policy, denied=denied[place] if denied else ())
        columns[place] = _columns(cleaned.points)
        dropped[place] = len(cleaned.dropped)
        flags[place] = cleaned.cluster_flag
    return Believed(points=_joined(columns), dropped=dropped, flags=flags)


def _odd(points: Points, evidence: Sequence[tuple[Reading, ...]], policy: ForecastPolicy) -> list[int]:
    """Return the places of the cars that have a bare date, two readings of one instant, or a step to doubt."""
    car_of = np.repeat(np.arange(points.counts.size), points.counts)
    span, step = np.diff(points.seconds), np.diff(points.metres)
    most = policy.step_per_day_max_m * -(-span // DAY_SECONDS)
    is_odd = (car_of[1:] == car_of[:-1]) & ((span <= 0) | (step < 0) | (step > most))
    odd = set(car_of[1:][is_odd].tolist())
    odd.update(place for place, car in enumerate(evidence) if any(r.is_bare_date for r in car))
    return sorted(odd)


def _columns(points: list[tuple[datetime, int]]) -> tuple[list[int], list[int]]:
    return [int(instant.timestamp()) for instant, _ in points], [metres for _, metres in points]


def _joined(columns: Sequence[tuple[list[int], list[int]]]) -> Points:
    starts = np.zeros(len(columns) + 1, dtype=np.int64)
    np.cumsum([len(seconds) for seconds, _ in columns], out=starts[1:])
    return Points(
        seconds=np.array([second for seconds, _ in columns for second in seconds], dtype=np.int64),
        metres=np.array([metre for _, metres in columns for metre in metres], dtype=np.int64),
        starts=starts,
    )
