"""The rules that a forecast must beat: one car's points and the metres left in, whole days from the last point out."""

from collections.abc import Callable, Mapping

import numpy as np

from ownerloop.domain.rate import DAY_SECONDS, FloatArray, Points

DAYS_MAX = 730  # nobody would be told of a day beyond this, and one standstill must not decide a mean
_WINDOW_DAYS = 180  # of the median slope (facts §2.3)


def last_pair(points: Points, remaining_m: int) -> int:
    """Return the days at the pace between the last two points."""
    return _days(remaining_m, _slope(points, -2))


def lifetime_mean(points: Points, remaining_m: int) -> int:
    """Return the days at the pace between the first point and the last."""
    return _days(remaining_m, _slope(points, 0))


def theil_sen(points: Points, remaining_m: int) -> int:
    """Return the days at the median of all slopes within the last 180 days, of the last two points if there are none.

    Theil 1950, Sen 1968. Of each day its last point counts, so that a chatty car does not cost the square of its talk.
    """
    age = (points.seconds[-1] - points.seconds) / DAY_SECONDS
    day = points.seconds // DAY_SECONDS
    here = (age <= _WINDOW_DAYS) & np.append(day[1:] != day[:-1], True)  # the last point of all counts
    days, metres = -age[here], points.metres[here].astype(np.float64)
    span = days[None, :] - days[:, None]
    later = span > 0
    if not later.any():
        return last_pair(points, remaining_m)
    slopes: FloatArray = (metres[None, :] - metres[:, None])[later] / span[later]
    return _days(remaining_m, float(np.median(slopes)))


SIMPLE_RULES: Mapping[str, Callable[[Points, int], int]] = {
    "last_pair": last_pair,
    "lifetime_mean": lifetime_mean,
    "theil_sen": theil_sen,
}


def _slope(points: Points, since: int) -> float:
    span = float(points.seconds[-1] - points.seconds[since]) / DAY_SECONDS
    return float(points.metres[-1] - points.metres[since]) / span if span > 0 else 0.0


def _days(remaining_m: int, metres_a_day: float) -> int:
    if metres_a_day * DAYS_MAX <= remaining_m:
        return DAYS_MAX
    return round(remaining_m / metres_a_day)
