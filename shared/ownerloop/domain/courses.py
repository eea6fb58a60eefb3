"""What cars drove, many in columns: the last of each one's points and its day; one car is looked at only on demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

import numpy as np

from ownerloop.domain.day_columns import civil_days
from ownerloop.domain.rate import DAY_SECONDS, BoolArray, FloatArray, IntArray, Points


@dataclass(frozen=True, slots=True)
class Course:
    """What one car drove: its believed points, the last of them, and its rate in metres a day; days are of the zone."""

    seconds: IntArray
    metres: IntArray
    last_m: int  # 0 without points
    last_on: date | None
    rate: float
    zone: tzinfo

    def odometer_on(self, day: date) -> int | None:
        """Return the odometer at the day's end, as `odometer_at`."""
        return self.odometer_at(datetime.combine(day + timedelta(days=1), time(0), self.zone).timestamp())

    def odometer_at(self, at: float) -> int | None:
        """Return the odometer at seconds since 1970, run on at the rate outside the points; None without points."""
        if self.last_on is None:
            return None
        outside = min(0.0, at - int(self.seconds[0])) + max(0.0, at - int(self.seconds[-1]))
        inside = float(np.interp(at, self.seconds, self.metres))
        return max(0, round(inside + outside / DAY_SECONDS * self.rate))

    def reached_on(self, target_m: int) -> date:
        """Return the day on which the points passed the target; their first day if they never lay below it."""
        k = int(np.searchsorted(self.metres, target_m))
        at = float(self.seconds[k])
        if k:
            ends: FloatArray = self.seconds[k - 1 : k + 1].astype(np.float64)
            at = float(np.interp(target_m, self.metres[k - 1 : k + 1], ends))
        return datetime.fromtimestamp(at, self.zone).date()


@dataclass(frozen=True, slots=True)
class Courses:
    """What many cars drove; the columns go by car and hold 0 for one without points, its day included."""

    points: Points
    rates: FloatArray
    zones: Sequence[tzinfo]
    has_points: BoolArray
    last_m: IntArray
    last_on: IntArray  # ordinals

    def of(self, place: int) -> Course:
        """Return the course of one car."""
        here = slice(int(self.points.starts[place]), int(self.points.starts[place + 1]))
        last_on = date.fromordinal(int(self.last_on[place])) if self.has_points[place] else None
        return Course(
            seconds=self.points.seconds[here],
            metres=self.points.metres[here],
            last_m=int(self.last_m[place]),
            last_on=last_on,
            rate=float(self.rates[place]),
            zone=self.zones[place],
        )


def courses_of(points: Points, rates: FloatArray, zones: Sequence[tzinfo]) -> Courses:
    """Return the courses of the cars, each with its rate in metres a day and the zone of its days."""
    has_points = points.counts > 0
    ends = points.starts[1:][has_points] - 1
    last_m, last_on = np.zeros(has_points.size, dtype=np.int64), np.zeros(has_points.size, dtype=np.int64)
    last_m[has_points] = points.metres[ends]
    there = zones if has_points.all() else [zone for zone, has in zip(zones, has_points, strict=True) if has]
    last_on[has_points] = civil_days(points.seconds[ends], there)
    return Courses(points, rates, zones, has_points, last_m, last_on)
