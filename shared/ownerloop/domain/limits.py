"""What a car's plan says about its next services: the odometer and the day at which each item is due at the latest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from operator import attrgetter

import numpy as np

from ownerloop.domain.calendar import add_months
from ownerloop.domain.changing import maker_of
from ownerloop.domain.clusters import odometer_of
from ownerloop.domain.plans import PlanItem, ServicePlan
from ownerloop.domain.rate import DAY_SECONDS, FloatArray, IntArray
from ownerloop.domain.vehicle import Replacement, ServiceDone, Vehicle


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
class Limit:
    """One item's limits in the present cycle: an odometer, a day, or both."""

    item: str
    due_cycle: str
    target_m: int | None
    limit_on: date | None
    has_history: bool

    @property
    def basis(self) -> str:
        """Return which limits count: `distance`, `time` or `both`."""
        if self.target_m is None:
            return "time"
        return "distance" if self.limit_on is None else "both"


_limit, _day = maker_of(Limit), attrgetter("on")


def limits(vehicle: Vehicle, *, plan: ServicePlan, course: Course) -> list[Limit]:
    """Return the limits of every plan item that has one, in the plan's order."""
    services = sorted(vehicle.services, key=_day) if len(vehicle.services) > 1 else vehicle.services
    newest = {done.item: done for done in services}
    found = [
        _since_service(item, newest[item.item], course, vehicle.replacements)
        if item.item in newest
        else _since_start(item, vehicle.in_service_on, course)
        for item in plan.items
    ]
    return [limit for limit in found if limit.target_m is not None or limit.limit_on is not None]


def _since_service(item: PlanItem, done: ServiceDone, course: Course, replacements: Sequence[Replacement]) -> Limit:
    """Return the limits that the service opened; its cycle is named by what was recorded, not by an estimate."""
    recorded_m = odometer_of(done, replacements, zone=course.zone)
    base_m = recorded_m if recorded_m is not None else course.odometer_on(done.on)
    counts = item.every_m is not None and base_m is not None and course.last_on is not None
    return _limit(
        item=item.item,
        due_cycle=f"{done.on.isoformat()}#{'' if done.odometer_m is None else done.odometer_m}",
        target_m=(base_m or 0) + (item.every_m or 0) if counts else None,
        limit_on=add_months(done.on, item.every_months) if item.every_months else None,
        has_history=True,
    )


def _since_start(item: PlanItem, in_service_on: date | None, course: Course) -> Limit:
    """Return the limits without history of the item: the next multiple of its distance, its months from the start."""
    every_m, every_months = item.every_m, item.every_months
    multiple_m = (course.last_m // every_m + 1) * every_m if every_m else 0
    return _limit(
        item.item,
        f"start#{multiple_m}",
        multiple_m if every_m and course.last_on else None,
        add_months(in_service_on, every_months) if in_service_on and every_months else None,
        False,  # noqa: FBT003  # a row of the class's fields, made a hundred thousand times
    )
