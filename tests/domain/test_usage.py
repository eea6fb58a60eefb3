"""The usage model: what a car is expected to drive, checked against the same guess written out without windows."""

from dataclasses import replace
from datetime import UTC, date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.believing import believe
from ownerloop.domain.cycles import cycle_scores
from ownerloop.domain.forecast import forecast, forecast_columns
from ownerloop.domain.pace import BY_USAGE, pace_of
from ownerloop.domain.policy import UsageModel
from ownerloop.domain.priors import Priors
from ownerloop.domain.rate import DAY_SECONDS, FloatArray, Points
from ownerloop.domain.usage import EDGES, Usage, usage_of
from ownerloop.domain.vehicle import Forecast, Vehicle
from tests.builders import DAY, TODAY, a_plan, a_plan_item, a_reading, a_vehicle, readings
from tests.policy_builders import a_forecast_policy, a_usage_model

MODEL = a_usage_model()
POLICY = a_forecast_policy(usage=MODEL)
FLEET = Priors(version=7, metres_per_day={"*": 35_000})
SPRING = 107 - 16  # days after a new year: a quarter of a year before the peak of the season


def points_of(*cars: list[tuple[float, float]]) -> Points:
    """Return the columns of cars given as (day since 1970, km) points."""
    flat = [point for car in cars for point in car]
    return Points(
        seconds=np.array([round(day * DAY_SECONDS) for day, _ in flat], dtype=np.int64),
        metres=np.array([round(km * 1_000) for _, km in flat], dtype=np.int64),
        starts=np.cumsum([0, *(len(car) for car in cars)]),
    )


def used(*cars: list[tuple[float, float]], prior_km: float = 35.0, model: UsageModel = MODEL) -> Usage:
    return usage_of(points_of(*cars), np.full(len(cars), prior_km * 1_000), model=model)


def km_within(usage: Usage, days: float, *, car: int = 0) -> float:
    """Return the km after which `days_to` says so many days."""
    low, high = 0.0, 1e9
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if days_of(usage, middle, car=car) < days else (low, middle)
    return low / 1_000


def days_of(usage: Usage, metres: float, *, car: int = 0) -> float:
    return float(usage.days_to(np.array([metres]), np.array([car]))[0])


def a_model(**changes: object) -> UsageModel:
    told: dict[str, object] = {
        "level_variance": 0.12,
        "fading": ((0.14, 365),),
        "season_variance": 0.0,
        "season_amplitude": 0.0,
        "season_peak_day": 0,
        "season_share": 0.5,
        "noise_days": 4.0,
        "scale_strength": 1e9,  # no car can show that it varies otherwise
        "spread_factor": 1.0,
    }
    return UsageModel(**(told | changes))  # type: ignore[arg-type]


def daily(days: int, *, km: float, until: float = 7_300.0, from_km: float = 1_000.0) -> list[tuple[float, float]]:
    return [(until - days + day, from_km + day * km) for day in range(days + 1)]


def by_hand(car: list[tuple[float, float]], *, prior: float, model: UsageModel, ahead: float) -> tuple[float, float]:
    """Return km and variance within `ahead` days, from daily covariances instead of windows: kriging of the sum."""
    (variance, tau) = model.fading[0]
    rates = np.array([later[1] - earlier[1] for earlier, later in pairwise(car)])
    at = np.arange(-rates.size, 0) + 0.5
    coming = np.arange(0, ahead) + 0.5

    def covers(one: FloatArray, other: FloatArray) -> FloatArray:
        covered: FloatArray = model.level_variance + variance * np.exp(-np.abs(one[:, None] - other[None, :]) / tau)
        return covered

    among = covers(at, at) + model.noise_days * np.eye(at.size)
    across = covers(at, coming).sum(axis=1)
    weights = np.linalg.solve(among, across)
    before = covers(coming, coming).sum() + model.noise_days * ahead
    return prior * ahead + float(weights @ (rates - prior)), float(before - weights @ across)


def test_the_guess_is_the_best_linear_one_for_the_covariances() -> None:
    rng = np.random.default_rng(3)
    steps = 40 * np.exp(0.5 * rng.standard_normal(126))
    car = [(7_174.0 + day, float(km)) for day, km in enumerate(np.concatenate([[0.0], np.cumsum(steps)]))]
    model = a_model()

    usage = used(car, model=model)

    km, variance = by_hand(car, prior=35.0, model=model, ahead=90)
    assert float(usage.rates[0]) * 90 / 1_000 == pytest.approx(km, rel=0.01)
    spread = float(usage.spread(np.array([90.0]), np.array([0]))[0])
    assert spread == pytest.approx(variance**0.5 / 90, rel=0.03)


