"""Gaps: seen where a reading ends them, known by where they began, and never asked for beyond what is taken."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.evidence import merge
from ownerloop.domain.gaps import Arrival, Gap, gaps_opened, silence_of
from ownerloop.domain.vehicle import Vehicle
from tests.builders import DAY, START, a_reading, a_vehicle
from tests.policy_builders import an_intake_policy

POLICY = an_intake_policy()
HELD = merge((), [a_reading(day=day) for day in (-3, -2, 0)])


def came(day: float, *, received: float | None = None) -> Arrival:
    at = START + day * DAY
    return Arrival(read_at=at, received_at=at if received is None else START + received * DAY)


def spans(gaps: list[Gap]) -> list[tuple[float, float]]:
    return [((gap.asked_from - START) / DAY, (gap.until - START) / DAY) for gap in gaps]


def opened(*days: float, was_delivered: bool = False) -> list[tuple[float, float]]:
    return spans(gaps_opened(HELD, [came(day) for day in days], policy=POLICY, was_delivered=was_delivered))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([1], []),
        ([6.9], []),
        ([7], [(0, 7)]),
        ([25], [(0, 25)]),
        ([40], [(10, 40)]),  # nothing older than 30 days is taken any more
        ([12, 9], [(0, 9)]),
        ([8, 20, 3], [(8, 20)]),
        ([-1], []),
        ([-20], []),  # a late reading ends no gap
    ],
)
def test_a_reading_ends_a_gap_of_a_week_or_more(days: list[float], expected: list[tuple[float, float]]) -> None:
    assert opened(*days) == expected


def test_a_first_reading_ends_no_gap() -> None:
    assert gaps_opened((), [came(0)], policy=POLICY, was_delivered=False) == []


def a_car_read_every(days: int) -> Vehicle:
    return a_vehicle(evidence=merge((), [a_reading(day=-days * back) for back in range(6)]))


@pytest.mark.parametrize(
    ("usual_days", "next_day", "is_gap"),
    [
        (1, 7, True),
        (7, 14, False),  # a source that tells once a week missed one week
        (7, 21, True),
        (30, 30, False),
        (30, 45, False),
        (30, 89, False),
        (30, 90, True),
    ],
)
def test_a_gap_is_much_longer_than_the_car_s_own_spacing(usual_days: int, next_day: int, is_gap: bool) -> None:
    held = a_car_read_every(usual_days).evidence

    found = gaps_opened(held, [came(next_day)], policy=POLICY, was_delivered=False)

    assert [gap.since for gap in found] == ([START] if is_gap else [])


def test_readings_of_one_drive_say_nothing_about_a_source_s_spacing() -> None:
    visits = [a_reading(day=day + minute / 1440) for day in (-90, -60, -30, 0) for minute in (0, 10, 20)]

    assert gaps_opened(merge((), visits), [came(30)], policy=POLICY, was_delivered=False) == []


def test_a_car_whose_spacing_nobody_knows_has_no_gap() -> None:
    two = merge((), [a_reading(day=-1), a_reading(day=0)])

    assert gaps_opened(two, [came(20)], policy=POLICY, was_delivered=False) == []


def test_a_late_batch_of_a_sparse_source_is_no_row_of_gaps() -> None:
    held = a_car_read_every(30).evidence

    assert gaps_opened(held, [came(30), came(60), came(90)], policy=POLICY, was_delivered=False) == []


@pytest.mark.parametrize(
    ("usual_days", "silent_days", "is_told"),
    [(1, 13, False), (1, 14, True), (1, 17, False), (30, 14, False), (30, 89, False), (30, 90, True), (30, 93, False)],
)
def test_silence_is_much_longer_than_the_car_s_own_spacing(usual_days: int, silent_days: int, is_told: bool) -> None:
    car = a_car_read_every(usual_days)

    told = silence_of(car, policy=POLICY, now=START + silent_days * DAY)

    assert (told is not None) == is_told


def test_what_was_delivered_before_names_the_same_gap_again() -> None:
    first = gaps_opened(HELD, [came(9)], policy=POLICY, was_delivered=False)
    merged = merge(HELD, [a_reading(day=9), a_reading(day=10)])

    again = gaps_opened(merged, [came(9)], policy=POLICY, was_delivered=True)

    assert again == first


def test_the_span_asked_for_counts_from_the_receipt_which_survives_a_redrive() -> None:
    late = Arrival(read_at=START + 35 * DAY, received_at=START + 40 * DAY)

    assert spans(gaps_opened(HELD, [late], policy=POLICY, was_delivered=False)) == [(10, 35)]


@given(days=st.lists(st.integers(-30, 60), min_size=1, max_size=8, unique=True))
def test_a_gap_never_holds_a_reading_that_came(days: list[int]) -> None:
    known: set[datetime] = {reading.read_at for reading in HELD} | {START + day * DAY for day in days}

    for gap in gaps_opened(HELD, [came(day) for day in days], policy=POLICY, was_delivered=False):
        assert not any(gap.since < instant < gap.until for instant in known)
        assert gap.until - gap.since >= timedelta(days=7)
        assert gap.asked_from >= gap.since
