"""When each service of a car falls due: three quantiles an item, one car or many in one pass (design §5.1-4, 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np

from ownerloop.domain.believing import believe
from ownerloop.domain.calendar import zone_of
from ownerloop.domain.changing import maker_of
from ownerloop.domain.courses import courses_of
from ownerloop.domain.due_columns import by_car, due_items
from ownerloop.domain.forecast_reasons import Reasons
from ownerloop.domain.limits import limits_of
from ownerloop.domain.own_words import own_words
from ownerloop.domain.pace import pace_of
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import FloatArray
from ownerloop.domain.vehicle import ClusterFlag, Forecast, Reading, Vehicle


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
    evidence: Sequence[Sequence[Reading]] | None = None,
) -> list[Outlook]:
    """Return the outlook of each car, equal to what `forecast` says of it alone; the columns go by car.

    `evidence` stands in for what the cars themselves hold.
    """
    held = [car.evidence for car in vehicles] if evidence is None else evidence
    believed = believe(held, policy=policy, denied=[car.denied for car in vehicles])
    prior = np.array(_prior_rates(vehicles, priors, policy), dtype=np.float64)
    pace = pace_of(believed.points, prior, policy=policy)
    courses = courses_of(believed.points, pace.rates, zones)
    limits = limits_of(vehicles, plans=plans, courses=courses)
    items = by_car(due_items(limits, courses, pace=pace, priors=priors), limits, len(vehicles))
    said = own_words(vehicles, plans, courses, limits, items, pace=pace, priors=priors, policy=policy)
    reasons = Reasons(believed, limits, courses, priors)
    days = np.array([day.toordinal() for day in as_of], dtype=np.int64)
    ages = np.where(courses.has_points, np.maximum(days - courses.last_on, 0), 0).tolist()
    numbers = list(zip(_whole(pace.rates), _whole(pace.rate_days), ages, courses.last_m.tolist(), strict=True))
    outlooks: list[Outlook] = []
    for place, (vehicle, plan, flag) in enumerate(zip(vehicles, plans, believed.flags, strict=True)):
        its, why = items[place], reasons.of(place, vehicle, plan)
        if place in said:
            its, why = said[place].items, (*why, *said[place].reasons)
        versions = (pace.rule_version, plan.version, priors.version)
        made = _forecast(as_of[place], *versions, *numbers[place], its, why)
        outlooks.append(_outlook(made if its else None, flag))
    return outlooks


def _prior_rates(vehicles: Sequence[Vehicle], priors: Priors, policy: ForecastPolicy) -> list[int]:
    fallback = policy.fleet_metres_per_day
    kinds = [(car.model, car.store_id) for car in vehicles]
    rates = {
        kind: priors.prior_metres_per_day(model=kind[0], store_id=kind[1], fallback=fallback) for kind in set(kinds)
    }
    return [rates[kind] for kind in kinds]


def _whole(values: FloatArray) -> list[int]:
    whole: list[int] = np.rint(values).astype(np.int64).tolist()
    return whole
