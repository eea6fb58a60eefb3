"""The first day to speak of each visit, by the lead time that its store has published; many cars in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.lead_time import NEVER, Arm, LeadTime, arm_of, drawn_lead, look_again_on, send_days
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle
from ownerloop.domain.visits import Visit, VisitRule, visits

Cycle = tuple[str, str]  # service item and its due cycle


@dataclass(frozen=True, slots=True)
class FirstDay:
    """When to speak first of a visit, what that is worth, and the price it meets there.

    None: no day is worth it as prices are; `look_on` is when to ask again, while a message could still help.
    """

    on: date | None
    arm: Arm
    value_fen: int = 0
    price_fen: int = 0
    look_on: date | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """What is published about lead times, by store, and the policy; without a store's the fallback rule holds."""

    policy: LeadPolicy | None = None
    leads: Mapping[str, LeadTime] = field(default_factory=dict)

    def lead_of(self, store_id: str | None) -> LeadTime | None:
        """Return what is published for the store."""
        return self.leads.get(store_id or "") if self.policy else None


FALLBACK_ONLY = Timing()


@dataclass(frozen=True, slots=True)
class Firsts:
    """The first days of one car's visits, named by their first item; a later stage keeps its distance from them."""

    days: Mapping[Cycle, FirstDay] = field(default_factory=dict)
    stage_gap_days: int = 0


NO_FIRSTS = Firsts()


def first_days(
    cars: Sequence[Vehicle],
    forecasts: Sequence[Forecast | None],
    *,
    rule: VisitRule,
    as_of: Sequence[date],
    timing: Timing,
) -> list[Firsts]:
    """Return for each car the first day of every visit by plan that was not asked for yet; the same in any batch.

    Nothing where the fallback rule speaks: without a lead time of the store, and for what the car itself reports.
    """
    policy = timing.policy
    rows = [
        (place, visit)
        for place, (car, forecast) in enumerate(zip(cars, forecasts, strict=True))
        if forecast and car.remind and timing.lead_of(car.store_id)
        for visit in planned_visits(car, forecast, rule)
    ]
    if policy is None or not rows:
        return [NO_FIRSTS] * len(cars)
    stores = [str(cars[place].store_id) for place, _ in rows]
    number = {name: at for at, name in enumerate(sorted(set(stores)))}
    best = send_days(
        np.array([[day.toordinal() for day in visit.due] for _, visit in rows], dtype=np.int64),
        earliest=np.array([as_of[place].toordinal() for place, _ in rows], dtype=np.int64),
        leads=[timing.leads[name] for name in number],
        of=np.array([number[name] for name in stores], dtype=np.int64),
        policy=policy,
    )
    found: list[dict[Cycle, FirstDay]] = [{} for _ in cars]
    columns = zip(best.days.tolist(), best.values_fen.tolist(), best.prices_fen.tolist(), strict=True)
    for (place, visit), told in zip(rows, columns, strict=True):
        first = visit.first
        choice = _choice(cars[place], first, told, as_of=as_of[place], policy=policy)
        found[place][first.item, first.due_cycle] = choice
    return [Firsts(days, policy.stage_gap_days) if days else NO_FIRSTS for days in found]


def _choice(
    car: Vehicle, item: ItemForecast, told: tuple[int, int, int], *, as_of: date, policy: LeadPolicy
) -> FirstDay:
    """Return the first day of a visit; `told` is the day worth most, its value and its price."""
    day, value_fen, price_fen = told
    if arm_of(car.vehicle_id, item.due_cycle, policy=policy) is Arm.RANDOM:
        return FirstDay(_drawn(car, item, as_of=as_of, policy=policy), Arm.RANDOM)
    if day == NEVER:
        look_on = look_again_on(car.vehicle_id, item.due_p50, as_of=as_of, policy=policy)
        return FirstDay(None, Arm.PRICED, look_on=look_on)
    return FirstDay(date.fromordinal(day), Arm.PRICED, value_fen=value_fen, price_fen=price_fen)


def planned_visits(car: Vehicle, forecast: Forecast, rule: VisitRule) -> list[Visit]:
    """Return the car's visits by plan of which nothing was asked for yet."""
    asked = {(one.item, one.due_cycle) for one in car.reminded}
    return [
        visit
        for visit in visits(forecast.items, rule=rule)
        if not any(item.severity is not None or (item.item, item.due_cycle) in asked for item in visit.items)
    ]


def _drawn(car: Vehicle, item: ItemForecast, *, as_of: date, policy: LeadPolicy) -> date | None:
    """Return the drawn day, or today where it has passed; None where even the window has."""
    drawn = item.due_p50.toordinal() - drawn_lead(car.vehicle_id, item.due_cycle, policy=policy)
    last = item.due_p50.toordinal() - policy.lead_min
    on = max(drawn, as_of.toordinal())
    return date.fromordinal(on) if on <= last else None
