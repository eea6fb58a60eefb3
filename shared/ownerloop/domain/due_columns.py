"""The due days of many cars' items in one pass: distances turned into days, and cut by the time limits beside them."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from ownerloop.domain.changing import maker_of
from ownerloop.domain.courses import Courses
from ownerloop.domain.limits import Limits
from ownerloop.domain.pace import Pace
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import FloatArray, IntArray
from ownerloop.domain.vehicle import ItemForecast

NORMAL_Z = (-1.2816, 0.0, 1.2816)  # P10, P50 and P90 of the standard normal
DAYS_MAX = 36_500  # beyond a hundred years a due day says nothing more
_item = maker_of(ItemForecast)


def due_items(limits: Limits, courses: Courses, *, pace: Pace, priors: Priors) -> list[ItemForecast]:
    """Return an item a row: the earlier of its distance's quantiles and its day at the latest.

    Days to drive count from the last point; what was overdue by then is due on the day it was passed.
    """
    cars = limits.cars
    left_m = limits.targets_m - courses.last_m[cars]
    at_most = limits.limits_on[:, None]
    ahead = courses.last_on[cars][:, None]
    ahead = ahead + _days(np.maximum(left_m, 0).astype(np.float64), cars, pace=pace, priors=priors)
    due = np.where(limits.has_target[:, None], np.minimum(ahead, at_most), at_most)
    for row in np.flatnonzero(limits.has_target & (left_m <= 0)).tolist():
        reached_on = courses.of(int(cars[row])).reached_on(int(limits.targets_m[row]))
        due[row] = min(reached_on.toordinal(), int(at_most[row, 0]))
    return _items(limits, due, left_m)


def by_car(items: Sequence[ItemForecast], limits: Limits, count: int) -> list[tuple[ItemForecast, ...]]:
    """Return the items of each of so many cars."""
    found: list[tuple[ItemForecast, ...]] = [()] * count
    for place, start, end in limits.spans:
        found[place] = tuple(items[start:end])
    return found


def _days(left_m: FloatArray, cars: IntArray, *, pace: Pace, priors: Priors) -> IntArray:
    """Return the quantiles of the days that each distance takes, a row each."""
    middle = pace.days_to(left_m, cars)
    z = np.array(priors.z_quantiles or NORMAL_Z)
    days = middle[:, None] * np.exp(pace.spread(middle, cars)[:, None] * z[None, :])
    whole: IntArray = np.rint(np.minimum(days, DAYS_MAX)).astype(np.int64)
    return whole


def _items(limits: Limits, due: IntArray, left_m: IntArray) -> list[ItemForecast]:
    p10, p50, p90 = (map(date.fromordinal, column) for column in due.T.tolist())
    remaining_m = left_m.astype(object)
    remaining_m[~limits.has_target] = None
    return list(map(_item, limits.items, limits.cycles, p10, p50, p90, remaining_m.tolist(), limits.bases))
