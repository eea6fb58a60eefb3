"""Civil days for columns of instants, and months added to columns of days; a day is its ordinal (1 is 1 January 1)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

import numpy as np

from ownerloop.domain.rate import DAY_SECONDS, IntArray

NEVER = date.max.toordinal()
_FIRST_DAY = date(1970, 1, 1).toordinal()


def civil_days(seconds: IntArray, zones: Sequence[tzinfo]) -> IntArray:
    """Return the calendar day in its zone of each instant, which is seconds since 1970."""
    days = seconds // DAY_SECONDS
    if len({*zones}) == 1:
        return _days_of(seconds, days, zones[0])
    numbers = {zone: number for number, zone in enumerate(dict.fromkeys(zones))}
    in_zone = np.array([numbers[zone] for zone in zones], dtype=np.int64)
    found = np.empty_like(days)
    for zone, number in numbers.items():
        rows = np.flatnonzero(in_zone == number)
        found[rows] = _days_of(seconds[rows], days[rows], zone)
    return found


def months_later(days: IntArray, months: IntArray) -> IntArray:
    """Return the same days so many months later, each clamped to its month's last day; they broadcast."""
    plain = (days - _FIRST_DAY).astype("datetime64[D]")
    month = plain.astype("datetime64[M]")
    into = (plain - month.astype("datetime64[D]")).astype(np.int64)
    first = (month + months).astype("datetime64[D]")
    length = ((month + months + 1).astype("datetime64[D]") - first).astype(np.int64)
    later: IntArray = first.astype(np.int64) + np.minimum(into, length - 1) + _FIRST_DAY
    return later


def _days_of(seconds: IntArray, days: IntArray, zone: tzinfo) -> IntArray:
    """Return the days in one zone; only on a day on which its clocks change is each instant looked at alone."""
    listed = days.tolist()
    offsets = {day: _offset(zone, day) for day in {*listed}}
    found: IntArray = (seconds + np.array([offsets[day] for day in listed], dtype=np.int64)) // DAY_SECONDS + _FIRST_DAY
    changing = {day for day, offset in offsets.items() if _offset(zone, day + 1) != offset}
    for row in [row for row, day in enumerate(listed) if day in changing] if changing else ():
        found[row] = datetime.fromtimestamp(int(seconds[row]), zone).toordinal()
    return found


@lru_cache(maxsize=4_096)
def _offset(zone: tzinfo, day: int) -> int:
    """Return the zone's seconds ahead of UTC when the UTC day begins, which is days since 1970."""
    ahead = datetime.fromtimestamp(day * DAY_SECONDS, UTC).astimezone(zone).utcoffset()
    return 0 if ahead is None else ahead.days * DAY_SECONDS + ahead.seconds
