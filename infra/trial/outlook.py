"""What the product's own forecast says of a trial's cars, from about one reading a month.

How a life is driven does not depend on the arm, so the product's pace of every life after every reading is reckoned
once; what remains for an arm is from when a car was serviced, a row of columns.
"""

from dataclasses import dataclass

import numpy as np

from infra.trial.lives import Lives
from ownerloop.domain.due_columns import DAYS_MAX, NORMAL_Z
from ownerloop.domain.pace import Pace, pace_of
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.rate import DAY_SECONDS, IntArray, Points

READ_AT_HOUR = 4  # UTC: noon of the store's day
KEPT_DAYS = 82 * 7  # of readings, as a car keeps them
_EPOCH = 719_163  # the ordinal of 1970-01-01
_APART = 10**10


@dataclass(frozen=True, slots=True)
class Outlooks:
    """The pace of each life after each of its readings (a state), and which state holds on which day."""

    lives: Lives
    pace: Pace
    state_on: IntArray  # lives x days of the trial: the state after the newest reading at the day's end
    starts_on: int
    last_on: IntArray  # by state: the day of its newest reading
    last_m: IntArray
    passed: IntArray  # every reading of every life as one rising column of metres
    passed_on: IntArray  # the days of these readings

    def due(self, life: IntArray, serviced_on: IntArray, *, on: int) -> IntArray:
        """Return P10, P50 and P90 of the due days as ordinals, as they are known at the end of the day."""
        state = self.state_on[life, on - self.starts_on]
        target, limit = self.lives.target_of(life, serviced_on), self.lives.limit_of(serviced_on)
        left = (target - self.last_m[state]).astype(np.float64)
        middle = self.pace.days_to(np.maximum(left, 0.0), state)
        days = middle[:, None] * np.exp(self.pace.spread(middle, state)[:, None] * np.array(NORMAL_Z)[None, :])
        due = self.last_on[state][:, None] + np.rint(np.minimum(days, DAYS_MAX)).astype(np.int64)
        is_over = left <= 0
        due[is_over] = self._reached(life[is_over], target[is_over])[:, None]
        earlier: IntArray = np.minimum(due, limit[:, None])
        return earlier

    def _reached(self, life: IntArray, target: IntArray) -> IntArray:
        """Return the days on which readings, joined by straight lines, passed the targets."""
        at = np.searchsorted(self.passed, life * _APART + target)
        before = np.maximum(at - 1, 0)
        is_first = self.passed[before] // _APART != life
        low, high = self.passed[before] - life * _APART, self.passed[at] - life * _APART
        share = np.where(is_first, 1.0, (target - low) / np.maximum(high - low, 1))
        days = self.passed_on[before] + share * (self.passed_on[at] - self.passed_on[before])
        # A reading is of noon, so half a day later is another day.
        return np.where(is_first, self.passed_on[at], np.floor(days + 0.5)).astype(np.int64)


def drawn_outlooks(lives: Lives, *, starts_on: int, days: int, policy: ForecastPolicy) -> Outlooks:
    """Return the outlooks of the lives on so many days from the start."""
    readings = [_metres(lives, life) for life in range(lives.count)]
    seconds, metres, last_on, last_m = [list[IntArray]() for _ in range(4)]
    counts: list[int] = []
    state_on = np.zeros((lives.count, days), dtype=np.int64)
    for life, (on, read_m) in enumerate(zip(lives.read_on, readings, strict=True)):
        first = max(1, int(np.searchsorted(on, starts_on, side="right")))
        ends = range(first, max(first + 1, int(np.searchsorted(on, starts_on + days))))
        state_on[life] = len(counts) + np.clip(
            np.searchsorted(on, starts_on + np.arange(days), side="right") - first, 0, len(ends) - 1
        )
        for end in ends:
            since = int(np.searchsorted(on, on[end - 1] - KEPT_DAYS))
            seconds.append((on[since:end] - _EPOCH) * DAY_SECONDS + READ_AT_HOUR * 3_600)
            metres.append(read_m[since:end])
            counts.append(end - since)
        last_on.append(on[first - 1 : first - 1 + len(ends)])
        last_m.append(read_m[first - 1 : first - 1 + len(ends)])
    points = Points(np.concatenate(seconds), np.concatenate(metres), np.concatenate([[0], np.cumsum(counts)]))
    prior = np.full(len(counts), policy.fleet_metres_per_day, dtype=np.float64)
    return Outlooks(
        lives=lives,
        pace=pace_of(points, prior, policy=policy),
        state_on=state_on,
        starts_on=starts_on,
        last_on=np.concatenate(last_on),
        last_m=np.concatenate(last_m),
        passed=np.concatenate([life * _APART + read_m for life, read_m in enumerate(readings)]),
        passed_on=np.concatenate(lives.read_on),
    )


def _metres(lives: Lives, life: int) -> IntArray:
    """Return what a life's readings say: taken at noon, when half of the day is driven."""
    column = lives.read_on[life] - lives.first_on
    metres: IntArray = (lives.odometer_m[life, column] + lives.odometer_m[life, column - 1]) // 2
    return metres