def test_a_car_without_a_second_point_drives_as_its_kin() -> None:
    usage = used([(7_000, 12_000)], [], model=a_model())

    assert usage.rates.tolist() == pytest.approx([35_000, 35_000])
    assert days_of(usage, 3_500_000, car=1) == pytest.approx(100)


def test_evidence_draws_the_rate_away_from_the_prior_the_longer_it_lasts() -> None:
    rates = [float(used(daily(days, km=70)).rates[0]) for days in (7, 30, 120, 500)]

    assert rates == sorted(rates)
    assert 35_000 < rates[0] < rates[-1]


def test_a_new_pace_counts_for_the_next_weeks_more_than_for_the_next_years() -> None:
    before = daily(400, km=30)
    now = [*before, *((7_300.0 + day, before[-1][1] + day * 60) for day in range(1, 61))]

    usage = used(now, prior_km=30, model=a_model())

    assert km_within(usage, 30) / 30 > 1.1 * km_within(usage, 1_000) / 1_000 > 1.1 * 30


def test_before_summer_more_is_expected_than_before_winter() -> None:
    year = 365.25 * 20
    spring = used(daily(364, km=40, until=year + SPRING))
    autumn = used(daily(364, km=40, until=year + SPRING + 183))

    assert float(spring.rates[0]) > 1.05 * float(autumn.rates[0])


def swinging(days: int, *, km: float, swing: float, until: float) -> list[tuple[float, float]]:
    """Return a car of weekly readings that drives `km` a day in the mean, with a season as the fleet's, of its size."""
    at = until - days + np.arange(0, days + 1)
    steps = km * (1 + swing * np.cos(2 * np.pi * (at - MODEL.season_peak_day) / 365.25))
    return [(float(day), float(odometer)) for day, odometer in zip(at, 1_000 + np.cumsum(steps), strict=True)][::7]


@pytest.mark.parametrize("kin_km", [20, 35, 120])
def test_kin_draw_a_car_less_that_showed_that_it_always_drives_the_same(kin_km: float) -> None:
    deaf = replace(MODEL, scale_strength=1e9)
    one, other = (used(daily(560, km=60), prior_km=kin_km, model=model) for model in (MODEL, deaf))

    assert abs(km_within(one, 180) / 180 - 60) < 0.75 * abs(km_within(other, 180) / 180 - 60)


def test_the_season_of_all_is_taken_for_a_cars_own_so_far_as_the_car_followed_it() -> None:
    granted = replace(MODEL, season_share=1 - 1e-9)
    steady, follower = (swinging(560, km=40, swing=swing, until=365.25 * 20 + SPRING) for swing in (0.0, 0.08))

    off = [
        [abs(float(used(car, prior_km=40, model=model).rates[0]) / truth - 1) for model in (MODEL, granted)]
        for car, truth in ((steady, 40_000), (follower, 40_000 * 1.037))
    ]

    assert off[0][0] < 0.75 * off[0][1]
    assert off[1][0] < off[0][0]


def test_a_car_that_varies_more_is_told_with_wider_ends() -> None:
    at, first = np.array([100.0]), np.array([0])
    draws = np.random.default_rng(5).uniform(0.2, 1.8, size=18)
    restless = [(7_300.0 - 30 * (17 - n), float(km)) for n, km in enumerate(np.cumsum(40 * 30 * draws))]
    calm = [(day, 40 * (day - restless[0][0])) for day, _ in restless]

    assert used(restless).spread(at, first)[0] > 1.3 * used(calm).spread(at, first)[0]


def test_readings_too_far_apart_to_show_a_change_prove_no_steadiness() -> None:
    two = [(7_300.0 - 560, 0.0), (7_300.0, 560 * 60.0)]

    assert used(two).rates[0] < used(daily(560, km=60, from_km=0)).rates[0]


def test_the_less_is_known_the_wider_the_ends_lie() -> None:
    at, first = np.array([100.0]), np.array([0])
    spreads = [float(used(daily(days, km=40)).spread(at, first)[0]) for days in (1, 10, 60, 300)]

    assert spreads == sorted(spreads, reverse=True)


def test_on_the_eve_of_the_due_day_the_ends_stay_finite() -> None:
    usage = used(daily(100, km=40))

    near = usage.spread(np.array([0.0, 0.5, 2.0]), np.zeros(3, dtype=np.int64))

    assert near[0] == near[1] == near[2] < 2


