"""How cars are driven, day by day, and when each is read: a few thousand lives, which the cars of every seed lead."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from infra.fleet.years import driven_km
from infra.trial.spans import HISTORY_DAYS, STARTS_ON
from ownerloop.domain.calendar import add_months
from ownerloop.domain.plans import PlanItem, ServicePlan
from ownerloop.domain.rate import IntArray

ITEM = "oil"
PLAN = ServicePlan(
    model="*",
    version="trial",
    effective_on=date(2014, 1, 1),
    source="A usual petrol car's plan; the trial's own.",
    items=(PlanItem(item=ITEM, every_m=10_000_000, every_months=12),),
)
BEYOND_DAYS = 60  # driven after the trial's last day, so that distances passed then still have a day
GAP_DAYS = (20, 41)  # between two readings, the second not included: about one a month
_SEED = 20_250_101  # of the lives alone: what differs from seed to seed is who leads them, where and from when
_APART_M = 10**10  # more than any odometer shows, so that the lives lie one after another in one rising column


@dataclass(frozen=True, slots=True)
class Lives:
    """Every life; columns of days count from `first_on`, distances are whole metres."""

    first_on: int  # the ordinal of column 0
    odometer_m: IntArray  # lives x days, at the day's end
    read_on: tuple[IntArray, ...]  # per life: the ordinals of its readings, rising
    limit_on: IntArray  # by day of service: the day on which the months of the plan end
    rising: IntArray  # the odometers of all lives as one rising column

    @property
    def count(self) -> int:
        """Return how many lives there are."""
        return len(self.odometer_m)

    def odometer_on(self, life: IntArray, on: IntArray) -> IntArray:
        """Return the odometers at the ends of these days."""
        found: IntArray = self.odometer_m[life, on - self.first_on]
        return found

    def target_of(self, life: IntArray, serviced_on: IntArray) -> IntArray:
        """Return the odometers at which cars fall due that were serviced on these days."""
        return self.odometer_on(life, serviced_on) + (PLAN.items[0].every_m or 0)

    def limit_of(self, serviced_on: IntArray) -> IntArray:
        """Return the days on which cars fall due at the latest that were serviced on these days."""
        found: IntArray = self.limit_on[serviced_on - self.first_on]
        return found

    def due_on(self, life: IntArray, serviced_on: IntArray) -> IntArray:
        """Return the days on which cars truly fall due after services on these days."""
        target = self.target_of(life, serviced_on)
        passed = np.searchsorted(self.rising, life * _APART_M + target) - life * self.odometer_m.shape[1]
        due_on: IntArray = np.minimum(self.limit_of(serviced_on), self.first_on + passed)
        return due_on


def drawn_lives(*, count: int, days: int) -> Lives:
    """Return lives driven through history, the trial's days and a while beyond; the same sizes give the same lives."""
    first = STARTS_ON - timedelta(days=HISTORY_DAYS)
    width = HISTORY_DAYS + days + BEYOND_DAYS
    odometer = np.empty((count, width), dtype=np.int64)
    read_on: list[IntArray] = []
    for life, draw in enumerate(np.random.default_rng(_SEED).spawn(count)):
        odometer[life] = np.cumsum(driven_km(draw, first, width) * 1_000) + draw.uniform(0, 60e6)
        on = np.cumsum(draw.integers(*GAP_DAYS, size=width // GAP_DAYS[0] + 1)) - int(draw.integers(0, GAP_DAYS[0]))
        read_on.append(first.toordinal() + on[(on > 0) & (on < width)])
    months = PLAN.items[0].every_months or 0
    limit_on = np.array([add_months(first + timedelta(days=day), months).toordinal() for day in range(width)])
    rising = (odometer + np.arange(count)[:, None] * _APART_M).ravel()
    return Lives(first.toordinal(), odometer, tuple(read_on), limit_on, rising)
