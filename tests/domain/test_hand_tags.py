"""Tags by hand: the newest word of staff rules, in whatever order it was told, until its last day."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.facts import FactKind
from ownerloop.domain.hand_tags import put_by_hand
from ownerloop.domain.portrait import Tag, TagSource
from tests.interaction_builders import a_message
from tests.messages import body
from tests.owner_builders import DAY, a_fact

ADDED, REMOVED = FactKind.TAG_ADDED, FactKind.TAG_REMOVED


def test_a_tag_counts_from_the_day_staff_put_it_on_up_to_its_last_day() -> None:
    said = a_fact(ADDED, detail=f"golf_club/{DAY}", days_ago=3)

    (tag,) = put_by_hand([said], held=(), as_of=DAY)

    assert tag == Tag("golf_club", TagSource.HAND, said.on, DAY + timedelta(days=1), f"staff:{said.reference}")
    assert put_by_hand([said], held=(), as_of=DAY + timedelta(days=1)) == []


def test_a_tag_without_a_last_day_stays_until_staff_take_it_off() -> None:
    put_on, taken_off = a_fact(ADDED, detail="golf_club", days_ago=3), a_fact(REMOVED, detail="golf_club", number=1)
    (held,) = put_by_hand([put_on], held=(), as_of=DAY)

    assert put_by_hand([], held=[held], as_of=DAY + timedelta(days=4_000)) == [held]
    assert put_by_hand([taken_off], held=[held], as_of=DAY) == []


sayings = st.tuples(st.sampled_from([ADDED, REMOVED]), st.sampled_from(["a", "b", f"a/{DAY}"]), st.integers(0, 3))


@given(told=st.lists(sayings, max_size=6), chance=st.randoms(use_true_random=False))
def test_in_whatever_order_and_how_often_staff_are_heard_the_tags_are_the_same(told: Any, chance: Random) -> None:
    facts = [
        a_fact(kind, detail=word if kind is ADDED else word[0], days_ago=days, number=place)
        for place, (kind, word, days) in enumerate(told)
    ]
    shuffled = [*facts, *facts[:2]]
    chance.shuffle(shuffled)
    some = chance.randint(0, len(shuffled))

    at_once = put_by_hand(facts, held=(), as_of=DAY)
    before = put_by_hand(shuffled[:some], held=(), as_of=DAY)

    assert put_by_hand(shuffled, held=before, as_of=DAY) == at_once


def test_a_tag_comes_in_with_its_last_day_and_who_said_it_only_as_a_digest() -> None:
    touch: Any = parse_interaction(body(a_message(ADDED, tag="golf_club", until="2026-12-31"))).to_domain()

    assert (touch.kind, touch.detail, touch.about) == (ADDED, "golf_club/2026-12-31", "chen.wei")


def test_a_tag_hides_no_number_by_which_somebody_is_called() -> None:
    with pytest.raises(MalformedEventError) as refused:
        parse_interaction(body(a_message(ADDED, tag="p13800138000")))

    assert refused.value.field == "data.tag"
