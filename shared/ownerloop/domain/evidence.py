"""The odometer readings that a car keeps: a join, so that order, doubling and batching do not matter."""

import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import overload

from ownerloop.domain.changing import maker_of
from ownerloop.domain.vehicle import Reading

DENSE_WEEKS = 1  # this week and the one before keep two readings of a day: a day's drive shows in them
DAILY_WEEKS = 6  # one reading a day as far back as half the rate's weight reaches (half-life 90 days)
WEEKLY_WEEKS = 76  # one a week for as long as a yearly service needs; 28 + 35 + 70 readings at most
DENSE_PER_DAY = 2
_HALF_WORD = 1 << 32
_READING = struct.Struct(">II")
_WIDTH = _READING.size
DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
TO_MONDAY = 3 * DAY_SECONDS  # 1 January 1970 was a Thursday, and weeks begin on Mondays (ISO 8601)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = _EPOCH.toordinal()
_reading = maker_of(Reading)


class Evidence(Sequence[Reading]):
    """Readings oldest first, as they are stored: eight bytes each. One is built only when somebody looks at it.

    Equal to any tuple of the same readings.
    """

    __slots__ = ("packed",)

    def __init__(self, packed: bytes = b"") -> None:
        self.packed = packed

    def __len__(self) -> int:
        return len(self.packed) // _WIDTH

    def __iter__(self) -> Iterator[Reading]:
        at = datetime.fromtimestamp
        for seconds, rest in _READING.iter_unpack(self.packed):
            yield _reading(at(seconds, UTC), rest >> 1, bool(rest & 1))

    @overload
    def __getitem__(self, place: int) -> Reading: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Reading, ...]: ...
    def __getitem__(self, place: int | slice) -> Reading | tuple[Reading, ...]:
        if isinstance(place, slice):
            return tuple(self)[place]
        start = range(0, len(self.packed), _WIDTH)[place]
        seconds, rest = _READING.unpack_from(self.packed, start)
        return _reading(datetime.fromtimestamp(seconds, UTC), rest >> 1, bool(rest & 1))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Evidence):
            return self.packed == other.packed
        return isinstance(other, tuple) and tuple(self) == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def merge(held: Sequence[Reading], new: Iterable[Reading]) -> Evidence:
    """Return the readings of both that are worth keeping, oldest first, in whole seconds of UTC.

    What is kept of a bucket are its highest by (read_at, odometer_m, is_bare_date). Buckets hang on the newest
    reading's week and only grow coarser as it moves on, so merging is idempotent, commutative and associative.
    """
    return merge_words(held, map(_word, new))


def merge_words(held: Sequence[Reading], words: Iterable[int]) -> Evidence:
    """Return the same as `merge` for readings told as `word_of` tells them."""
    if not isinstance(held, Evidence):
        return Evidence(_joined(_thinned({*map(_word, held), *words})))
    merged = held
    for word in words:
        merged = _with_one(merged, word)
    return merged


def instants(held: Sequence[Reading]) -> list[datetime]:
    """Return when the readings were read, oldest first."""
    if not isinstance(held, Evidence):
        return [reading.read_at for reading in held]
    at = datetime.fromtimestamp
    return [at(seconds, UTC) for seconds, _ in _READING.iter_unpack(held.packed)]


