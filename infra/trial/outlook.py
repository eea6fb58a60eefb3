"""What the product's own forecast says of a trial's cars, from about one reading a month."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from infra.trial.cars import ITEM, PLAN, Cars
from ownerloop.domain.calendar import FALLBACK_ZONE
from ownerloop.domain.forecast import forecast_columns
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import IntArray
from ownerloop.domain.vehicle import Reading, ServiceDone, Vehicle

_ZONE = ZoneInfo(FALLBACK_ZONE)
_READ_AT = time(4, tzinfo=UTC)  # noon of the store's day

Known = tuple[int, int, tuple[int, ...]]  # a car, how many monthly readings it has sent, and the days of its visits


@dataclass(frozen=True, slots=True)
class Outlooks:
    """Due days as the product forecasts them, kept for the other arms, which know the same of most cars."""

    cars: Cars
    policy: ForecastPolicy
    kept: dict[Known, tuple[int, int, int]] = field(default_factory=dict)

    def due(self, known: list[Known], *, on: int) -> IntArray:
        """Return P10, P50 and P90 of the due day of each car as ordinals, from what is known of it."""
        new = [each for each in dict.fromkeys(known) if each not in self.kept]
        self.kept.update(zip(new, self._forecast(new, date.fromordinal(on)), strict=True))
        return np.array([self.kept[each] for each in known], dtype=np.int64).reshape(-1, 3)

    def _forecast(self, known: list[Known], on: date) -> list[tuple[int, int, int]]:
        outlooks = forecast_columns(
            [self._vehicle(*each) for each in known],
            plans=[PLAN] * len(known),
            priors=Priors(),
            policy=self.policy,
            as_of=[on] * len(known),
            zones=[_ZONE] * len(known),
        )
        items = [outlook.forecast.items[0] for outlook in outlooks if outlook.forecast]
        return [(item.due_p10.toordinal(), item.due_p50.toordinal(), item.due_p90.toordinal()) for item in items]

    def _vehicle(self, car: int, count: int, visits: tuple[int, ...]) -> Vehicle:
        on = sorted({*self.cars.read_on[car][:count].tolist(), *visits})
        last = max(visits, default=int(self.cars.serviced_on[car]))
        return Vehicle(
            vehicle_id=str(car),
            evidence=tuple(self._reading(car, day) for day in on),
            services=(ServiceDone(ITEM, date.fromordinal(last), self.cars.odometer_on(car, last)),),
        )

    def _reading(self, car: int, on: int) -> Reading:
        at = datetime.combine(date.fromordinal(on), _READ_AT)
        # The column holds the day's end; at noon half of the day is driven.
        driven = self.cars.odometer_on(car, on) + self.cars.odometer_on(car, max(on - 1, self.cars.first_on))
        return Reading(at, driven // 2)
