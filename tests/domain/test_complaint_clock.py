"""The clocks of a complaint, over nights, weekends, holidays and make-up days."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.calendars import workdays
from ownerloop.domain.complaint_clock import (
    WorkingCalendar,
    calendar_of,
    callback_due,
    steps,
)
from ownerloop.domain.workdays import Workdays
from tests.complaint_builders import a_clock_policy

SHANGHAI = ZoneInfo("Asia/Shanghai")
POLICY = a_clock_policy()


def at(day: int, hour: int, minute: int = 0, *, month: int = 10) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=SHANGHAI)


def a_calendar() -> WorkingCalendar:
    return calendar_of(POLICY, workdays=workdays("CN"), zone=SHANGHAI)


def test_four_working_hours_run_on_the_next_morning() -> None:
    assert a_calendar().after_hours(at(15, 16), 4) == at(16, 11)


def test_a_complaint_at_night_starts_its_working_hours_in_the_morning() -> None:
    assert a_calendar().after_hours(at(15, 23), 4) == at(16, 13)


def test_working_hours_stand_still_over_national_day_and_run_on_a_make_up_saturday() -> None:
    eve = at(30, 17, month=9)

    assert a_calendar().after_hours(eve, 2) == at(9, 10)
    assert a_calendar().after_hours(at(10, 17), 2) == at(11, 10)  # Saturday 11 October 2025 is worked


def test_three_working_days_from_the_eve_of_national_day_end_after_the_holiday() -> None:
    assert a_calendar().after_days(at(30, 17, month=9), 3) == at(11, 18)


def test_an_owner_is_called_back_within_a_day_holiday_or_not() -> None:
    assert callback_due(at(1, 10), policy=POLICY) == at(2, 10)


def test_a_holiday_keeps_nobody_from_hearing_that_the_owner_was_not_called_back() -> None:
    levels = steps(at(1, 10), policy=POLICY, calendar=a_calendar())

    assert [(step.level, step.due_at) for step in levels] == [(1, at(2, 10)), (2, at(2, 10)), (3, at(11, 18))]


@given(st.integers(0, 20_000), st.integers(0, 60))
def test_a_later_complaint_never_falls_due_earlier(hour: int, later_hours: int) -> None:
    calendar = a_calendar()
    opened_at = datetime(2024, 1, 1, tzinfo=SHANGHAI) + timedelta(hours=hour)

    first = steps(opened_at, policy=POLICY, calendar=calendar)
    second = steps(opened_at + timedelta(hours=later_hours), policy=POLICY, calendar=calendar)

    assert all(one.due_at <= other.due_at for one, other in zip(first, second, strict=True))
    assert opened_at <= first[0].due_at <= first[1].due_at <= first[2].due_at


def test_a_calendar_without_working_hours_says_so() -> None:
    idle = WorkingCalendar(Workdays(), SHANGHAI, time(9), time(9))

    with pytest.raises(ValueError, match="empty"):
        idle.after_hours(at(15, 10), 1)