def newest_second(held: Sequence[Reading]) -> int | None:
    """Return when the newest reading was read, in whole seconds since 1970, or None without one."""
    if not isinstance(held, Evidence):
        return int(held[-1].read_at.timestamp()) if held else None
    return int.from_bytes(held.packed[-_WIDTH : -_WIDTH // 2]) if held.packed else None


def days_read(held: Sequence[Reading], *, newest: int | None = None) -> list[int]:
    """Return the days (UTC, as ordinals) of the readings, or of the newest few of them, oldest first."""
    first = 0 if newest is None else max(0, len(held) - newest)
    if not isinstance(held, Evidence):
        return [reading.read_at.toordinal() for reading in held[first:]]
    return [seconds // DAY_SECONDS + _FIRST_DAY for seconds, _ in _READING.iter_unpack(held.packed[first * _WIDTH :])]


def word_of(read_at: datetime, odometer_m: int, *, is_bare_date: bool) -> int:
    """Return the eight bytes of a reading, as `pack` writes them, as one number; ValueError where it does not fit."""
    since = read_at - _EPOCH
    seconds = since.days * DAY_SECONDS + since.seconds
    if not (0 <= odometer_m < _HALF_WORD // 2 and 0 <= seconds < _HALF_WORD):
        raise ValueError(f"odometer_m {odometer_m} at second {seconds} does not fit into eight bytes")
    return seconds << 32 | odometer_m << 1 | is_bare_date


def pack(evidence: Iterable[Reading]) -> bytes:
    """Return eight bytes a reading: seconds since 1970, then metres and in the lowest bit the bare date, big-endian.

    As numbers these are in the order of the readings themselves. Takes 1970 to 2106 and less than 2,147,483 km.
    """
    if isinstance(evidence, Evidence):
        return evidence.packed
    return _joined([_word(reading) for reading in evidence])


def unpack(packed: bytes) -> Evidence:
    """Return the readings behind `pack`, which are taken to be what `merge` once kept."""
    return Evidence(packed)


def _with_one(held: Evidence, word: int) -> Evidence:
    """Return what is kept with one reading more: a newer week makes older buckets coarser, else one bucket changes."""
    packed = held.packed
    if not packed:
        return Evidence(_joined([word]))
    seconds = word >> 32
    week, newest_week = _week(seconds), _week(int.from_bytes(packed[-_WIDTH : -_WIDTH // 2]))
    if week > newest_week:
        return Evidence(_aged(packed, newest_week, week) + word.to_bytes(_WIDTH))
    weeks_back = newest_week - week
    if weeks_back > WEEKLY_WEEKS:
        return held
    if weeks_back <= DAILY_WEEKS:
        opens, closes = seconds - seconds % DAY_SECONDS, seconds - seconds % DAY_SECONDS + DAY_SECONDS
    else:
        opens, closes = _monday(week), _monday(week + 1)
    words = _words(packed)
    start, end = bisect_left(words, opens << 32), bisect_left(words, closes << 32)
    bucket = sorted({word, *words[start:end]})
    room = DENSE_PER_DAY if weeks_back <= DENSE_WEEKS else 1
    return Evidence(packed[: start * _WIDTH] + _joined(bucket[-room:]) + packed[end * _WIDTH :])


def _aged(packed: bytes, newest_week: int, week: int) -> bytes:
    """Return what is left of kept readings once the newest is of a later week; weekly ones stay or fall out."""
    words = _words(packed)
    weekly_until = bisect_left(words, _monday(newest_week - DAILY_WEEKS) << 32)
    oldest_kept = bisect_left(words, _monday(week - WEEKLY_WEEKS) << 32)
    return _joined((*words[oldest_kept:weekly_until], *_thinned(words[weekly_until:], newest_week=week)))


def _thinned(words: Iterable[int], *, newest_week: int | None = None) -> list[int]:
    """Return the words that are kept, oldest first; the newest of them tells the newest week unless it is given."""
    ordered = sorted(words, reverse=True)
    kept: list[int] = []
    bucket, room = (0, 0), 0
    for word in ordered:
        seconds = word >> 32
        week = _week(seconds)
        newest_week = week if newest_week is None else newest_week
        weeks_back = newest_week - week
        if weeks_back > WEEKLY_WEEKS:
            break
        here = (1, seconds // DAY_SECONDS) if weeks_back <= DAILY_WEEKS else (7, week)
        if here != bucket:
            bucket, room = here, DENSE_PER_DAY if weeks_back <= DENSE_WEEKS else 1
        if room:
            kept.append(word)
            room -= 1
    kept.reverse()
    return kept


def _joined(words: Sequence[int]) -> bytes:
    return struct.pack(f">{len(words)}Q", *words)


def _words(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(packed) // _WIDTH}Q", packed)


def _word(reading: Reading) -> int:
    return word_of(reading.read_at, reading.odometer_m, is_bare_date=reading.is_bare_date)


def _week(seconds: int) -> int:
    return (seconds + TO_MONDAY) // WEEK_SECONDS


def _monday(week: int) -> int:
    return week * WEEK_SECONDS - TO_MONDAY
