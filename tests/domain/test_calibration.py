"""The 80 % interval holds 80 % on a fleet whose errors are not normal, once enough cycles have closed (design §5.3)."""

from dataclasses import replace
from datetime import UTC

import numpy as np
import pytest

from ownerloop.domain.cycles import settle
from ownerloop.domain.evidence import merge
from ownerloop.domain.forecast import forecast_columns
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Vehicle
from tests.builders import DAY, START, TODAY, a_plan, a_plan_item, a_reading, a_vehicle
from tests.policy_builders import a_forecast_policy, a_usage_model

PLAIN, BY_USAGE = a_forecast_policy(), a_forecast_policy(usage=a_usage_model())
DAYS, EVERY = 400, 5  # of driving, and between readings
CARS = 240
TARGET_KM = 20_000


def odometers(*, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the km of cars at the end of each day: a month is like the one before, or the car stands, or it tours.

    Errors of such a fleet are skewed and heavy at both ends: most cars keep their pace, one month in eight is a tour at
    five times the pace, one in five is spent in a garage.
    """
    draw = np.random.default_rng(seed)
    months = DAYS // 40
    pace = draw.lognormal(np.log(35), 0.35, size=(CARS, 1))
    moods = draw.choice([1.0, 5.0, 0.02], p=[0.675, 0.125, 0.2], size=(CARS, months))
    daily = np.repeat(pace * moods, 40, axis=1) * draw.uniform(0.7, 1.3, size=(CARS, DAYS))
    start_km: np.ndarray[tuple[int, int], np.dtype[np.float64]] = draw.uniform(7_000, 13_000, size=(CARS, 1))
    return start_km + np.cumsum(daily, axis=1)


def a_car(km: np.ndarray[tuple[int], np.dtype[np.float64]], *, until: int, number: int) -> Vehicle:
    new = [a_reading(day=day, km=float(km[day])) for day in range(0, until + 1, EVERY)]
    return replace(a_vehicle(vehicle_id=f"v_{number}"), evidence=merge((), new))


def settled(policy: ForecastPolicy) -> Priors:
    fleet = [a_car(km, until=DAYS - 1, number=number) for number, km in enumerate(odometers(seed=1))]
    return settle(fleet, held=Priors(), policy=policy, now=START + DAYS * DAY)


def coverage(priors: Priors, *, policy: ForecastPolicy) -> tuple[float, int]:
    """Return how often the 80 % interval of other cars held the day they passed the target, and of how many cars."""
    cars: list[Vehicle] = []
    truths: list[int] = []
    for number, km in enumerate(odometers(seed=2)):
        passed = int(np.searchsorted(km, TARGET_KM))
        asked = int(np.searchsorted(km[::EVERY], TARGET_KM - 5_000)) * EVERY
        if EVERY < asked < passed < DAYS and km[asked] < TARGET_KM and km[asked] >= 10_000:
            cars.append(a_car(km, until=asked, number=number))
            truths.append(passed)
    outlooks = forecast_columns(
        cars,
        plans=[a_plan(a_plan_item(every_km=10_000))] * len(cars),
        priors=priors,
        policy=policy,
        as_of=[TODAY] * len(cars),
        zones=[UTC] * len(cars),
    )
    items = [outlook.forecast.items[0] for outlook in outlooks if outlook.forecast]
    held = [item.due_p10 <= TODAY + day * DAY <= item.due_p90 for item, day in zip(items, truths, strict=True)]
    return sum(held) / len(held), len(held)


@pytest.mark.parametrize("policy", [PLAIN, BY_USAGE], ids=["plain", "by usage"])
def test_closed_cycles_bring_the_interval_to_what_it_promises(policy: ForecastPolicy) -> None:
    learned = settled(policy)
    untaught = replace(learned, z_quantiles=None)

    before, cars = coverage(untaught, policy=policy)
    after, _ = coverage(learned, policy=policy)

    assert learned.closed_cycles >= policy.cycles_min
    assert cars >= 100
    assert not 0.74 <= before <= 0.86
    assert 0.74 <= after <= 0.86
