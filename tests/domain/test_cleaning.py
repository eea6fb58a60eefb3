"""Cleaning: a fall or a jump never moves the odometer, and one that persists asks whether the cluster was replaced."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.believing import believe
from ownerloop.domain.cleaning import Cleaned, clean
from ownerloop.domain.evidence import merge
from ownerloop.domain.vehicle import Reading
from tests.builders import DAY, START, a_reading, readings
from tests.policy_builders import a_forecast_policy

POLICY = a_forecast_policy()


def cleaned(*its: Reading) -> Cleaned:
    return clean(sorted(its), policy=POLICY)


def odometer_m(found: Cleaned) -> int:
    return found.points[-1][1]


def test_plausible_readings_are_all_kept() -> None:
    drive = readings(days=range(0, 60, 3))

    found = clean(drive, policy=POLICY)

    assert found == Cleaned(kept=drive, dropped=(), cluster_flag=None)


@pytest.mark.parametrize("km", [0, 4_000, 16_090, 100_000])
@pytest.mark.parametrize("day", [0.5, 5.5, 20.5])
def test_a_single_wrong_reading_is_dropped_wherever_it_stands(day: float, km: float) -> None:
    drive = readings(days=range(21))
    wrong = a_reading(day=day, km=km)

    found = cleaned(*drive, wrong)

    assert found.kept == drive
    assert found.dropped == (wrong,)
    assert found.cluster_flag is None


def test_a_wrong_first_reading_does_not_hold_back_what_follows() -> None:
    drive = readings(days=range(1, 5))

    found = cleaned(a_reading(day=0, km=100_000), *drive)

    assert found.kept == drive


def test_of_two_readings_that_deny_each_other_the_earlier_stays() -> None:
    found = cleaned(a_reading(day=0, km=10_000), a_reading(day=1, km=100_000))

    assert odometer_m(found) == 10_000_000
    assert found.cluster_flag is None


@pytest.mark.parametrize(
    ("back_km", "is_kept"), [(1.999, True), (2, True), (2.001, False)], ids=["less", "the limit", "more"]
)
def test_a_step_back_is_taken_up_to_two_kilometres(back_km: float, *, is_kept: bool) -> None:
    back = a_reading(day=6, km=10_200 - back_km)

    found = cleaned(*readings(days=range(6)), back)

    assert (back in found.kept) is is_kept
    assert odometer_m(found) == 10_200_000


@pytest.mark.parametrize(
    ("hours", "km", "is_kept"),
    [(1, 1_500, True), (1, 1_500.001, False), (24, 1_500.001, False), (25, 3_000, True), (25, 3_000.001, False)],
)
def test_a_step_ahead_is_taken_up_to_its_limit_for_each_started_day(hours: float, km: float, *, is_kept: bool) -> None:
    ahead = a_reading(day=5 + hours / 24, km=10_200 + km)

    found = cleaned(*readings(days=range(6)), ahead)

    assert (ahead in found.kept) is is_kept


def test_readings_of_one_instant_are_one_point_with_the_highest_kept_value() -> None:
    found = cleaned(a_reading(km=10_000), a_reading(km=10_030), a_reading(km=90_000), a_reading(day=1, km=10_050))

    assert [metres for _, metres in found.points] == [10_030_000, 10_050_000]
    assert found.dropped == (a_reading(km=90_000),)


def test_a_bare_date_may_stand_for_any_hour_of_its_day() -> None:
    evening, next_day = a_reading(day=0.4, km=10_020), a_reading(day=1, km=10_100)

    found = cleaned(a_reading(day=0, km=10_060, is_bare_date=True), evening, next_day)

    assert found.dropped == ()
    assert found.points == [(START, 10_060_000), (START + DAY, 10_100_000)]


@pytest.mark.parametrize("to_km", [20, 60_000], ids=["a new cluster at zero", "a cluster from another car"])
def test_a_jump_that_persists_is_flagged_and_moves_nothing(to_km: float) -> None:
    before = readings(days=range(10))
    after = readings(days=[10.5, 11, 12, 13], from_km=to_km)

    found = cleaned(*before, *after)

    assert found.kept == before
    assert found.cluster_flag is not None
    assert found.cluster_flag.readings == after
    assert found.cluster_flag.since == after[0].read_at


def test_a_jump_that_persists_longer_than_what_was_before_still_moves_nothing() -> None:
    before = readings(days=range(5))
    after = readings(days=range(5, 60), from_km=80_000)

    found = cleaned(*before, *after)

    assert odometer_m(found) == 10_160_000
    assert found.cluster_flag is not None
    assert found.cluster_flag.since == after[0].read_at


def test_a_jump_is_not_forgiven_because_time_went_by() -> None:
    """After 20 days a step of 30,000 km lies in the band again; the readings between show that nobody drove it."""
    before = readings(days=range(10))
    after = readings(days=range(10, 60), from_km=40_000)

    found = cleaned(*before, *after)

    assert odometer_m(found) == 10_360_000
    assert found.cluster_flag is not None
    assert found.cluster_flag.readings[-1] == after[-1]


@pytest.mark.parametrize("days", [(10.1, 10.2, 10.3), (10.1, 12.0)], ids=["three within a day", "two over two days"])
def test_a_short_jump_is_dropped_without_a_flag(days: tuple[float, ...]) -> None:
    before = readings(days=range(10))

    found = cleaned(*before, *readings(days=days, from_km=60_000))

    assert found.kept == before
    assert found.cluster_flag is None


def test_a_jump_that_went_back_is_no_new_cluster() -> None:
    drive = readings(days=[*range(10), *range(15, 25)])
    away = readings(days=[11, 12, 13, 14], from_km=60_000)

    found = cleaned(*drive, *away)

    assert found.kept == drive
    assert found.cluster_flag is None


def test_no_reading_is_nothing_to_believe() -> None:
    assert clean((), policy=POLICY) == Cleaned(kept=(), dropped=(), cluster_flag=None)


some_evidence = st.lists(
    st.builds(
        lambda day, km, is_bare_date: Reading(START + timedelta(hours=6 * day), km * 1_000, is_bare_date),
        st.integers(0, 80),
        st.integers(0, 200) | st.integers(0, 60_000),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=25,
).map(lambda its: merge((), its))


@given(some_evidence)
def test_what_is_kept_and_dropped_is_what_was_read(evidence: tuple[Reading, ...]) -> None:
    found = clean(evidence, policy=POLICY)

    assert sorted(found.kept + found.dropped) == sorted(evidence)
    assert bool(found.kept) == bool(evidence)
    metres = [point for _, point in found.points]
    assert metres == sorted(metres)


@given(st.lists(some_evidence, max_size=6))
def test_many_cars_are_believed_as_each_alone(cars: list[tuple[Reading, ...]]) -> None:
    believed = believe(cars, policy=POLICY)

    for place, evidence in enumerate(cars):
        alone = clean(evidence, policy=POLICY)
        here = slice(believed.points.starts[place], believed.points.starts[place + 1])
        assert believed.points.metres[here].tolist() == [metres for _, metres in alone.points]
        assert believed.points.seconds[here].tolist() == [int(at.timestamp()) for at, _ in alone.points]
        assert (believed.dropped[place], believed.flags[place]) == (len(alone.dropped), alone.cluster_flag)
