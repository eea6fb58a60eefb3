"""What a car says of its own next service, and how that replaces the plan's estimate of it (design §5.5).

Days that the car says replace the item's limits whole, for its system has weighed distance and time already; a distance
replaces the distance, and the plan's months go on counting beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ownerloop.domain.courses import Course
from ownerloop.domain.limits import Limit
from ownerloop.domain.observations import Observation, newest
from ownerloop.domain.plans import PlanItem, ServicePlan
from ownerloop.domain.vehicle import ItemForecast, Vehicle

_START = "start#"


@dataclass(frozen=True, slots=True)
class OwnRemaining:
    """The distance and the time to the next service as the car said them last; negative is overdue."""

    distance: Observation | None = None
    time: Observation | None = None
    is_stale: bool = False

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return the code of whether it is used, none for a car that says nothing."""
        if self.distance or self.time:
            return ("own_remaining",)
        return ("own_remaining_stale",) if self.is_stale else ()


SILENT = OwnRemaining()


def own_remaining(vehicle: Vehicle, *, course: Course, fresh_days: int) -> OwnRemaining:
    """Return what the car says of its next service, as far as it is fresh at the car's newest reading.

    What was said up to the day of a service is void: the service has reset it. Without an odometer a distance leads to
    no day.
    """
    if not vehicle.observations:
        return SILENT
    distance = newest(vehicle.observations, "service_distance_m") if course.last_on else None
    time = newest(vehicle.observations, "service_time_s")
    served_on = max((done.on for done in vehicle.services), default=date.min)
    said = [one for one in (distance, time) if one and one.read_at.astimezone(course.zone).date() > served_on]
    fresh_from = heard_at(vehicle, course=course) - timedelta(days=fresh_days)
    fresh = [one for one in said if one.read_at >= fresh_from]
    return OwnRemaining(
        distance=distance if distance in fresh else None,
        time=time if time in fresh else None,
        is_stale=bool(said) and not fresh,
    )


def heard_at(vehicle: Vehicle, *, course: Course) -> datetime:
    """Return when the car was heard of last: an observation or a believed reading, of which there is at least one."""
    heard = [one.read_at for one in vehicle.observations]
    if course.last_on is not None:
        heard.append(datetime.fromtimestamp(int(course.seconds[-1]), course.zone))
    return max(heard)


def own_limit(
    own: OwnRemaining,
    *,
    found: Sequence[Limit],
    items: Sequence[ItemForecast],
    of: tuple[Vehicle, ServicePlan, Course],
) -> Limit | None:
    """Return the limit of the plan's next item as the car says it, or None for a car that says nothing.

    The next item is the one with the earliest median; of a plan that cannot be counted, its first one.
    """
    if own.distance is None and own.time is None:
        return None
    vehicle, plan, course = of
    first = min(items, key=lambda item: item.due_p50).item if items else plan.items[0].item
    bare = Limit(item=first, due_cycle=f"{_START}0", target_m=None, limit_on=None, has_history=False)
    limit = next((limit for limit in found if limit.item == first), bare)
    target_m = _target_m(own.distance, course)
    changed = replace(limit, target_m=target_m, limit_on=_limit_on(own, limit, course))
    planned = plan.item(first)
    if limit.has_history or target_m is None or planned is None or planned.every_m is None:
        return changed
    return replace(changed, due_cycle=_cycle(planned, target_m, vehicle))


def _target_m(said: Observation | None, course: Course) -> int | None:
    """Return the odometer at which the car says that it is due."""
    if said is None:
        return None
    at_m = course.odometer_at(said.read_at.timestamp())
    return None if at_m is None else at_m + said.value


def _limit_on(own: OwnRemaining, limit: Limit, course: Course) -> date | None:
    """Return the day at the latest: the car's own, else the plan's; overdue by distance is due when it was said."""
    days = [] if own.time or limit.limit_on is None else [limit.limit_on]
    if own.time:
        days.append(_day(own.time.read_at + timedelta(seconds=own.time.value), course))
    if own.distance and own.distance.value <= 0:
        days.append(_day(own.distance.read_at, course))
    return min(days, default=None)


def _day(instant: datetime, course: Course) -> date:
    return instant.astimezone(course.zone).date()


def _cycle(planned: PlanItem, target_m: int, vehicle: Vehicle) -> str:
    """Return the cycle of the multiple that the car's own target is nearest to, which few metres do not change.

    A cycle that was asked for stays within three quarters of the plan's distance of its multiple.
    """
    every_m = planned.every_m or 1
    for asked in vehicle.reminded:
        held = asked.due_cycle.removeprefix(_START)
        is_start = asked.item == planned.item and held != asked.due_cycle
        if is_start and abs(target_m - int(held)) * 4 <= every_m * 3:
            return asked.due_cycle
    return f"{_START}{max(1, round(target_m / every_m)) * every_m}"
