"""The odometer readings that a car keeps: a join, so that order, doubling and batching do not matter."""

import struct
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter

from ownerloop.domain.vehicle import Reading

_DENSE_WEEKS = 1  # this week and the one before keep two readings of a day: a day's drive shows in them
_DAILY_WEEKS = 6  # one reading a day as far back as half the rate's weight reaches (half-life 90 days)
_WEEKLY_WEEKS = 80  # one a week for as long as a yearly service needs; 28 + 35 + 74 readings at most
_DENSE_PER_DAY = 2
_HALF_WORD = 1 << 32
_order = attrgetter("read_at", "odometer_m", "is_bare_date")


def merge(held: tuple[Reading, ...], new: Iterable[Reading]) -> tuple[Reading, ...]:
    """Return the readings of both that are worth keeping, oldest first, in whole seconds of UTC.

    What is kept of a bucket are its highest by (read_at, odometer_m, is_bare_date). Buckets hang on the newest
    reading's week and only grow coarser as it moves on, so merging is idempotent, commutative and associative.
    """
    readings = sorted([*held, *map(_in_seconds, new)], key=_order)
    if not readings:
        return ()
    newest_week = _week(readings[-1].read_at.toordinal())
    kept: list[Reading] = []
    bucket, room = (0, 0), 0
    previous: Reading | None = None
    for reading in reversed(readings):
        if reading == previous:
            continue
        day = reading.read_at.toordinal()
        weeks_back = newest_week - _week(day)
        if weeks_back > _WEEKLY_WEEKS:
            break
        here = (1, day) if weeks_back <= _DAILY_WEEKS else (7, _week(day))
        if here != bucket:
            bucket, room = here, _DENSE_PER_DAY if weeks_back <= _DENSE_WEEKS else 1
        if room:
            kept.append(reading)
            room -= 1
        previous = reading
    return tuple(reversed(kept))


def pack(evidence: Iterable[Reading]) -> bytes:
    """Return eight bytes a reading: seconds since 1970, then metres and in the lowest bit the bare date, big-endian.

    As numbers these are in the order of the readings themselves. Takes 1970 to 2106 and less than 2,147,483 km.
    """
    words = [_word(reading) for reading in evidence]
    return struct.pack(f">{len(words)}Q", *words)


def unpack(packed: bytes) -> tuple[Reading, ...]:
    """Return the readings behind `pack`."""
    at = datetime.fromtimestamp
    return tuple(
        Reading(at(seconds, UTC), rest >> 1, bool(rest & 1)) for seconds, rest in struct.iter_unpack(">II", packed)
    )


def _in_seconds(reading: Reading) -> Reading:
    read_at = reading.read_at
    if read_at.tzinfo is UTC and not read_at.microsecond:
        return reading
    return replace(reading, read_at=read_at.astimezone(UTC).replace(microsecond=0))


def _word(reading: Reading) -> int:
    seconds = int(reading.read_at.timestamp())
    if not (0 <= reading.odometer_m < _HALF_WORD // 2 and 0 <= seconds < _HALF_WORD):
        raise ValueError(f"odometer_m {reading.odometer_m} at second {seconds} does not fit into eight bytes")
    return seconds << 32 | reading.odometer_m << 1 | reading.is_bare_date


def _week(ordinal: int) -> int:
    return (ordinal - 1) // 7  # 1 January of year 1 was a Monday, so these are ISO weeks
