"""What a silent message may still bring: less with every day, by how fast owners answered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.late_answers import late_shares, still_answered
from tests.lead_builders import lags_of

LAGS = lags_of(2, 4)
NONE = np.zeros(0, dtype=np.int64)


def test_without_evidence_an_owner_may_answer_until_the_day_of_the_visit() -> None:
    assert late_shares(NONE, lags=LAGS, strength=10).tolist() == pytest.approx([1, 1, 0.5, 0.5, 0])


def test_where_owners_answer_at_once_silence_is_a_refusal() -> None:
    late = late_shares(np.zeros(990, dtype=np.int64), lags=LAGS, strength=10)

    found = still_answered(np.array([0.4, 0.4]), np.array([0, 1]), late=late, lags=LAGS)

    assert late[0] == pytest.approx(0.01)
    assert found.max() < 0.01


def test_an_owner_who_answers_on_the_day_itself_is_expected_in_full_until_then() -> None:
    late = late_shares(NONE, lags=LAGS, strength=10)

    found = still_answered(np.array([0.4, 0.4]), np.array([1, 2]), late=late, lags=LAGS)

    assert found[0] == pytest.approx(0.4)
    assert found[1] == pytest.approx(0.4 * 0.5 / (1 - 0.4 * 0.5) / 0.5)  # of four visits in ten, two were silent


@given(chance=st.floats(0, 1), age=st.integers(0, 30), delays=st.lists(st.integers(0, 9), max_size=20))
def test_what_is_left_to_come_is_a_chance(chance: float, age: int, delays: list[int]) -> None:
    late = late_shares(np.array(delays, dtype=np.int64), lags=LAGS, strength=5)
    left = 1 - np.cumsum(LAGS.shares_ppm) / 1e6

    (found,) = still_answered(np.array([chance]), np.array([age]), late=late, lags=LAGS)

    assert 0 <= found * left[min(age, left.size - 1)] <= 1 + 1e-9
