"""How far cars drive in a day: weighted rates over columns of points, many cars in one pass (design §5.1)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ownerloop.domain.policy import ForecastPolicy

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Points:
    """Believed odometer points of many cars, car after car, oldest first: `starts` has one more entry than cars."""

    seconds: IntArray  # since 1970
    metres: IntArray
    starts: IntArray

    @property
    def counts(self) -> IntArray:
        """Return how many points each car has."""
        return self.starts[1:] - self.starts[:-1]


@dataclass(frozen=True, slots=True)
class Driven:
    """Weighted sums over the intervals of each car: metres driven and the days they took."""

    metres: FloatArray
    days: FloatArray

    def rates(self, prior: FloatArray, *, policy: ForecastPolicy) -> FloatArray:
        """Return metres a day, drawn towards the prior by as many days as the policy gives it."""
        weight = policy.prior_weight_days
        rates: FloatArray = (self.metres + weight * prior) / (self.days + weight)
        return rates


def driven(points: Points, *, policy: ForecastPolicy) -> Driven:
    """Return each car's weighted metres and days; an interval counts half when its middle is one half-life old.

    Age runs from the car's own last point, so a silent car keeps what it showed; fewer than two points give zeros.
    """
    counts = points.counts
    car_of = np.repeat(np.arange(counts.size), counts)
    if points.seconds.size < 2:  # noqa: PLR2004  # an interval has two ends
        return Driven(metres=np.zeros(counts.size), days=np.zeros(counts.size))
    same_car = car_of[1:] == car_of[:-1]
    owner = car_of[1:][same_car]
    days = (points.seconds[1:] - points.seconds[:-1])[same_car] / DAY_SECONDS
    metres = (points.metres[1:] - points.metres[:-1])[same_car]
    last = points.seconds[np.maximum(points.starts[1:] - 1, 0)]
    middle = (points.seconds[1:] + points.seconds[:-1])[same_car] / 2
    weight = np.exp2((middle - last[owner]) / (DAY_SECONDS * policy.half_life_days))
    return Driven(
        metres=_sums(metres * weight, owner, counts.size),
        days=_sums(days * weight, owner, counts.size),
    )


def _sums(values: FloatArray, owner: IntArray, size: int) -> FloatArray:
    return np.bincount(owner, weights=values, minlength=size).astype(np.float64)
