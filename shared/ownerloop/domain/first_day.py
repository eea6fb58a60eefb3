"""The first day to speak of each visit, by the lead time that its store has published; many cars in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.lead_time import NEVER, Arm, LeadTime, arm_of, best_days, drawn_lead, prospects
from ownerloop.domain.rate import IntArray
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle

Cycle = tuple[str, str]  # service item and its due cycle


@dataclass(frozen=True, slots=True)
class FirstDay:
    """When to speak first of a visit (None: no day is worth it), what that is worth, and the price it meets there."""

    on: date | None
    arm: Arm
    value_fen: int = 0
    price_fen: int = 0


@dataclass(frozen=True, slots=True)
class Timing:
    """What is published about lead times, by store, and the policy; without a store's the fallback rule holds."""

    policy: LeadPolicy | None = None
    leads: Mapping[str, LeadTime] = field(default_factory=dict)

    @property
    def stage_gap_days(self) -> int:
        """Return how soon after the first message a later stage is not sent any more."""
        return self.policy.stage_gap_days if self.policy else 0

    def lead_of(self, store_id: str | None) -> LeadTime | None:
        """Return what is published for the store."""
        return self.leads.get(store_id or "") if self.policy else None


FALLBACK_ONLY = Timing()


def first_days(
    cars: Sequence[Vehicle], forecasts: Sequence[Forecast | None], *, as_of: Sequence[date], timing: Timing
) -> list[dict[Cycle, FirstDay]]:
    """Return for each car the first day of every visit not asked for yet; nothing where the fallback rule speaks.

    A car's days are the same in any batch.
    """
    found: list[dict[Cycle, FirstDay]] = [{} for _ in cars]
    policy = timing.policy
    rows = [
        (place, item)
        for place, (car, forecast) in enumerate(zip(cars, forecasts, strict=True))
        if forecast and car.remind and timing.lead_of(car.store_id)
        for item in _not_asked(car, forecast)
    ]
    if policy is None or not rows:
        return found
    names = sorted({str(cars[place].store_id) for place, _ in rows})
    due = _ordinals([item for _, item in rows])
    earliest = np.array([as_of[place].toordinal() for place, _ in rows], dtype=np.int64)
    of = np.array([names.index(str(cars[place].store_id)) for place, _ in rows], dtype=np.int64)
    leads = [timing.leads[name] for name in names]
    choices = prospects(due, earliest=earliest, leads=leads, of=of, policy=policy)
    best = best_days(choices, leads=leads, policy=policy)
    columns = zip(best.days.tolist(), best.values_fen.tolist(), best.prices_fen.tolist(), strict=True)
    for (place, item), (day, value, price) in zip(rows, columns, strict=True):
        car = cars[place]
        key = (item.item, item.due_cycle)
        if arm_of(car.vehicle_id, item.due_cycle, policy=policy) is Arm.RANDOM:
            found[place][key] = FirstDay(_drawn(car, item, as_of=as_of[place], policy=policy), Arm.RANDOM)
        else:
            on = None if day == NEVER else date.fromordinal(day)
            found[place][key] = FirstDay(on, Arm.PRICED, value_fen=value, price_fen=price)
    return found


def _not_asked(car: Vehicle, forecast: Forecast) -> list[ItemForecast]:
    asked = {(one.item, one.due_cycle) for one in car.reminded}
    return [item for item in forecast.items if (item.item, item.due_cycle) not in asked]


def _ordinals(items: Sequence[ItemForecast]) -> IntArray:
    days = [(item.due_p10.toordinal(), item.due_p50.toordinal(), item.due_p90.toordinal()) for item in items]
    return np.array(days, dtype=np.int64)


def _drawn(car: Vehicle, item: ItemForecast, *, as_of: date, policy: LeadPolicy) -> date | None:
    """Return the drawn day, or today where it has passed; None where even the window has."""
    drawn = item.due_p50.toordinal() - drawn_lead(car.vehicle_id, item.due_cycle, policy=policy)
    last = item.due_p50.toordinal() - policy.lead_min
    on = max(drawn, as_of.toordinal())
    return date.fromordinal(on) if on <= last else None
