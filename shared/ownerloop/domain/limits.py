"""What cars' plans say about their next services: the odometer and the day at which each item is due at the latest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import attrgetter

import numpy as np

from ownerloop.domain.calendar import add_months
from ownerloop.domain.clusters import odometer_of
from ownerloop.domain.courses import Courses
from ownerloop.domain.day_columns import NEVER, months_later
from ownerloop.domain.plans import PlanItem, ServicePlan
from ownerloop.domain.rate import BoolArray, IntArray
from ownerloop.domain.vehicle import ServiceDone, Vehicle

BASES = ("time", "time", "distance", "both")  # by whether a distance counts (2) and a day (1)
_on = attrgetter("on")


@dataclass(frozen=True, slots=True)
class Limit:
    """One item's limits in the present cycle: an odometer, a day, or both."""

    item: str
    due_cycle: str
    target_m: int | None
    limit_on: date | None
    has_history: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of many cars, a row each; rows of one car stand together in the order of its plan."""

    cars: IntArray  # the place of the row's car
    items: Sequence[str]
    cycles: Sequence[str]
    targets_m: IntArray
    has_target: BoolArray
    limits_on: IntArray  # ordinals, NEVER where no day counts
    has_history: BoolArray

    @property
    def spans(self) -> list[tuple[int, int, int]]:
        """Return (place, first row, row behind the last) of each car that has rows."""
        if not self.cars.size:
            return []
        changes = (np.flatnonzero(self.cars[1:] != self.cars[:-1]) + 1).tolist()
        starts = [0, *changes]
        return list(zip(self.cars[starts].tolist(), starts, [*changes, self.cars.size], strict=True))

    @property
    def bases(self) -> list[str]:
        """Return which limits count for each row: `distance`, `time` or `both`."""
        kinds = 2 * self.has_target + (self.limits_on < NEVER)
        return [BASES[kind] for kind in kinds.tolist()]

    def of(self, rows: Iterable[int]) -> list[Limit]:
        """Return some of the rows one by one."""
        return [
            Limit(
                item=self.items[row],
                due_cycle=self.cycles[row],
                target_m=int(self.targets_m[row]) if self.has_target[row] else None,
                limit_on=date.fromordinal(int(self.limits_on[row])) if self.limits_on[row] < NEVER else None,
                has_history=bool(self.has_history[row]),
            )
            for row in rows
        ]


def rows_of(limits: Mapping[int, Limit]) -> Limits:
    """Return one row for each named car."""
    its = limits.values()
    return Limits(
        cars=np.array(list(limits), dtype=np.int64),
        items=[one.item for one in its],
        cycles=[one.due_cycle for one in its],
        targets_m=np.array([one.target_m or 0 for one in its], dtype=np.int64),
        has_target=np.array([one.target_m is not None for one in its], dtype=bool),
        limits_on=np.array([one.limit_on.toordinal() if one.limit_on else NEVER for one in its], dtype=np.int64),
        has_history=np.array([one.has_history for one in its], dtype=bool),
    )


def limits_of(vehicles: Sequence[Vehicle], *, plans: Sequence[ServicePlan], courses: Courses) -> Limits:
    """Return the limits of every plan item that has one, the cars of one plan after the other."""
    by_plan: dict[int, list[int]] = {}
    for place, plan in enumerate(plans):
        by_plan.setdefault(id(plan), []).append(place)
    parts = [_of_plan(plans[places[0]], places, vehicles, courses) for places in by_plan.values()]
    if len(parts) <= 1:
        return parts[0] if parts else rows_of({})
    return Limits(
        cars=np.concatenate([part.cars for part in parts]),
        items=list(chain.from_iterable(part.items for part in parts)),
        cycles=list(chain.from_iterable(part.cycles for part in parts)),
        targets_m=np.concatenate([part.targets_m for part in parts]),
        has_target=np.concatenate([part.has_target for part in parts]),
        limits_on=np.concatenate([part.limits_on for part in parts]),
        has_history=np.concatenate([part.has_history for part in parts]),
    )


def _of_plan(plan: ServicePlan, places: Sequence[int], vehicles: Sequence[Vehicle], courses: Courses) -> Limits:
    """Return the limits of the cars of one plan: without history all at once, then what services say instead."""
    cars = np.array(places, dtype=np.int64)
    every_m = np.array([item.every_m or 0 for item in plan.items], dtype=np.int64)
    targets_m = ((courses.last_m[cars][:, None] // np.maximum(every_m, 1) + 1) * every_m).ravel()
    has_target = ((every_m > 0) & courses.has_points[cars][:, None]).ravel()
    cycles = [f"start#{metres}" for metres in targets_m.tolist()]
    limits_on = _months_on([vehicles[place].in_service_on for place in places], plan.items).ravel()
    has_history = np.zeros(len(cycles), dtype=bool)
    served = _served(plan, places, vehicles, courses)
    if served:
        rows = [row for row, _, _, _ in served]
        for row, cycle, _, _ in served:
            cycles[row] = cycle
        targets_m[rows] = [target_m or 0 for _, _, target_m, _ in served]
        has_target[rows] = [target_m is not None for _, _, target_m, _ in served]
        limits_on[rows] = [limit_on for _, _, _, limit_on in served]
        has_history[rows] = True
    items = [item.item for item in plan.items] * len(places)
    return _limited(Limits(cars.repeat(len(plan.items)), items, cycles, targets_m, has_target, limits_on, has_history))


def _limited(limits: Limits) -> Limits:
    """Return the rows without those that have no limit at all."""
    is_limit = limits.has_target | (limits.limits_on < NEVER)
    if is_limit.all():
        return limits
    rows = np.flatnonzero(is_limit).tolist()
    return Limits(
        cars=limits.cars[is_limit],
        items=[limits.items[row] for row in rows],
        cycles=[limits.cycles[row] for row in rows],
        targets_m=limits.targets_m[is_limit],
        has_target=limits.has_target[is_limit],
        limits_on=limits.limits_on[is_limit],
        has_history=limits.has_history[is_limit],
    )


def _months_on(began: Sequence[date | None], items: Sequence[PlanItem]) -> IntArray:
    """Return the day on which each item's months from the start are over, a row a car; NEVER where nothing counts."""
    days = np.array([day.toordinal() if day else 0 for day in began], dtype=np.int64)[:, None]
    months = np.array([item.every_months or 0 for item in items], dtype=np.int64)
    counts = (days > 0) & (months > 0)
    return np.where(counts, months_later(np.maximum(days, 1), months), NEVER)


