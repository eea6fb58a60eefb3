"""Evidence: a join of readings that stays small, whatever the order, doubling and batching of what arrives."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.evidence import merge, pack, unpack
from ownerloop.domain.vehicle import Reading
from tests.builders import DAY, START, a_reading

# Coarse values collide often; the days reach beyond the oldest week that is kept.
some_readings = st.lists(
    st.builds(
        Reading,
        read_at=st.one_of(
            st.integers(0, 40 * 24).map(lambda hours: START + timedelta(hours=hours)),
            st.integers(0, 700).map(lambda days: START + timedelta(days=days)),
            st.integers(0, 100_000).map(lambda ms: START + timedelta(milliseconds=ms)),
        ),
        odometer_m=st.integers(0, 3) | st.integers(0, 2_000_000_000),
        is_bare_date=st.booleans(),
    ),
    max_size=40,
).map(tuple)


@given(some_readings)
def test_merging_again_what_is_held_changes_nothing(readings: tuple[Reading, ...]) -> None:
    held = merge((), readings)

    assert merge(held, held) == held
    assert merge(held, readings) == held
    assert merge(held, ()) == held


@given(some_readings, some_readings)
def test_the_order_of_two_batches_does_not_matter(first: tuple[Reading, ...], second: tuple[Reading, ...]) -> None:
    one, other = merge((), first), merge((), second)

    assert merge(one, other) == merge(other, one) == merge(one, second) == merge((), second + first)


@given(some_readings, some_readings, some_readings)
def test_the_batching_does_not_matter(a: tuple[Reading, ...], b: tuple[Reading, ...], c: tuple[Reading, ...]) -> None:
    whole = merge((), a + b + c)

    assert merge(merge(merge((), a), b), c) == whole
    assert merge(merge((), a), merge(merge((), b), c)) == whole


@given(some_readings, st.randoms(use_true_random=False))
def test_one_by_one_in_any_order_ends_in_the_same_state(readings: tuple[Reading, ...], random: Random) -> None:
    mixed = [*readings, *readings[:5]]
    random.shuffle(mixed)

    held: tuple[Reading, ...] = ()
    for reading in mixed:
        held = merge(held, [reading])

    assert held == merge((), readings)


@given(some_readings)
def test_packed_readings_come_back_as_they_were(readings: tuple[Reading, ...]) -> None:
    held = merge((), readings)

    assert unpack(pack(held)) == held
    assert len(pack(held)) == 8 * len(held)


def test_the_newest_reading_is_always_kept() -> None:
    held = merge((), [a_reading(day=day, km=day) for day in range(600)])

    assert held[-1] == a_reading(day=599, km=599)


def test_old_days_are_thinned_and_very_old_ones_forgotten() -> None:
    hourly = [a_reading(day=hour / 24, km=hour) for hour in range(24 * 7 * 100)]

    held = merge((), hourly)

    newest = max(reading.read_at for reading in held)
    per_day = Counter(reading.read_at.date() for reading in held)
    assert per_day[newest.date()] == 2
    assert per_day[newest.date() - 7 * DAY] == 2
    assert per_day[newest.date() - 20 * DAY] == 1
    assert sum(1 for r in held if timedelta(weeks=20) < newest - r.read_at <= timedelta(weeks=30)) == 10
    assert newest - held[0].read_at < timedelta(weeks=81)


def test_the_densest_car_stays_within_its_share_of_the_item() -> None:
    every_quarter_hour = [
        Reading(read_at=START + timedelta(minutes=15 * n), odometer_m=n) for n in range(0, 90 * 7 * 96, 7)
    ]

    held = merge((), every_quarter_hour)

    assert len(pack(held)) <= 1_200


def test_a_late_reading_of_a_thin_time_is_kept() -> None:
    held = merge((), [a_reading(day=0, km=100), a_reading(day=100, km=4_000)])

    assert a_reading(day=50, km=2_000) in merge(held, [a_reading(day=50, km=2_000)])


def test_instants_are_floored_to_seconds_of_utc() -> None:
    shanghai = timezone(timedelta(hours=8))
    reading = Reading(read_at=datetime(2026, 1, 5, 12, 0, 0, 999_999, tzinfo=shanghai), odometer_m=1)

    (held,) = merge((), [reading])

    assert held.read_at == datetime(2026, 1, 5, 4, tzinfo=UTC)
    assert held.read_at.tzinfo is UTC


def test_packed_readings_sort_as_the_readings_do() -> None:
    held = merge((), [a_reading(km=5), a_reading(km=5, is_bare_date=True), a_reading(km=6), a_reading(day=1, km=1)])

    words = [pack([reading]) for reading in held]

    assert words == sorted(words)


@pytest.mark.parametrize("odometer_m", [-1, 2**31])
def test_an_odometer_that_does_not_fit_is_not_packed_into_something_else(odometer_m: int) -> None:
    with pytest.raises(ValueError, match="odometer_m"):
        pack([Reading(read_at=START, odometer_m=odometer_m)])
