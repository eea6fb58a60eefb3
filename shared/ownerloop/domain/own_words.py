"""What cars say of themselves in their forecasts: their own next service and the conditions that they report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ownerloop.domain.conditions import NOTHING, Found, conditions, with_conditions
from ownerloop.domain.courses import Course, Courses
from ownerloop.domain.due_columns import due_items
from ownerloop.domain.limits import Limit, Limits, rows_of
from ownerloop.domain.own_remaining import OwnRemaining, heard_at, own_limit, own_remaining
from ownerloop.domain.pace import Pace
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import ItemForecast, Vehicle


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The items of a car that said something, and the codes of what it said."""

    items: tuple[ItemForecast, ...]
    reasons: tuple[str, ...]


def own_words(
    vehicles: Sequence[Vehicle],
    plans: Sequence[ServicePlan],
    courses: Courses,
    limits: Limits,
    items: Sequence[tuple[ItemForecast, ...]],
    *,
    pace: Pace,
    priors: Priors,
    policy: ForecastPolicy,
) -> dict[int, OwnWords]:
    """Return what becomes of the items of each car with observations, by its place; `items` are those by plan."""
    talking = {place: courses.of(place) for place, car in enumerate(vehicles) if car.observations}
    if not talking:
        return {}
    own = {
        place: own_remaining(vehicles[place], course=course, fresh_days=policy.own_fresh_days)
        for place, course in talking.items()
    }
    said = {
        place: limit
        for place, its in _limits_by_place(limits, own).items()
        if (
            limit := own_limit(
                own[place], found=its, items=items[place], of=(vehicles[place], plans[place], talking[place])
            )
        )
    }
    renewed = dict(zip(said, due_items(rows_of(said), courses, pace=pace, priors=priors), strict=True)) if said else {}
    found: dict[int, OwnWords] = {}
    for place, course in talking.items():
        its = {item.item: item for item in items[place]}
        if place in renewed:
            its[renewed[place].item] = renewed[place]
        asked = _asked(vehicles[place], course, policy)
        found[place] = OwnWords(
            with_conditions(tuple(its.values()), asked.conditions), (*own[place].reasons, *asked.reasons)
        )
    return found


def _limits_by_place(limits: Limits, own: Mapping[int, OwnRemaining]) -> dict[int, list[Limit]]:
    """Return the limits by plan of each car that said what remains."""
    rows: dict[int, list[int]] = {place: [] for place, one in own.items() if one.distance or one.time}
    wanted = np.isin(limits.cars, list(rows))
    for row in np.flatnonzero(wanted).tolist():
        rows[int(limits.cars[row])].append(row)
    return {place: limits.of(its) for place, its in rows.items()}


def _asked(vehicle: Vehicle, course: Course, policy: ForecastPolicy) -> Found:
    if policy.conditions is None:
        return NOTHING
    heard = heard_at(vehicle, course=course)
    return conditions(vehicle, policy=policy.conditions, zone=course.zone, heard_at=heard)