def _newest(services: Sequence[ServiceDone]) -> Iterable[ServiceDone]:
    """Return the newest service of each item."""
    if len(services) <= 1:
        return services
    return {done.item: done for done in sorted(services, key=_on)}.values()


def _served(
    plan: ServicePlan, places: Sequence[int], vehicles: Sequence[Vehicle], courses: Courses
) -> list[tuple[int, str, int | None, int]]:
    """Return (row, cycle, target in metres, day) of each item that was serviced.

    A cycle is named by what was recorded, not by an estimate.
    """
    columns = {item.item: (at, item) for at, item in enumerate(plan.items)}
    found: list[tuple[int, str, int | None, int]] = []
    for number, place in enumerate(places):
        for done in _newest(vehicles[place].services):
            at, item = columns.get(done.item, (0, None))
            if item is None:
                continue
            base_m = _base_m(done, vehicles[place], courses, place) if item.every_m else None
            cycle = f"{done.on.isoformat()}#{'' if done.odometer_m is None else done.odometer_m}"
            target_m = base_m + item.every_m if item.every_m and base_m is not None else None
            limit_on = add_months(done.on, item.every_months).toordinal() if item.every_months else NEVER
            found.append((number * len(plan.items) + at, cycle, target_m, limit_on))
    return found


def _base_m(done: ServiceDone, car: Vehicle, courses: Courses, place: int) -> int | None:
    """Return the odometer at the service on the present cluster's scale, estimated where none was recorded."""
    if not courses.has_points[place]:
        return None
    recorded_m = odometer_of(done, car.replacements, zone=courses.zones[place]) if car.replacements else done.odometer_m
    return recorded_m if recorded_m is not None else courses.of(place).odometer_on(done.on)
