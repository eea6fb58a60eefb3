"""Priors: what the fleet teaches about one car, settled from evidence that a live consent covers."""

from collections.abc import Iterable
from datetime import timedelta
from math import log, sqrt

import pytest

from ownerloop.domain.believing import believe
from ownerloop.domain.consent import Withdrawal
from ownerloop.domain.cycles import cycle_scores, settle
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Vehicle
from tests.builders import DAY, START, a_consent, a_reading, a_vehicle, readings
from tests.policy_builders import a_forecast_policy

POLICY = a_forecast_policy()
NOW = START + 60 * DAY


def a_fleet(rates: Iterable[float], *, model: str = "petrol-sedan", store_id: str = "sh-pudong") -> list[Vehicle]:
    return [
        a_vehicle(
            vehicle_id=f"v_{model}_{place}",
            model=model,
            store_id=store_id,
            evidence=readings(days=range(0, 60, 5), km_per_day=rate),
        )
        for place, rate in enumerate(rates)
    ]


def settled(fleet: Iterable[Vehicle], *, held: Priors | None = None, cycles_min: int = 200) -> Priors:
    return settle(fleet, held=held or Priors(), policy=a_forecast_policy(cycles_min=cycles_min), now=NOW)


def test_the_median_rate_of_model_and_store_and_of_the_fleet_is_published() -> None:
    fleet = a_fleet([20, 30, 40, 50, 200]) + a_fleet([70, 80, 90, 100, 110], model="taxi-sedan")

    found = settled(fleet)

    assert found.version == 1
    assert found.metres_per_day == {"petrol-sedan#sh-pudong": 40_000, "taxi-sedan#sh-pudong": 90_000, "*": 75_000}


def test_a_median_of_few_cars_is_no_prior() -> None:
    found = settled(a_fleet([20, 30, 40]) + a_fleet([70, 80], model="taxi-sedan"))

    assert found.metres_per_day == {"*": 40_000}


def test_a_fleet_that_says_the_same_keeps_its_version() -> None:
    fleet = a_fleet([20, 30, 40, 50, 60])
    first = settled(fleet)

    assert settled(fleet, held=first) is first
    assert settled([], held=Priors()) == Priors()
    assert settled(fleet[1:] + a_fleet([99]), held=first).version == 2


def test_a_car_without_a_live_consent_teaches_nothing() -> None:
    fleet = a_fleet([40, 40, 40, 40, 90])
    withdrawal = Withdrawal(withdrawn_at=NOW - DAY, person_id="p_1", purpose="maintenance")
    silent = [*fleet[:4], a_vehicle(evidence=fleet[4].evidence, consent=a_consent(withdrawals=[withdrawal]))]

    assert settled(fleet).metres_per_day["*"] == 40_000
    assert settled(silent) == Priors()


def test_a_car_that_was_silent_for_long_or_read_for_days_only_teaches_nothing() -> None:
    long_ago = [a_vehicle(evidence=readings(days=range(-500, -440, 5), from_km=30_000)) for _ in range(5)]
    briefly = [a_vehicle(evidence=readings(days=range(10))) for _ in range(5)]

    assert settled(long_ago + briefly) == Priors()


def test_glitches_do_not_move_the_median() -> None:
    fleet = a_fleet([40] * 5)
    wrong = [a_vehicle(evidence=[*car.evidence, a_reading(day=57, km=500_000)]) for car in fleet]

    assert settled(wrong).metres_per_day["*"] == 40_000


def test_a_closed_cycle_is_scored_from_its_middle() -> None:
    """100 km a day and a prior of 50: half a cycle before 20,000 km the rate seems 79, so it comes sooner than said."""
    evidence = readings(days=range(0, 120, 10), from_km=10_000, km_per_day=100)
    (score,) = cycle_scores(believe([evidence], policy=POLICY).points, prior=50_000, policy=POLICY)

    n = sum(10 * 2 ** (-age / 90) for age in (5, 15, 25, 35, 45))
    p = 5_000 / ((n * 100 + 30 * 50) / (n + 30))
    assert score == pytest.approx(log(50 / p) / sqrt(0.06 + 1.5 / p + 3 / n))


def test_a_cycle_without_a_reading_in_its_second_half_is_not_scored() -> None:
    evidence = readings(days=(0, 10, 200), from_km=14_000, km_per_day=35)

    assert cycle_scores(believe([evidence], policy=POLICY).points, prior=35_000, policy=POLICY) == []


def test_quantiles_are_published_once_enough_cycles_closed() -> None:
    drivers = [
        a_vehicle(
            vehicle_id=f"v_{place}",
            evidence=readings(days=range(-160, 60, 7), from_km=16_000, km_per_day=60 + 2 * place),
        )
        for place in range(20)
    ]

    few, enough = settled(drivers, cycles_min=1_000), settled(drivers, cycles_min=20)

    assert few.z_quantiles is None
    assert few.closed_cycles == enough.closed_cycles >= 20
    assert enough.z_quantiles is not None
    assert enough.z_quantiles[0] < enough.z_quantiles[1] < enough.z_quantiles[2]
    assert settled(drivers, held=enough, cycles_min=20) is enough


def test_a_fleet_larger_than_one_group_is_read_whole() -> None:
    fleet = (
        a_vehicle(vehicle_id=f"v_{place}", evidence=readings(days=(0, 20, 40), km_per_day=10 + (place >= 1_000)))
        for place in range(2_001)
    )

    assert settled(fleet).metres_per_day["*"] == 11_000


def test_the_time_of_the_night_does_not_matter() -> None:
    fleet = a_fleet([20, 30, 40, 50, 60])
    first = settle(fleet, held=Priors(), policy=POLICY, now=NOW)

    assert settle(fleet, held=first, policy=POLICY, now=NOW + timedelta(hours=5)) is first