def test_a_car_that_stood_still_for_long_is_due_one_day_all_the_same() -> None:
    usage = used(daily(560, km=0), prior_km=30)

    assert 0 < days_of(usage, 10_000_000) < 36_500


def test_the_windows_reach_as_far_back_as_evidence_is_kept() -> None:
    assert EDGES[-1] >= 82 * 7


def test_the_rule_names_its_version() -> None:
    found = made(a_vehicle(evidence=readings(days=range(9))))

    assert found.rule_version == BY_USAGE == "forecast-3"


def made(car: Vehicle, *, priors: Priors = FLEET) -> Forecast:
    found = forecast(car, plan=a_plan(), priors=priors, policy=POLICY, as_of=TODAY, zone=UTC)
    assert found is not None
    return found


drives = st.lists(st.tuples(st.integers(0, 560), st.integers(0, 60_000)), min_size=1, max_size=12)


def a_driven_car(drive: list[tuple[int, int]]) -> Vehicle:
    days = sorted(day for day, _ in drive)
    steps = sorted(km for _, km in drive)
    return a_vehicle(evidence=[a_reading(day=day, km=km) for day, km in zip(days, steps, strict=True)])


@given(drive=drives, rates=st.tuples(st.integers(1_000, 400_000), st.integers(1_000, 400_000)))
def test_a_car_of_faster_kin_is_never_due_later(drive: list[tuple[int, int]], rates: tuple[int, int]) -> None:
    # Of the far end nothing is said: kin who drive unlike the car make it doubtful, and doubt reaches to both sides.
    car = a_driven_car(drive)

    slow, fast = (made(car, priors=Priors(version=1, metres_per_day={"*": rate})).items[0] for rate in sorted(rates))

    assert fast.due_p10 <= slow.due_p10
    assert fast.due_p50 <= slow.due_p50


@given(drive=drives, factor=st.floats(1.0, 4.0), left_m=st.integers(1, 30_000_000))
def test_a_car_that_drives_faster_throughout_is_never_due_later(
    drive: list[tuple[int, int]], factor: float, left_m: int
) -> None:
    days, steps = sorted({day for day, _ in drive}), sorted(km for _, km in drive)
    slow = [(7_000.0 + day, float(km)) for day, km in zip(days, steps, strict=False)]
    fast = [(day, km * factor) for day, km in slow]

    usage = used(slow, fast)

    assert days_of(usage, left_m, car=1) <= days_of(usage, left_m, car=0) * (1 + 1e-9)


@given(cars=st.lists(drives, max_size=8))
def test_many_cars_in_one_pass_are_each_forecast_as_alone(cars: list[list[tuple[int, int]]]) -> None:
    fleet = [a_vehicle(), *map(a_driven_car, cars), a_vehicle()]
    plan = a_plan(a_plan_item(), a_plan_item(item="inspection", every_km=20_000))

    def outlooks(some: list[Vehicle]) -> list[Forecast | None]:
        n = len(some)
        found = forecast_columns(
            some, plans=[plan] * n, priors=FLEET, policy=POLICY, as_of=[date(2027, 8, 1)] * n, zones=[UTC] * n
        )
        return [outlook.forecast for outlook in found]

    assert outlooks(fleet) == [found for car in fleet for found in outlooks([car])]


@given(drive=drives, as_of=st.integers(0, 900))
def test_quantiles_are_in_order_whatever_was_driven(drive: list[tuple[int, int]], as_of: int) -> None:
    car = a_driven_car(drive)

    found = forecast(car, plan=a_plan(), priors=FLEET, policy=POLICY, as_of=TODAY + as_of * DAY, zone=UTC)

    assert found is not None
    (item,) = found.items
    assert item.due_p10 <= item.due_p50 <= item.due_p90
    assert found.metres_per_day > 0


def test_closed_cycles_are_scored_by_the_rule_in_force() -> None:
    """A car that goes on as it always went ends near the middle of what was said."""
    evidence = [a_reading(day=day, km=10_000 + day * 40) for day in range(-160, 400, 7)]
    course = believe([tuple(evidence)], policy=POLICY).points

    scores = cycle_scores(course, prior=40_000, policy=POLICY)

    assert len(scores) == 2
    assert max(map(abs, scores)) < 0.5
    assert scores != cycle_scores(course, prior=40_000, policy=a_forecast_policy())


def test_no_cars_are_no_paces() -> None:
    assert pace_of(points_of(), np.empty(0), policy=POLICY).rates.size == 0
