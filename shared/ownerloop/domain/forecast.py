"""When each service of a car falls due: three quantiles an item, one car or many in one pass (design §5.1-4, 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import numpy as np

from ownerloop.domain.believing import believe
from ownerloop.domain.calendar import zone_of
from ownerloop.domain.changing import maker_of
from ownerloop.domain.conditions import NOTHING, Found, conditions, with_conditions
from ownerloop.domain.due_columns import due_items
from ownerloop.domain.limits import Course, Limit, limits
from ownerloop.domain.own_remaining import SILENT, OwnRemaining, heard_at, own_limit, own_remaining
from ownerloop.domain.pace import Pace, pace_of
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import FloatArray, Points
from ownerloop.domain.vehicle import ClusterFlag, Forecast, ItemForecast, Vehicle


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the evidence of one car says: its forecast, if there is one, and whether its cluster is in doubt."""

    forecast: Forecast | None
    cluster_flag: ClusterFlag | None


_forecast, _outlook = maker_of(Forecast), maker_of(Outlook)


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
    own = [
        own_remaining(car, course=course, fresh_days=policy.own_fresh_days) if car.observations else SILENT
        for car, _, course in cars
    ]
    asked = [_asked(car, course, policy) if car.observations else NOTHING for car, _, course in cars]
    items = _reckoned(cars, found, own, pace=pace, priors=priors)
    doubts = [_doubts(dropped, flag) for dropped, flag in zip(believed.dropped, believed.flags, strict=True)]
    sources = _Sources(priors)
    metres_per_day, rate_days = np.rint(pace.rates).tolist(), np.rint(pace.rate_days).tolist()
    outlooks: list[Outlook] = []
    for place, (vehicle, plan, course) in enumerate(cars):
        its = with_conditions(items[place], asked[place].conditions)
        made = _forecast(
            as_of[place],
            pace.rule_version,
            plan.version,
            priors.version,
            int(metres_per_day[place]),
            int(rate_days[place]),
            max(0, (as_of[place] - course.last_on).days) if course.last_on else 0,
            course.last_m,
            its,
            (
                *sources.of(vehicle),
                *doubts[place],
                *_gaps(course, found[place]),
                *own[place].reasons,
                *asked[place].reasons,
            ),
        )
        outlooks.append(_outlook(made if its else None, believed.flags[place]))
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
    made = maker_of(Course)
    for place, zone in enumerate(zones):
        seconds = points.seconds[starts[place] : starts[place + 1]]
        metres = points.metres[starts[place] : starts[place + 1]]
        last_on = datetime.fromtimestamp(int(seconds[-1]), zone).date() if seconds.size else None
        last_m = int(metres[-1]) if last_on else 0
        courses.append(made(seconds, metres, last_m, last_on, rate[place], zone))
    return courses


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
    items = due_items(found, courses, pace=pace, priors=priors)
    if not any(one.distance or one.time for one in own):
        return items
    said = [own_limit(own[n], found=found[n], items=items[n], of=car) for n, car in enumerate(cars)]
    if not any(said):
        return items
    renewed = due_items([[limit] if limit else [] for limit in said], courses, pace=pace, priors=priors)
    by_item = ({item.item: item for item in (*mine, *new)} for mine, new in zip(items, renewed, strict=True))
    return [tuple(mine.values()) for mine in by_item]


def _asked(vehicle: Vehicle, course: Course, policy: ForecastPolicy) -> Found:
    if policy.conditions is None or not vehicle.observations:
        return NOTHING
    heard = heard_at(vehicle, course=course)
    return conditions(vehicle, policy=policy.conditions, zone=course.zone, heard_at=heard)


class _Sources:
    """The codes of whose prior and whose quantiles were used, by model and store."""

    def __init__(self, priors: Priors) -> None:
        self._priors = priors
        self._found: dict[tuple[str | None, str | None], tuple[str, str]] = {}

    def of(self, vehicle: Vehicle) -> tuple[str, str]:
        """Return the car's."""
        key = (vehicle.model, vehicle.store_id)
        known = self._found.get(key)
        if known is None:
            known = self._found[key] = self._sources(*key)
        return known

    def _sources(self, model: str | None, store_id: str | None) -> tuple[str, str]:
        held = self._priors.metres_per_day
        kin = "model_store" if f"{model}#{store_id}" in held else "fleet" if "*" in held else "policy"
        return f"prior:{kin}", f"quantiles:{'fleet' if self._priors.z_quantiles else 'normal'}"


def _gaps(course: Course, found: Sequence[Limit]) -> list[str]:
    silence = [] if course.last_on else ["no_reading"]
    return [*silence, *(f"no_history:{limit.item}" for limit in found if not limit.has_history)]


def _doubts(dropped: int, flag: ClusterFlag | None) -> list[str]:
    doubts = [f"dropped:{dropped}"] if dropped else []
    return [*doubts, "cluster_in_doubt"] if flag else doubts
