"""The cars of a trial: how each is driven, day by day, when it is read, and when it truly falls due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from infra.fleet.years import driven_km
from infra.trial.hidden import CAMPAIGN_DAYS, PEAK_OF_YEAR, Hidden
from ownerloop.domain.calendar import add_months
from ownerloop.domain.plans import PlanItem, ServicePlan
from ownerloop.domain.rate import FloatArray, IntArray

ITEM = "oil"
PLAN = ServicePlan(
    model="*",
    version="trial",
    effective_on=date(2014, 1, 1),
    source="A usual petrol car's plan; the trial's own.",
    items=(PlanItem(item=ITEM, every_m=10_000_000, every_months=12),),
)
HISTORY_DAYS = 540  # driven before the year starts; readings of the last 82 weeks are what a car keeps
BEYOND_DAYS = 60  # driven after the trial's last day, so that distances passed then still have a day
GAP_DAYS = (20, 41)  # between two readings, the second not included: about one a month
NEWLY_DUE_DAYS = 45  # a programme that starts: nobody is due before its first messages could have an effect
_SERVICE_SWING = 0.35  # of last year's services over the year: cars are bought before Spring Festival
_TRIES = 40


@dataclass(frozen=True, slots=True)
class Cars:
    """Every car of one seed; columns are days from `first_on`, distances whole metres."""

    first_on: int  # the ordinal of column 0
    odometer_m: IntArray  # cars x days, at the day's end
    read_on: tuple[IntArray, ...]  # per car: the ordinals of its readings
    serviced_on: IntArray  # the ordinal of the service before the year
    store: IntArray

    @property
    def count(self) -> int:
        """Return how many cars there are."""
        return len(self.store)

    def odometer_on(self, car: int, on: int) -> int:
        """Return a car's odometer at a day's end."""
        return int(self.odometer_m[car, on - self.first_on])

    def due_on(self, car: int, serviced_on: int) -> int:
        """Return the day on which the car truly falls due after a service on that day."""
        return _due_on(self.odometer_m[car], serviced_on, self.first_on)


def drawn_cars(
    draw: np.random.Generator, *, stores: IntArray, hidden: Sequence[Hidden], starts_on: date, days: int
) -> Cars:
    """Return one car for each entry of `stores`, driven through history, the year and a while beyond it."""
    first = starts_on - timedelta(days=HISTORY_DAYS)
    width = HISTORY_DAYS + days + BEYOND_DAYS
    likely = [_service_days(starts_on, of) for of in hidden]
    odometer = np.empty((len(stores), width), dtype=np.int64)
    read_on: list[IntArray] = []
    serviced: list[int] = []
    for car, chance in enumerate(draw.spawn(len(stores))):
        odometer[car] = np.cumsum(driven_km(chance, first, width) * 1_000) + chance.uniform(0, 60e6)
        gaps = chance.integers(*GAP_DAYS, size=width // GAP_DAYS[0] + 1)
        on = np.cumsum(gaps) - int(chance.integers(0, GAP_DAYS[0]))
        read_on.append(first.toordinal() + on[on < width])
        serviced.append(_serviced_on(chance, odometer[car], likely[int(stores[car])], starts_on))
    return Cars(first.toordinal(), odometer, tuple(read_on), np.array(serviced, dtype=np.int64), stores)


def _serviced_on(draw: np.random.Generator, odometer_m: IntArray, likely: FloatArray, starts_on: date) -> int:
    """Return the day of the last service within the year before: one after which the car falls due in the trial."""
    start = starts_on.toordinal()
    for back in draw.choice(likely.size, size=_TRIES, p=likely).tolist():
        on = start - 1 - int(back)
        if _due_on(odometer_m, on, start - HISTORY_DAYS) >= start + NEWLY_DUE_DAYS:
            return on
    return start - 1


def _service_days(starts_on: date, hidden: Hidden) -> FloatArray:
    """Return how likely the last service lies so many days before the start: by season, and a year after campaigns."""
    on = np.array([(starts_on - timedelta(days=back + 1)).timetuple().tm_yday for back in range(365)])
    seasonal = 1 + _SERVICE_SWING * np.cos(2 * np.pi * (on - PEAK_OF_YEAR) / 365.25)
    in_campaign = sum(((on > start) & (on <= start + CAMPAIGN_DAYS)).astype(np.float64) for start in hidden.campaigns)
    shares: FloatArray = (1 - hidden.campaign_share) * seasonal / seasonal.sum()
    return shares + hidden.campaign_share * in_campaign / np.sum(in_campaign)


def _due_on(odometer_m: IntArray, serviced_on: int, first_on: int) -> int:
    (item,) = PLAN.items
    limit = add_months(date.fromordinal(serviced_on), item.every_months or 0).toordinal()
    target = int(odometer_m[serviced_on - first_on]) + (item.every_m or 0)
    passed = first_on + int(np.searchsorted(odometer_m, target))
    return min(limit, passed)
