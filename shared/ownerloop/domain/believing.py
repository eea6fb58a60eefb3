"""Cleaning for many cars in one pass: plain evidence stays in columns, only what looks odd is searched car by car."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from ownerloop.domain.cleaning import Cleaned, clean
from ownerloop.domain.evidence import pack
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.rate import DAY_SECONDS, IntArray, Points
from ownerloop.domain.vehicle import ClusterFlag, Denied, Reading

_WORD = np.dtype(">u8")  # a reading as `evidence.pack` writes it
_LOW_HALF = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Believed:
    """The believed points of many cars, with how many readings each lost and what it asks about its cluster."""

    points: Points
    dropped: list[int]
    flags: list[ClusterFlag | None]


def believe(
    evidence: Sequence[Sequence[Reading]],
    *,
    policy: ForecastPolicy,
    denied: Sequence[tuple[Denied, ...]] = (),
) -> Believed:
    """Return for each car what `clean` returns for it; `denied` goes by car too, or is empty."""
    packed = [pack(car) for car in evidence]
    ends = accumulate(len(car) // _WORD.itemsize for car in packed)
    starts = np.array([0, *ends], dtype=np.int64)
    words = np.frombuffer(b"".join(packed), dtype=_WORD).astype(np.uint64)
    seconds, rest = (words >> 32).astype(np.int64), (words & _LOW_HALF).astype(np.int64)
    points = Points(seconds=seconds, metres=rest >> 1, starts=starts)
    cleaned = {
        place: clean(evidence[place], policy=policy, denied=denied[place] if denied else ())
        for place in _odd(points, rest & 1, policy)
    }
    dropped = [0] * len(packed)
    flags: list[ClusterFlag | None] = [None] * len(packed)
    for place, car in cleaned.items():
        dropped[place], flags[place] = len(car.dropped), car.cluster_flag
    return Believed(points=_with(points, cleaned), dropped=dropped, flags=flags)


def _odd(points: Points, is_bare_date: IntArray, policy: ForecastPolicy) -> list[int]:
    """Return the places of the cars that have a bare date, two readings of one instant, or a step to doubt."""
    counts = points.counts
    car_of = np.repeat(np.arange(counts.size), counts)
    span, step = points.seconds[1:] - points.seconds[:-1], points.metres[1:] - points.metres[:-1]
    most = policy.step_per_day_max_m * -(-span // DAY_SECONDS)
    is_odd = (car_of[1:] == car_of[:-1]) & ((span <= 0) | (step < 0) | (step > most))
    return sorted({*car_of[1:][is_odd].tolist(), *car_of[is_bare_date == 1].tolist()})


def _with(points: Points, cleaned: Mapping[int, Cleaned]) -> Points:
    """Return the points, those of the named cars (in ascending order) replaced by what was believed of them."""
    if not cleaned:
        return points
    counts = points.counts
    seconds, metres = [], []
    end = 0
    for place, car in cleaned.items():
        believed = np.array([(int(at.timestamp()), metre) for at, metre in car.points], dtype=np.int64).reshape(-1, 2)
        start = int(points.starts[place])
        seconds += [points.seconds[end:start], believed[:, 0]]
        metres += [points.metres[end:start], believed[:, 1]]
        counts[place] = len(believed)
        end = int(points.starts[place + 1])
    starts = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return Points(
        seconds=np.concatenate([*seconds, points.seconds[end:]]),
        metres=np.concatenate([*metres, points.metres[end:]]),
        starts=starts,
    )
