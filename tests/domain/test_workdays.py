"""Workdays of mainland China, and when a workshop is open."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.calendars import workdays
from ownerloop.domain.workdays import Opening, OpeningWeek, Workdays, opening_of

CHINA = workdays("CN")
WEEKDAYS = Opening(time(8, 30), time(17, 30))
SATURDAYS = Opening(time(9), time(16))
DAYS = st.dates(date(2014, 1, 1), date(2027, 12, 31))
# What the yearly notices of the State Council say: the days off as one run, and the weekend days worked for them.
SPRING_2025 = (date(2025, 1, 28), date(2025, 2, 4), [date(2025, 1, 26), date(2025, 2, 8)])
NATIONAL_2025 = (date(2025, 10, 1), date(2025, 10, 8), [date(2025, 9, 28), date(2025, 10, 11)])
SPRING_2026 = (date(2026, 2, 15), date(2026, 2, 23), [date(2026, 2, 14), date(2026, 2, 28)])
NATIONAL_2026 = (date(2026, 10, 1), date(2026, 10, 7), [date(2026, 9, 20), date(2026, 10, 10)])


def a_week(*, closed_on_holidays: bool = True, open_on_makeup_days: bool = True) -> OpeningWeek:
    return OpeningWeek((*[WEEKDAYS] * 5, SATURDAYS, None), closed_on_holidays, open_on_makeup_days)


@pytest.mark.parametrize(("first", "last", "makeup"), [SPRING_2025, NATIONAL_2025, SPRING_2026, NATIONAL_2026])
def test_the_festivals_are_the_days_that_the_notices_name(first: date, last: date, makeup: list[date]) -> None:
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]

    assert all(CHINA.is_holiday(day) and not CHINA.is_workday(day) for day in days)
    assert not CHINA.is_holiday(first - timedelta(days=1))
    assert not CHINA.is_holiday(last + timedelta(days=1))
    assert all(CHINA.is_workday(day) and CHINA.is_makeup(day) and not CHINA.is_holiday(day) for day in makeup)


def test_the_day_after_a_festival_counts_the_make_up_days_in_between() -> None:
    assert CHINA.add_workdays(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert CHINA.add_workdays(date(2025, 9, 26), 1) == date(2025, 9, 28)
    assert CHINA.add_workdays(date(2025, 10, 9), 3) == date(2025, 10, 13)
    assert CHINA.add_workdays(date(2025, 10, 9), -1) == date(2025, 9, 30)


def test_a_year_without_a_notice_says_so_and_keeps_the_days_of_the_law() -> None:
    assert CHINA.knows(date(2026, 12, 31))
    assert not CHINA.knows(date(2027, 10, 1))
    assert CHINA.is_holiday(date(2027, 10, 1))


def test_a_year_outside_the_file_has_weekends_only() -> None:
    assert not CHINA.knows(date(2031, 10, 1))
    assert CHINA.is_workday(date(2031, 10, 1))
    assert not CHINA.is_workday(date(2031, 10, 4))
    assert not CHINA.is_holiday(date(2031, 10, 4))


@given(day=DAYS, count=st.integers(-40, 40).filter(bool))
def test_so_many_workdays_later_lie_so_many_workdays(day: date, count: int) -> None:
    there = CHINA.add_workdays(day, count)
    between = [min(day, there) + timedelta(days=step) for step in range(abs((there - day).days) + 1)]

    assert CHINA.is_workday(there)
    assert sum(CHINA.is_workday(each) for each in between if each != day) == abs(count)


@given(day=DAYS)
def test_no_day_is_a_workday_and_a_holiday(day: date) -> None:
    assert not (CHINA.is_workday(day) and CHINA.is_holiday(day))


@pytest.mark.parametrize(
    ("day", "opening"),
    [
        (date(2026, 3, 2), WEEKDAYS),
        (date(2026, 3, 7), SATURDAYS),
        (date(2026, 3, 8), None),
        (date(2026, 10, 3), None),  # a Saturday within National Day
        (date(2026, 10, 10), SATURDAYS),  # worked by all, with the Saturday's own hours
        (date(2026, 9, 20), WEEKDAYS),  # a Sunday that is worked
    ],
)
def test_a_workshop_is_open_by_its_week_and_the_calendar(day: date, opening: Opening | None) -> None:
    assert opening_of(a_week(), CHINA, day) == opening


def test_a_workshop_may_ignore_holidays_and_make_up_days() -> None:
    week = a_week(closed_on_holidays=False, open_on_makeup_days=False)

    assert opening_of(week, CHINA, date(2026, 10, 1)) == WEEKDAYS
    assert opening_of(week, CHINA, date(2026, 9, 20)) is None
    assert opening_of(week, Workdays(), date(2026, 9, 20)) is None


def test_an_opening_is_counted_in_minutes() -> None:
    assert (WEEKDAYS.minutes, SATURDAYS.minutes) == (540, 420)
