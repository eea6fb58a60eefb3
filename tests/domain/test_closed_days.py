"""What falls on a closed day goes to the open days beside it; prices and load follow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.day_prices import on_open_days, through_closed

OPEN = st.lists(st.booleans(), min_size=1, max_size=30).filter(any)


def test_a_sundays_visits_are_shared_by_saturday_and_monday() -> None:
    capacity = np.array([480.0, 480.0, 0.0, 480.0])

    assert on_open_days(np.array([1.0, 1.0, 2.0, 1.0]), capacity).tolist() == [1.0, 2.0, 0.0, 2.0]
    assert through_closed(np.array([0, 100, 30_000, 300]), capacity).tolist() == [0, 100, 200, 300]


def test_a_closed_end_has_one_open_side() -> None:
    capacity = np.array([0.0, 480.0, 0.0])

    assert on_open_days(np.array([1.0, 1.0, 1.0]), capacity).tolist() == [0.0, 3.0, 0.0]


def test_nobody_comes_where_nothing_is_open() -> None:
    assert on_open_days(np.ones(3), np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert through_closed(np.full(3, 7), np.zeros(3)).tolist() == [7, 7, 7]


@given(is_open=OPEN, data=st.data())
def test_no_visit_is_lost_and_none_falls_on_a_closed_day(is_open: list[bool], data: st.DataObject) -> None:
    visits = np.array([data.draw(st.floats(0, 50)) for _ in is_open])
    moved = on_open_days(visits, np.array(is_open, dtype=np.float64))

    assert moved.sum() == pytest.approx(visits.sum())
    assert not moved[~np.array(is_open)].any()
