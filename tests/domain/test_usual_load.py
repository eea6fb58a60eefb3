"""What a day usually takes beside reminders: the shape of a week, at the level of the newest weeks."""

import numpy as np
import pytest

from ownerloop.domain.rate import BoolArray, FloatArray
from ownerloop.domain.usual_load import expected_load

WEEKDAYS = np.arange(-56, 7) % 7


def expected(past: FloatArray, *, is_open: BoolArray | None = None) -> list[float]:
    found = expected_load(
        np.zeros(7),
        np.zeros(7),
        past=past,
        is_open=np.ones(56, dtype=np.bool_) if is_open is None else is_open,
        weekdays=(WEEKDAYS[56:], WEEKDAYS[:56]),
    )
    return [float(minutes) for minutes in found]


def test_a_week_keeps_its_shape_and_takes_the_level_of_the_newest_weeks() -> None:
    shape = np.array([60.0, 120.0, 120.0, 120.0, 120.0, 240.0, 60.0])
    rising = np.repeat([1.0, 1.0, 1.0, 1.0, 1.0, 1.5, 1.5, 1.5], 7) * shape[WEEKDAYS[:56]]

    assert expected(rising) == pytest.approx((1.5 * shape[WEEKDAYS[56:]]).tolist())


def test_closed_weeks_say_nothing_of_the_level() -> None:
    worked = np.full(56, 100.0)
    was_shut = np.where(np.arange(56) >= 42, 0.0, worked)

    assert expected(was_shut, is_open=was_shut > 0) == pytest.approx([100.0] * 7)
    assert expected(np.zeros(56), is_open=np.zeros(56, dtype=np.bool_)) == [0.0] * 7
