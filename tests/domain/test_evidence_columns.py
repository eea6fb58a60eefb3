"""Many cars' evidence merged at once: for each car what merging it alone gives."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.evidence import merge, merge_words, word_of
from ownerloop.domain.evidence_columns import merge_columns
from ownerloop.domain.vehicle import Reading
from tests.builders import START, a_reading
from tests.domain.test_evidence import some_readings

# Mostly as they come: each later than the one before, by minutes, hours, days or months.
in_order = st.lists(st.sampled_from((60, 3_600, 40_000, 86_400, 86_400 * 5, 86_400 * 50)), max_size=30).map(
    lambda steps: [Reading(START.fromtimestamp(at, START.tzinfo), at % 97) for at in accumulate(steps, initial=0)]
)


def words_of(readings: list[Reading] | tuple[Reading, ...]) -> list[int]:
    return [word_of(one.read_at, one.odometer_m, is_bare_date=one.is_bare_date) for one in readings]


@given(st.lists(st.tuples(in_order | some_readings, in_order | some_readings), max_size=6))
def test_cars_merged_together_are_what_each_is_alone(cars: list[tuple[list[Reading], list[Reading]]]) -> None:
    held = [merge((), its) for its, _ in cars]
    new = [its for _, its in cars]

    assert merge_columns(held, [words_of(its) for its in new]) == [merge(*pair) for pair in zip(held, new, strict=True)]


@given(in_order, st.integers(0, 30))
def test_readings_that_come_in_order_are_kept_as_in_any_order(readings: list[Reading], cut: int) -> None:
    held = merge((), readings[:cut])

    assert merge_columns([held], [words_of(readings[cut:])]) == [merge((), readings)]


def test_a_car_without_new_readings_keeps_the_very_evidence_that_it_has() -> None:
    held, other = merge((), [a_reading(day=1)]), merge((), [a_reading(day=2)])

    first, second = merge_columns([held, other], [[], words_of([a_reading(day=9)])])

    assert first is held
    assert second == merge_words(other, words_of([a_reading(day=9)]))


def test_readings_that_were_never_merged_are_merged_whole() -> None:
    loose = (a_reading(day=3), a_reading(day=1))

    assert merge_columns([loose], [words_of([a_reading(day=2)])]) == [merge(loose, [a_reading(day=2)])]


def test_no_cars_are_no_evidence() -> None:
    assert merge_columns([], []) == []
