"""When each service of a car falls due: three quantiles an item, one car or many in one pass (design §5.1-4, 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import numpy as np

from ownerloop.domain.believing import Believed, believe
from ownerloop.domain.calendar import zone_of
from ownerloop.domain.conditions import NOTHING, Found, conditions, with_conditions
from ownerloop.domain.limits import Course, Limit, limits
from ownerloop.domain.own_remaining import OwnRemaining, heard_at, own_limit, own_remaining
from ownerloop.domain.pace import Pace, pace_of
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import FloatArray, IntArray, Points
from ownerloop.domain.vehicle import ClusterFlag, Forecast, ItemForecast, Vehicle

NORMAL_Z = (-1.2816, 0.0, 1.2816)  # P10, P50 and P90 of the standard normal
DAYS_MAX = 36_500  # beyond a hundred years a due day says nothing more


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the evidence of one car says: its forecast, if there is one, and whether its cluster is in doubt."""

    forecast: Forecast | None
    cluster_flag: ClusterFlag | None


def forecast(
    vehicle: Vehicle,
    *,
    plan: ServicePlan,
    priors: Priors,
    policy: ForecastPolicy,
    as_of: date,
    zone: tzinfo | None = None,
) -> Forecast | None:
    """Return when each item of the plan falls due, or None for a car with neither a believed reading nor a time limit.

    Days are civil days of the zone, the store's (else Asia/Shanghai). A due day may lie before `as_of`: only the last
    reading shows what is not yet due, never the mere passing of days.
    """
    zones = [zone or zone_of(None)]
    (outlook,) = forecast_columns([vehicle], plans=[plan], priors=priors, policy=policy, as_of=[as_of], zones=zones)
    return outlook.forecast


def forecast_columns(
    vehicles: Sequence[Vehicle],
    *,
    plans: Sequence[ServicePlan],
    priors: Priors,
    policy: ForecastPolicy,
    as_of: Sequence[date],
    zones: Sequence[tzinfo],
) -> list[Outlook]:
    """Return the outlook of each car, equal to what `forecast` says of it alone; the columns go by car."""
    believed = believe([car.evidence for car in vehicles], policy=policy, denied=[car.denied for car in vehicles])
    pace = pace_of(believed.points, _prior_rates(vehicles, priors, policy), policy=policy)
    courses = _courses(believed.points, pace.rates, zones)
    cars = list(zip(vehicles, plans, courses, strict=True))
    found = [limits(car, plan=plan, course=course) for car, plan, course in cars]
    own = [own_remaining(car, course=course, fresh_days=policy.own_fresh_days) for car, _, course in cars]
    items = _reckoned(cars, found, own, pace=pace, priors=priors)
    outlooks: list[Outlook] = []
    for place, (vehicle, plan, course) in enumerate(cars):
        asked = _asked(vehicle, course, policy)
        made = Forecast(
            as_of=as_of[place],
            rule_version=pace.rule_version,
            plan_version=plan.version,
            priors_version=priors.version,
            metres_per_day=round(course.rate),
            rate_days=round(float(pace.rate_days[place])),
            reading_age_days=max(0, (as_of[place] - course.last_on).days) if course.last_on else 0,
            last_odometer_m=course.last_m,
            items=with_conditions(items[place], asked.conditions),
            reasons=(
                *_sources(vehicle, priors),
                *_doubts(believed, place),
                *_gaps(course, found[place]),
                *own[place].reasons,
                *asked.reasons,
            ),
        )
        outlooks.append(Outlook(forecast=made if made.items else None, cluster_flag=believed.flags[place]))
    return outlooks


def _prior_rates(vehicles: Sequence[Vehicle], priors: Priors, policy: ForecastPolicy) -> FloatArray:
    fallback = policy.fleet_metres_per_day
    return np.array(
        [priors.prior_metres_per_day(model=v.model, store_id=v.store_id, fallback=fallback) for v in vehicles],
        dtype=np.float64,
    )


def _courses(points: Points, rates: FloatArray, zones: Sequence[tzinfo]) -> list[Course]:
    starts, rate = points.starts.tolist(), rates.tolist()
    courses: list[Course] = []
    for place, zone in enumerate(zones):
        seconds = points.seconds[starts[place] : starts[place + 1]]
        metres = points.metres[starts[place] : starts[place + 1]]
        last_on = datetime.fromtimestamp(int(seconds[-1]), zone).date() if seconds.size else None
        last_m = int(metres[-1]) if last_on else 0
        courses.append(Course(seconds, metres, last_m=last_m, last_on=last_on, rate=rate[place], zone=zone))
    return courses


