"""Complaints: the same story in any order, and the steps that follow from it alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_marks import MARKS_MAX, Mark, MarkKind, Taken, episodes, with_mark
from ownerloop.domain.complaints import (
    assigned,
    assigned_to,
    called_back,
    check_person,
    closed,
    current,
    level_of,
    next_look,
    opened,
    pending,
    taken,
    type_of,
)
from ownerloop.domain.errors import MalformedEventError
from tests.complaint_builders import EVE, HOUR, PERSON, a_complaint, a_telling, complaint_rules

RULES = complaint_rules()
FAR = EVE + timedelta(days=60)
marks = st.builds(
    Mark,
    at=st.integers(0, 12).map(lambda hours: EVE + hours * HOUR),
    kind=st.sampled_from(list(MarkKind)),
    told_at=st.integers(0, 12).map(lambda hours: EVE + hours * HOUR),
    word=st.sampled_from(["", "chen"]),
)


def levels(case: Case, *, now: datetime = FAR) -> list[int]:
    return [one.level for one in pending(case, rules=RULES, now=now)]


def folded(told: list[Mark]) -> tuple[Mark, ...]:
    held: tuple[Mark, ...] = ()
    for mark in told:
        held = with_mark(held, mark)
    return held


@given(told=st.lists(marks, max_size=12), shuffled=st.randoms(use_true_random=False))
def test_a_complaint_does_not_care_in_which_order_it_is_told(told: list[Mark], shuffled: object) -> None:
    again = [*told, *told[:3]]
    shuffled.shuffle(again)  # type: ignore[attr-defined]  # hypothesis's own random

    assert folded(again) == folded(told)


def test_the_newest_marks_are_kept_in_any_order() -> None:
    told = [Mark(EVE + n * HOUR, MarkKind.OPENED, told_at=EVE) for n in range(MARKS_MAX + 5)]

    assert folded(told) == folded(told[::-1]) == tuple(told[5:])


@given(told=st.lists(marks, max_size=14))
def test_episodes_follow_each_other_and_only_the_last_is_open(told: list[Mark]) -> None:
    story = episodes(folded(told))

    assert all(a.ended_at is not None and a.ended_at <= b.opened_at for a, b in pairwise(story))
    assert all(one.ended_at is None or one.opened_at <= one.ended_at for one in story)


@given(told=st.lists(marks, max_size=14))
def test_a_case_is_open_exactly_while_an_episode_is(told: list[Mark]) -> None:
    case = Case("k_1", PERSON, version=1)
    for mark in told:
        tell = a_telling(mark.at)
        match mark.kind:
            case MarkKind.OPENED:
                case = opened(case, tell, topic="noise")
            case MarkKind.CLOSED:
                case = closed(case, tell)
            case _:
                case = assigned(case, tell, staff_userid="chen")

    assert case.is_open == (current(case) is not None)


def test_a_complaint_that_nobody_touches_reaches_every_level_in_order() -> None:
    fresh = pending(a_complaint(), rules=RULES, now=FAR)

    assert [one.level for one in fresh] == [1, 2, 3]
    assert [one.due_at.astimezone(UTC) for one in fresh] == [
        EVE + 24 * HOUR,  # 4 working hours would end after the holidays: the level above pulls it forward
        EVE + 24 * HOUR,
        datetime(2026, 10, 10, 10, tzinfo=UTC),  # 8, 9 and Saturday the 10th, which is worked
    ]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(23, [3]), (24, [3]), (25, [1, 2, 3])],
)
def test_what_happens_by_the_instant_of_a_step_stops_it(hours: int, expected: list[int]) -> None:
    at = a_telling(EVE + hours * HOUR)

    assert levels(called_back(assigned(a_complaint(), at, staff_userid="chen"), at)) == expected


def test_a_closing_stops_what_was_not_due_before_it() -> None:
    assert levels(closed(a_complaint(), a_telling(EVE + 20 * HOUR))) == []
    assert levels(closed(a_complaint(), a_telling(EVE + 30 * HOUR))) == [1, 2]


def test_a_complaint_that_was_over_before_we_heard_of_it_has_no_steps() -> None:
    imported = a_complaint(at=EVE - timedelta(days=400), told_at=EVE)

    assert levels(imported) == [1, 2, 3]
    assert levels(closed(imported, a_telling(EVE - timedelta(days=380), told_at=EVE))) == []


def test_a_reopened_complaint_starts_its_clocks_anew() -> None:
    case = closed(a_complaint(), a_telling(EVE + 30 * HOUR))
    again = opened(case, a_telling(EVE + 40 * HOUR), topic="noise")
    done = taken(again, pending(again, rules=RULES, now=EVE + 41 * HOUR), now=EVE + 41 * HOUR)

    fresh = pending(done, rules=RULES, now=FAR)

    assert [one.level for one in done.taken] == [1, 2]
    assert [(one.opened_at, one.level) for one in fresh] == [(EVE + 40 * HOUR, level) for level in (1, 2, 3)]
    episode = current(done)
    assert episode is not None
    assert level_of(done, episode) == 0


def test_a_complaint_told_again_while_it_is_open_does_not_start_anew() -> None:
    again = opened(a_complaint(), a_telling(EVE + 20 * HOUR), topic="noise")

    assert pending(again, rules=RULES, now=FAR) == pending(a_complaint(), rules=RULES, now=FAR)


def test_a_former_assignment_does_not_count_after_reopening() -> None:
    case = assigned(a_complaint(), a_telling(EVE + HOUR), staff_userid="chen")
    case = opened(closed(case, a_telling(EVE + 2 * HOUR)), a_telling(EVE + 3 * HOUR), topic="noise")

    episode = current(case)

    assert episode is not None
    assert assigned_to(episode) is None
    assert levels(case) == [1, 2, 3]


def test_the_newest_word_of_an_assignment_and_of_a_type_counts() -> None:
    case = assigned(a_complaint(), a_telling(EVE + 2 * HOUR), staff_userid="wu")
    case = assigned(case, a_telling(EVE + HOUR), staff_userid="chen")
    case = opened(case, a_telling(EVE - HOUR), topic="noise", complaint_type="price", evidence=["b", "a"])

    episode = current(case)

    assert episode is not None
    assert (assigned_to(episode), type_of(case), case.evidence) == ("wu", "price", ("a", "b"))


def test_the_next_look_is_at_the_next_step_that_nothing_stops() -> None:
    case = called_back(a_complaint(), a_telling(EVE + HOUR))
    done = replace(case, taken=tuple(pending(case, rules=RULES, now=EVE + 25 * HOUR)))

    assert next_look(case, rules=RULES, now=EVE + HOUR) == EVE + 24 * HOUR
    assert [one.level for one in done.taken] == [1]
    assert next_look(done, rules=RULES, now=EVE + 25 * HOUR) == datetime(2026, 10, 10, 10, tzinfo=UTC)
    assert next_look(done, rules=RULES, now=FAR) is None


def test_a_case_of_somebody_else_is_not_to_be_had_by_its_key() -> None:
    with pytest.raises(MalformedEventError) as refused:
        check_person(a_complaint(), person_id="p_2")

    assert refused.value.reason == "foreign_case"
    check_person(Case("k_1", ""), person_id="p_2")


@given(
    told=st.lists(marks, max_size=10),
    looks=st.lists(st.integers(0, 24 * 20), min_size=1, max_size=12),
)
def test_any_cadence_of_looks_takes_the_same_levels(told: list[Mark], looks: list[int]) -> None:
    case = replace(a_complaint(at=EVE - HOUR), marks=folded(told))
    at_once = [(one.opened_at, one.level, one.due_at) for one in pending(case, rules=RULES, now=FAR)]

    for hours in [*sorted(looks), 24 * 60]:
        now = EVE + hours * HOUR
        case = taken(case, pending(case, rules=RULES, now=now), now=now)

    found = [(one.opened_at, one.level, one.due_at) for one in case.taken]
    assert sorted(found) == at_once
    assert len(set(found)) == len(found)
    for opening in {one.opened_at for one in case.taken}:
        mine = [one.level for one in case.taken if one.opened_at == opening]
        assert mine == sorted(mine)


def test_levels_taken_are_told_apart_by_their_opening() -> None:
    one = Taken(EVE, 1, due_at=EVE, taken_at=EVE)

    assert level_of(replace(a_complaint(), taken=(one,)), episodes(a_complaint().marks)[0]) == 1
