"""The due days of many cars' items in one pass: distances turned into days, and cut by the time limits beside them."""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate, chain, pairwise

import numpy as np

from ownerloop.domain.changing import maker_of
from ownerloop.domain.limits import Course, Limit
from ownerloop.domain.pace import Pace
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import BoolArray, FloatArray, IntArray
from ownerloop.domain.vehicle import ItemForecast

NORMAL_Z = (-1.2816, 0.0, 1.2816)  # P10, P50 and P90 of the standard normal
DAYS_MAX = 36_500  # beyond a hundred years a due day says nothing more
_NEVER = date.max.toordinal()
_item = maker_of(ItemForecast)


def due_items(
    found: Sequence[Sequence[Limit]], courses: Sequence[Course], *, pace: Pace, priors: Priors
) -> list[tuple[ItemForecast, ...]]:
    """Return for each car an item a limit: the earlier of its distance's quantiles and its day at the latest.

    Days to drive count from the last point; what was overdue by then is due on the day it was passed.
    """
    limits = list(chain.from_iterable(found))
    counts = [len(its) for its in found]
    cars = np.repeat(np.arange(len(counts)), counts)
    last_on = np.array([course.last_on.toordinal() if course.last_on else 0 for course in courses], dtype=np.int64)[
        cars
    ]
    last_m = np.array([course.last_m for course in courses], dtype=np.int64)[cars]
    left_m = np.array([limit.target_m or 0 for limit in limits], dtype=np.int64) - last_m
    has_target = np.array([limit.target_m is not None for limit in limits], dtype=bool)
    at_most = np.array([limit.limit_on.toordinal() if limit.limit_on else _NEVER for limit in limits], dtype=np.int64)
    ahead = last_on[:, None] + _days(np.maximum(left_m, 0).astype(np.float64), cars, pace=pace, priors=priors)
    drives = has_target & (last_on > 0)
    due = np.where(drives[:, None], np.minimum(ahead, at_most[:, None]), at_most[:, None])
    for row in np.flatnonzero(drives & (left_m <= 0)).tolist():
        reached_on = courses[cars[row]].reached_on(limits[row].target_m or 0)
        due[row] = min(reached_on.toordinal(), int(at_most[row]))
    items = _items(limits, due, remaining_m=np.where(has_target, left_m, 0), has_target=has_target)
    return [tuple(items[start:end]) for start, end in pairwise(accumulate(counts, initial=0))]


def _days(left_m: FloatArray, cars: IntArray, *, pace: Pace, priors: Priors) -> IntArray:
    """Return the quantiles of the days that each distance takes, a row each."""
    middle = pace.days_to(left_m, cars)
    z = np.array(priors.z_quantiles or NORMAL_Z)
    days = middle[:, None] * np.exp(pace.spread(middle, cars)[:, None] * z[None, :])
    whole: IntArray = np.rint(np.minimum(days, DAYS_MAX)).astype(np.int64)
    return whole


def _items(
    limits: Sequence[Limit], due: IntArray, *, remaining_m: IntArray, has_target: BoolArray
) -> list[ItemForecast]:
    p10, p50, p90 = (list(map(date.fromordinal, column)) for column in due.T.tolist())
    return list(
        map(
            _item,
            [limit.item for limit in limits],
            [limit.due_cycle for limit in limits],
            p10,
            p50,
            p90,
            [metres if has else None for metres, has in zip(remaining_m.tolist(), has_target.tolist(), strict=True)],
            [limit.basis for limit in limits],
        )
    )
