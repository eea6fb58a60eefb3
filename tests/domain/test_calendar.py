"""Civil days, quiet hours and months on real clocks, those without a midnight or a whole day among them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.calendar import QuietHours, add_months, civil_day, end_of_day, start_of_day, zone_of

QUIET = QuietHours(starts_at=time(21), ends_at=time(8))
ZONES = ["Asia/Shanghai", "Asia/Urumqi", "Africa/Cairo", "Pacific/Apia", "Europe/Berlin", "Australia/Lord_Howe"]
SECOND, MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)


def test_a_zone_that_does_not_exist_gives_way_to_the_next_and_at_last_to_shanghai() -> None:
    assert zone_of("Mars/Olympus", "Asia/Urumqi").key == "Asia/Urumqi"
    assert zone_of(None, "", "../etc/passwd", "Mars/Olympus").key == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 2), "Asia/Shanghai", 24),
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2024, 4, 26), "Africa/Cairo", 23),  # the clock went from 00:00 to 01:00
        (date(2011, 12, 30), "Pacific/Apia", 0),  # the day that never was
        (date(2026, 10, 4), "Australia/Lord_Howe", 23.5),
    ],
)
def test_a_day_has_as_many_hours_as_its_clock_shows(day: date, zone: str, hours: float) -> None:
    clock = ZoneInfo(zone)

    assert end_of_day(day, clock) - start_of_day(day, clock) == timedelta(hours=hours)


def test_a_day_without_a_midnight_starts_at_its_first_instant() -> None:
    cairo = ZoneInfo("Africa/Cairo")

    assert start_of_day(date(2024, 4, 26), cairo) == datetime(2024, 4, 25, 22, tzinfo=UTC)
    assert start_of_day(date(2024, 4, 26), cairo).astimezone(cairo).hour == 1


def test_a_skipped_day_starts_where_the_next_one_does() -> None:
    apia = ZoneInfo("Pacific/Apia")

    assert start_of_day(date(2011, 12, 30), apia) == start_of_day(date(2011, 12, 31), apia)


@given(
    day=st.dates(date(2000, 1, 1), date(2035, 12, 31)),
    zone=st.sampled_from(ZONES),
)
def test_the_start_of_a_day_parts_it_from_the_day_before(day: date, zone: str) -> None:
    clock = ZoneInfo(zone)
    starts_at = start_of_day(day, clock)

    assert civil_day(starts_at, clock) >= day
    assert civil_day(starts_at - SECOND, clock) < day


@given(
    seconds=st.integers(0, 20 * 366 * 86_400),
    zone=st.sampled_from(ZONES),
    starts=st.times(),
    ends=st.times(),
)
def test_quiet_hours_end_and_start_where_the_owners_clock_says(
    seconds: int, zone: str, starts: time, ends: time
) -> None:
    instant = datetime(2010, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    clock = ZoneInfo(zone)
    quiet = QuietHours(starts, ends)
    opens_at, closes_at = quiet.next_end(instant, clock), quiet.next_start(instant, clock)

    assert instant <= opens_at <= instant + timedelta(days=2)
    assert instant <= closes_at <= instant + timedelta(days=2)
    if quiet.covers(instant, clock):
        assert closes_at == instant
        assert not quiet.covers(opens_at, clock)
        assert quiet.covers(opens_at - MICROSECOND, clock)
    else:
        assert opens_at == instant
        assert starts == ends or quiet.covers(closes_at, clock)
        assert starts == ends or not quiet.covers(max(instant, closes_at - MICROSECOND), clock)


@pytest.mark.parametrize(
    ("instant", "zone", "ends_at"),
    [
        ("2026-03-02T14:00+00:00", "Asia/Shanghai", "2026-03-03T00:00+00:00"),
        ("2026-03-02T16:00+00:00", "Asia/Urumqi", "2026-03-03T02:00+00:00"),
        ("2024-04-25T20:00+00:00", "Africa/Cairo", "2024-04-26T05:00+00:00"),  # 22:00 to 08:00 took nine hours
        ("2011-12-30T08:00+00:00", "Pacific/Apia", "2011-12-30T18:00+00:00"),  # the 29th's night ended on the 31st
        ("2026-03-28T21:00+00:00", "Europe/Berlin", "2026-03-29T06:00+00:00"),
        ("2026-10-24T20:00+00:00", "Europe/Berlin", "2026-10-25T07:00+00:00"),
    ],
)
def test_quiet_hours_end_at_eight_on_the_owners_clock_whatever_the_night(instant: str, zone: str, ends_at: str) -> None:
    clock = ZoneInfo(zone)

    opens_at = QUIET.next_end(datetime.fromisoformat(instant), clock)

    assert opens_at == datetime.fromisoformat(ends_at)
    assert opens_at.astimezone(clock).time() == time(8)


def test_quiet_hours_of_no_length_cover_nothing() -> None:
    none = QuietHours(time(0), time(0))
    instant = datetime(2026, 3, 2, tzinfo=UTC)

    assert not none.covers(instant, ZoneInfo("Asia/Shanghai"))
    assert none.next_start(instant, ZoneInfo("Asia/Shanghai")) == instant + timedelta(days=2)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 1, 31), 0, date(2025, 1, 31)),
        (date(2025, 11, 30), 24, date(2027, 11, 30)),
    ],
)
def test_months_are_added_to_the_same_day_or_the_months_last(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
