"""Complaints and wishes: by event time, in whatever order they are told."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.cases import Case, case_key, with_case
from ownerloop.domain.complaints import Telling, closed, opened
from ownerloop.domain.owner import Owner, Subscribe, Unsubscribe, subscribed, unsubscribed
from tests.builders import DAY, START, an_owner

ANY_CASE = Case(case_key="k_1", person_id="p_1")
sides = st.lists(st.tuples(st.sampled_from(["open", "close"]), st.integers(0, 4)), max_size=6)
wishes = st.lists(
    st.tuples(
        st.sampled_from([Subscribe, Unsubscribe]),
        st.integers(0, 3),
        st.sampled_from(["wecom", "*"]),
        st.sampled_from(["maintenance", "tier_welcome", "*"]),
    ),
    max_size=7,
)


def on(day: int) -> Telling:
    return Telling(START + day * DAY, told_at=START + day * DAY, now=START + 9 * DAY)


def told(events: list[tuple[str, int]]) -> Case:
    case = ANY_CASE
    for side, day in events:
        case = opened(case, on(day), topic=f"t{day}") if side == "open" else closed(case, on(day))
    return case


def wished(events: list[tuple[type, int, str, str]]) -> Owner:
    owner = an_owner()
    for kind, day, channel, topic in events:
        wish = kind(START + day * DAY, channel, topic)
        owner = subscribed(owner, wish) if kind is Subscribe else unsubscribed(owner, wish)
    return owner


@given(events=sides, shuffled=st.randoms(use_true_random=False))
def test_a_case_does_not_care_in_which_order_it_is_told(events: list[tuple[str, int]], shuffled: object) -> None:
    again = [*events, *events[:2]]
    shuffled.shuffle(again)  # type: ignore[attr-defined]  # hypothesis's own random

    assert told(again) == told(events)


@pytest.mark.parametrize(
    ("events", "is_open"),
    [
        ([], False),
        ([("open", 1)], True),
        ([("close", 1)], False),
        ([("open", 1), ("close", 2)], False),
        ([("close", 2), ("open", 1)], False),
        ([("open", 3), ("close", 2), ("open", 1)], True),
        ([("open", 2), ("close", 2)], False),
    ],
)
def test_a_case_is_open_while_its_newest_side_is_the_opening(events: list[tuple[str, int]], is_open: bool) -> None:
    assert told(events).is_open is is_open


def test_an_owner_carries_exactly_the_open_cases() -> None:
    one, two = told([("open", 1)]), opened(Case("k_2", "p_1"), on(0), topic="noise")

    both = with_case(with_case(an_owner(), two), one)
    left = with_case(both, closed(two, on(1)))

    assert both.open_cases == ("k_1", "k_2")
    assert left.open_cases == ("k_1",)


def test_equal_case_numbers_of_two_persons_are_two_cases() -> None:
    assert case_key("p_1", "17") != case_key("p_2", "17")


@given(events=wishes, shuffled=st.randoms(use_true_random=False))
def test_wishes_do_not_care_in_which_order_they_are_told(
    events: list[tuple[type, int, str, str]], shuffled: object
) -> None:
    again = [*events, *events[:3]]
    shuffled.shuffle(again)  # type: ignore[attr-defined]  # hypothesis's own random

    assert wished(again) == wished(events)


def test_the_later_wish_wins_in_any_order_of_arrival() -> None:
    refused, welcome, last = (
        (Unsubscribe, 1, "wecom", "*"),
        (Subscribe, 2, "wecom", "maintenance"),
        (Unsubscribe, 3, "*", "*"),
    )

    for order in permutations([refused, welcome]):
        owner = wished(list(order))
        assert not owner.has_unsubscribed(channel="wecom", topic="maintenance")
        assert owner.has_unsubscribed(channel="wecom", topic="tier_welcome")
    assert wished([last, welcome]).has_unsubscribed(channel="wecom", topic="maintenance")


def test_of_two_wishes_of_one_instant_the_refusal_counts() -> None:
    owner = wished([(Unsubscribe, 1, "wecom", "maintenance"), (Subscribe, 1, "wecom", "maintenance")])

    assert owner.has_unsubscribed(channel="wecom", topic="maintenance")
