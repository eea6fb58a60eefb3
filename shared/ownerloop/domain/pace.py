"""From metres to days: the pace of many cars by the rule that the policy names, plain or by a usage model."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.rate import FloatArray, IntArray, Points, driven
from ownerloop.domain.usage import usage_of

PLAIN, BY_USAGE = "forecast-1", "forecast-3"  # versions of the rule; its constants are policy


class _DaysAhead(Protocol):
    def days_to(self, metres: FloatArray, cars: IntArray) -> FloatArray: ...
    def spread(self, days: FloatArray, cars: IntArray) -> FloatArray: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """What each car drives in a day, in metres, from how many weighted days, and by which rule."""

    rates: FloatArray
    rate_days: FloatArray
    rule_version: str
    ahead: _DaysAhead

    def days_to(self, metres: FloatArray, cars: IntArray) -> FloatArray:
        """Return the days that each named car needs for so many metres."""
        return self.ahead.days_to(metres, cars)

    def spread(self, days: FloatArray, cars: IntArray) -> FloatArray:
        """Return the standard deviation of the log of these days."""
        return self.ahead.spread(days, cars)


def pace_of(points: Points, prior: FloatArray, *, policy: ForecastPolicy) -> Pace:
    """Return the pace of each car; the prior is in metres a day."""
    sums = driven(points, policy=policy)
    if policy.usage is None:
        rates = sums.rates(prior, policy=policy)
        return Pace(rates, sums.days, PLAIN, _Plain(rates, sums.days, policy))
    usage = usage_of(points, prior, model=policy.usage)
    return Pace(usage.rates, sums.days, BY_USAGE, usage)


def spread(remaining_days: FloatArray, rate_days: FloatArray, *, policy: ForecastPolicy) -> FloatArray:
    """Return the standard deviation of the log of the days to go: s^2 = 0.06 + 1.5/p + 3/n (design §5.3).

    Less than one day counts as one, so that the ends stay finite and a faster car is never due later.
    """
    variance = (
        policy.spread_floor
        + policy.spread_per_remaining_day / np.maximum(remaining_days, 1.0)
        + policy.spread_per_rate_day / np.maximum(rate_days, 1.0)
    )
    deviation: FloatArray = np.sqrt(variance)
    return deviation


@dataclass(frozen=True, slots=True)
class _Plain:
    rates: FloatArray
    rate_days: FloatArray
    policy: ForecastPolicy

    def days_to(self, metres: FloatArray, cars: IntArray) -> FloatArray:
        """Return the metres over the rate."""
        days: FloatArray = metres / self.rates[cars]
        return days

    def spread(self, days: FloatArray, cars: IntArray) -> FloatArray:
        """Return the fixed formula's deviation."""
        return spread(days, self.rate_days[cars], policy=self.policy)