def _due(
    found: Sequence[Sequence[Limit]],
    courses: Sequence[Course],
    *,
    pace: Pace,
    priors: Priors,
) -> list[tuple[ItemForecast, ...]]:
    """Return each car's item forecasts; all distances of all cars are turned into days at once."""
    rows = [(place, limit) for place, its in enumerate(found) for limit in its]
    remaining = [None if limit.target_m is None else limit.target_m - courses[place].last_m for place, limit in rows]
    cars = np.array([place for place, _ in rows], dtype=np.int64)
    days_left = pace.days_to(np.array([max(metres or 0, 0) for metres in remaining], dtype=np.float64), cars)
    z = np.array(priors.z_quantiles or NORMAL_Z)
    deviation = pace.spread(days_left, cars)
    days: IntArray = np.rint(np.minimum(days_left[:, None] * np.exp(deviation[:, None] * z[None, :]), DAYS_MAX)).astype(
        np.int64
    )
    items: list[list[ItemForecast]] = [[] for _ in courses]
    for (place, limit), metres, later in zip(rows, remaining, days.tolist(), strict=True):
        items[place].append(_item(limit, metres, later, courses[place]))
    return [tuple(its) for its in items]


def _reckoned(
    cars: Sequence[tuple[Vehicle, ServicePlan, Course]],
    found: Sequence[Sequence[Limit]],
    own: Sequence[OwnRemaining],
    *,
    pace: Pace,
    priors: Priors,
) -> list[tuple[ItemForecast, ...]]:
    """Return each car's items; the one that its own word limits is reckoned anew, those of all cars at once."""
    courses = [course for _, _, course in cars]
    items = _due(found, courses, pace=pace, priors=priors)
    said = [own_limit(own[n], found=found[n], items=items[n], of=car) for n, car in enumerate(cars)]
    if not any(said):
        return items
    renewed = _due([[limit] if limit else [] for limit in said], courses, pace=pace, priors=priors)
    by_item = ({item.item: item for item in (*mine, *new)} for mine, new in zip(items, renewed, strict=True))
    return [tuple(mine.values()) for mine in by_item]


def _asked(vehicle: Vehicle, course: Course, policy: ForecastPolicy) -> Found:
    if policy.conditions is None or not vehicle.observations:
        return NOTHING
    heard = heard_at(vehicle, course=course)
    return conditions(vehicle, policy=policy.conditions, zone=course.zone, heard_at=heard)


def _item(limit: Limit, remaining_m: int | None, days: list[int], course: Course) -> ItemForecast:
    """Return the earlier of the distance's quantiles, counted from the last point, and the time limit."""
    last = limit.limit_on.toordinal() if limit.limit_on else date.max.toordinal()
    if limit.target_m is None or remaining_m is None or course.last_on is None:
        due = [last, last, last]
    elif remaining_m > 0:
        start = course.last_on.toordinal()
        due = [min(start + later, last) for later in days]
    else:
        due = [min(course.reached_on(limit.target_m).toordinal(), last)] * 3
    p10, p50, p90 = map(date.fromordinal, due)
    return ItemForecast(
        item=limit.item,
        due_cycle=limit.due_cycle,
        due_p10=p10,
        due_p50=p50,
        due_p90=p90,
        remaining_m=remaining_m,
        basis=limit.basis,
    )


def _sources(vehicle: Vehicle, priors: Priors) -> tuple[str, str]:
    """Return the codes of whose prior and whose quantiles were used."""
    held = priors.metres_per_day
    kin = "model_store" if f"{vehicle.model}#{vehicle.store_id}" in held else "fleet" if "*" in held else "policy"
    return f"prior:{kin}", f"quantiles:{'fleet' if priors.z_quantiles else 'normal'}"


def _gaps(course: Course, found: Sequence[Limit]) -> list[str]:
    silence = [] if course.last_on else ["no_reading"]
    return [*silence, *(f"no_history:{limit.item}" for limit in found if not limit.has_history)]


def _doubts(believed: Believed, place: int) -> list[str]:
    doubts = [f"dropped:{believed.dropped[place]}"] if believed.dropped[place] else []
    return [*doubts, "cluster_in_doubt"] if believed.flags[place] else doubts
