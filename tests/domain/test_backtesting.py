"""Backtesting: cases without hindsight, the same for every method, and errors counted as the protocol says."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from ownerloop.domain.backtesting import OURS, PLAIN, Cases, cases_of
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.rate import DAY_SECONDS, Points
from ownerloop.domain.scoring import HORIZONS, scores
from ownerloop.domain.simple_rules import DAYS_MAX, last_pair, lifetime_mean, theil_sen
from ownerloop.domain.vehicle import Reading
from tests.builders import START, a_reading
from tests.policy_builders import a_forecast_policy, a_usage_model

POLICY = a_forecast_policy(usage=a_usage_model())
KM = 1_000


def cases(*logs: Sequence[Reading], every_km: int = 5_000, gap_days: int = 0, policy: ForecastPolicy = POLICY) -> Cases:
    named = {f"car-{place}": log for place, log in enumerate(logs)}
    return cases_of(named, every_m=every_km * KM, gap_days=gap_days, policy=policy)


def a_steady_log(*, days: int = 400, km_per_day: float = 50, every: int = 5) -> list[Reading]:
    return [a_reading(day=day, km=10_000 + day * km_per_day) for day in range(0, days, every)]


def points(*told: tuple[float, float]) -> Points:
    return Points(
        seconds=np.array([round(day * DAY_SECONDS) for day, _ in told]),
        metres=np.array([round(km * KM) for _, km in told]),
        starts=np.array([0, len(told)]),
    )


def a_judged(
    *, horizons: Sequence[float], errors: Sequence[float], half_width: float = 10, cars: Sequence[str] | None = None
) -> Cases:
    true = np.array(horizons, dtype=np.float64)
    said = true + np.array(errors)
    return Cases(
        cars=tuple(cars or ["car-0"] * true.size),
        origin=np.zeros(true.size),
        true=true,
        said={OURS: np.stack([said - half_width, said, said + half_width], axis=1), "last_pair": said[:, None]},
    )


def test_a_steady_car_is_forecast_well_by_everybody() -> None:
    found = scores(cases(a_steady_log(), a_steady_log()))

    assert {OURS, PLAIN, "last_pair", "lifetime_mean", "theil_sen"} == found.keys()
    assert all(score.mae is not None and score.mae <= 5 for score in found.values())
    assert found["lifetime_mean"].mae == pytest.approx(0, abs=1)


def test_the_truth_is_the_day_on_which_the_log_passed_the_next_multiple() -> None:
    """50 km a day from 10,000 km: 15,000 km on day 100, 20,000 km on day 200; day 90 is too near its end to count."""
    found = cases(a_steady_log(days=300))

    first = START.date().toordinal()
    assert (found.origin[0] - first, found.true[0] - first) == (30, 100)
    assert set((found.true - first).tolist()) == {100, 200}
    assert found.horizon.tolist() == [70, 40, 10, 80, 50, 20]


def test_no_case_lies_nearer_than_five_days_or_farther_than_four_hundred() -> None:
    slow = a_steady_log(days=1_500, every=10, km_per_day=10)

    horizon = cases(slow).horizon

    assert horizon.size
    assert 5 <= horizon.min() <= horizon.max() <= 400


def test_nothing_that_was_read_later_moves_what_was_said() -> None:
    log = a_steady_log(days=300)
    later = [reading if reading.read_at <= log[29].read_at else changed(reading) for reading in log]

    before, after = cases(log, a_steady_log()), cases(later, a_steady_log())

    told = [place for place, origin in enumerate(before.origin) if before.cars[place] == "car-0" and origin < at(145)]
    assert len(told) == 4
    for method in before.said:
        assert before.said[method][told].tolist() == after.said[method][told].tolist()


def changed(reading: Reading) -> Reading:
    return Reading(reading.read_at, reading.odometer_m + 300 * KM, reading.is_bare_date)


def at(day: int) -> int:
    return (START.date() + timedelta(days=day)).toordinal()


def test_a_gap_thins_what_is_known_and_not_the_truth() -> None:
    log = a_steady_log(days=300, every=1)

    whole, thin = cases(log), cases(log, gap_days=60)

    assert set(thin.true.tolist()) <= set(whole.true.tolist())
    assert len(thin.cars) < len(whole.cars)


def test_the_prior_of_a_car_comes_from_the_others_alone() -> None:
    fast, slow = a_steady_log(km_per_day=90), a_steady_log(km_per_day=20)

    among_slow, among_fast = cases(fast, slow, slow), cases(fast, fast, fast)

    def said(found: Cases) -> float:
        return float(found.said[OURS][0, 1])

    assert among_slow.cars[0] == among_fast.cars[0] == "car-0"
    assert said(among_slow) > said(among_fast)


def test_dirt_spoils_neither_truth_nor_forecast() -> None:
    log = a_steady_log(days=300, every=3)
    dirty = [*log, a_reading(day=100.5, km=150_250), a_reading(day=150.5, km=0), a_reading(day=200.5, km=1_000)]

    clean, cleaned = cases(log, log), cases(sorted(dirty, reverse=True), log)

    assert cleaned.true.tolist() == clean.true.tolist()
    assert np.abs(cleaned.said[OURS] - clean.said[OURS]).max() <= 2


def test_a_log_without_two_points_or_without_a_multiple_makes_no_case() -> None:
    found = cases([], [a_reading()], a_steady_log(days=50, km_per_day=1))

    assert (found.cars, found.horizon.size) == ((), 0)
    assert scores(found)[OURS].mae is None


def test_the_plain_formula_is_judged_beside_the_rule_in_force() -> None:
    log = a_steady_log(km_per_day=80)

    plain = cases(log, log, policy=a_forecast_policy())

    assert plain.said[OURS].tolist() == plain.said[PLAIN].tolist()
    assert cases(log, log).said[PLAIN].tolist() == plain.said[PLAIN].tolist()


def test_errors_are_counted_by_horizon_and_by_car() -> None:
    found = scores(a_judged(horizons=[5, 30, 60, 400], errors=[2, -4, 8, -20], cars=["a", "a", "a", "b"]))[OURS]

    assert found.mae == 8.5
    assert found.mae_by_car == pytest.approx((14 / 3 + 20) / 2, abs=0.001)
    assert found.by_horizon == {
        "5-30": (1, 2.0),
        "30-60": (1, 4.0),
        "60-120": (1, 8.0),
        "120-240": (0, None),
        "240-400": (1, 20.0),
    }
    assert HORIZONS[0][0] == 5
    assert HORIZONS[-1][1] == 400


def test_coverage_and_pinball_losses_follow_their_definitions() -> None:
    found = scores(a_judged(horizons=[50, 50], errors=[4, -20]))

    ours, rule = found[OURS], found["last_pair"]
    assert ours.coverage80 == 0.5
    # P10 lies 6 days below and 30 below, P50 4 above and 20 below, P90 14 above and 10 below.
    assert ours.pinball == {"0.1": pytest.approx(1.8), "0.5": pytest.approx(6.0), "0.9": pytest.approx(5.2)}
    assert (rule.coverage80, rule.pinball["0.1"], rule.pinball["0.5"]) == (None, None, 6.0)


def test_the_simple_rules_do_what_they_are_called() -> None:
    car = points((0, 0), (100, 1_000), (200, 6_000), (210, 6_100), (220, 6_800))

    assert last_pair(car, 7_000 * KM) == 100
    assert lifetime_mean(car, 6_800 * KM) == 220
    assert theil_sen(car, 5_000 * KM) == pytest.approx(5_000 / 45, abs=25)


def test_a_simple_rule_that_sees_no_movement_says_the_farthest_day() -> None:
    still = points((0, 5), (300, 5))

    assert {rule(still, KM) for rule in (last_pair, lifetime_mean, theil_sen)} == {DAYS_MAX}
