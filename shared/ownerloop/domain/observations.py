"""What a car says beside its odometer: a join of few readings, so that order, doubling and batching do not matter."""

import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from ownerloop.domain.consent import ConsentHead, DataClass, Purpose

WEEKS_MAX = 3  # of one signal: how it came to be what it is
KEPT_MAX = 20  # of all; more than every signal once, and at most 7 bytes each, so that the item stays below 2 KB
CODES = "dtc"  # how many fault codes a report named; each of them is a signal of its own
WHEELS = ("fl", "fr", "rl", "rr")
_CODE_PREFIX = "dtc:"

# Signal -> (class of consent, bytes of its value). A place in this order is what items hold: only ever append.
_SIGNALS: dict[str, tuple[DataClass, int]] = {
    **{f"tyre_pressure_{wheel}_kpa": (DataClass.TYRES, 2) for wheel in WHEELS},
    **{f"pad_wear_{wheel}_percent": (DataClass.DIAGNOSTICS, 1) for wheel in WHEELS},
    "state_of_health_percent": (DataClass.BATTERY, 1),
    "low_voltage_mv": (DataClass.BATTERY, 3),
    "oil_life_s": (DataClass.SERVICE, 4),
    "service_distance_m": (DataClass.SERVICE, 4),
    "service_time_s": (DataClass.SERVICE, 4),
    CODES: (DataClass.DIAGNOSTICS, 1),
}
SIGNALS = tuple(_SIGNALS)
_PLACES = {signal: place for place, signal in enumerate(SIGNALS)}
_CODE_PLACE = 15  # of four bits; what is no signal of the list is a fault code
_FIRST_WEEK = datetime(2000, 1, 3, tzinfo=UTC)  # a Monday; no car of the programme reports from before
_WEEK, _SECOND = timedelta(weeks=1), timedelta(seconds=1)
_SECONDS_BITS, _CODE_BYTES, _HEX_BITS = 20, 4, 24
_LETTERS, _DIGITS_MIN = "PCBU", 4


@dataclass(frozen=True, slots=True, order=True)
class Observation:
    """One value of one signal of `SIGNALS`, or a fault code (`dtc:P0420`, value 1); whole units as its name says."""

    signal: str
    read_at: datetime
    value: int


def of_codes(codes: Iterable[str], *, read_at: datetime) -> list[Observation]:
    """Return what a report of fault codes says: how many there are, and each; none is something said, too."""
    named = sorted(set(codes))
    each = [Observation(_CODE_PREFIX + code, read_at, 1) for code in named]
    return [Observation(CODES, read_at, len(named)), *each]


def merged(held: tuple[Observation, ...], new: Iterable[Observation]) -> tuple[Observation, ...]:
    """Return the observations of both that are worth keeping, by signal, oldest first, in whole seconds of UTC.

    Of a signal's week the highest (read_at, value) stays, of a signal its newest weeks, of all the newest weeks and
    the listed signals before fault codes. What leaves is decided by signal and week alone, whatever the values, so
    merging is idempotent, commutative and associative.
    """
    newest_of: dict[tuple[int, str], Observation] = {}
    for one in (*held, *map(_in_seconds, new)):
        key = (_week(one.read_at), one.signal)
        known = newest_of.get(key)
        if known is None or (one.read_at, one.value) > (known.read_at, known.value):
            newest_of[key] = one
    kept: list[Observation] = []
    weeks: Counter[str] = Counter()
    for key in sorted(newest_of, key=_rank):
        if len(kept) == KEPT_MAX:
            break
        signal = key[1]
        if weeks[signal] < WEEKS_MAX:
            weeks[signal] += 1
            kept.append(newest_of[key])
    return tuple(sorted(kept))


def usable(observations: Iterable[Observation], *, consent: ConsentHead, now: datetime) -> tuple[Observation, ...]:
    """Return those that a live consent for maintenance covers at their time and now; whatever it is, default deny."""
    known_at = consent.known_at(now)
    return tuple(
        one
        for one in observations
        if class_of(one.signal) in consent.usable_classes(one.read_at, now=known_at, purpose=Purpose.MAINTENANCE)
    )


def newest(observations: Iterable[Observation], signal: str) -> Observation | None:
    """Return the newest observation of the signal, or None where nothing is kept of it."""
    return max((one for one in observations if one.signal == signal), default=None)


def class_of(signal: str) -> DataClass:
    """Return the data class whose consent the signal needs."""
    return _SIGNALS[signal][0] if signal in _SIGNALS else DataClass.DIAGNOSTICS


def pack(observations: Iterable[Observation]) -> bytes:
    """Return three bytes for week and count, then for each 4 bits of signal, 20 of seconds and its value, big-endian.

    A fault code has four bytes: letter (2 bits), digits beyond four (2), the digits (24).
    """
    parts: list[bytes] = []
    for week, group in groupby(sorted(observations, key=_packing_order), key=lambda one: _week(one.read_at)):
        same = list(group)
        parts.append(struct.pack(">HB", week, len(same)))
        parts += [_packed(one, week=week) for one in same]
    return b"".join(parts)


def unpack(stored: bytes) -> tuple[Observation, ...]:
    """Return the observations behind `pack`."""
    found: list[Observation] = []
    at = 0
    while at < len(stored):
        week, count = struct.unpack_from(">HB", stored, at)
        at += 3
        for _ in range(count):
            head = int.from_bytes(stored[at : at + 3])
            signal, width = _named(head >> _SECONDS_BITS)
            said = int.from_bytes(stored[at + 3 : at + 3 + width], signed=width == _CODE_BYTES and bool(signal))
            read_at = _FIRST_WEEK + week * _WEEK + (head & (1 << _SECONDS_BITS) - 1) * _SECOND
            found.append(Observation(signal, read_at, said) if signal else Observation(_code(said), read_at, 1))
            at += 3 + width
    return tuple(sorted(found))


def _packed(one: Observation, *, week: int) -> bytes:
    seconds = (one.read_at - _FIRST_WEEK - week * _WEEK) // _SECOND
    head = (_PLACES.get(one.signal, _CODE_PLACE) << _SECONDS_BITS | seconds).to_bytes(3)
    if one.signal not in _SIGNALS:
        return head + _code_bits(one.signal.removeprefix(_CODE_PREFIX)).to_bytes(_CODE_BYTES)
    width = _SIGNALS[one.signal][1]
    return head + one.value.to_bytes(width, signed=width == _CODE_BYTES)


def _named(place: int) -> tuple[str, int]:
    return ("", _CODE_BYTES) if place == _CODE_PLACE else (SIGNALS[place], _SIGNALS[SIGNALS[place]][1])


def _code_bits(code: str) -> int:
    digits = code[1:]
    return (_LETTERS.index(code[0]) << 2 | len(digits) - _DIGITS_MIN) << _HEX_BITS | int(digits, 16)


def _code(bits: int) -> str:
    kind, digits = bits >> _HEX_BITS, bits & (1 << _HEX_BITS) - 1
    return f"{_CODE_PREFIX}{_LETTERS[kind >> 2]}{digits:0{_DIGITS_MIN + (kind & 3)}X}"


def _in_seconds(one: Observation) -> Observation:
    if one.read_at.tzinfo is UTC and not one.read_at.microsecond:
        return one
    return replace(one, read_at=one.read_at.astimezone(UTC).replace(microsecond=0))


def _week(read_at: datetime) -> int:
    return (read_at - _FIRST_WEEK) // _WEEK


def _rank(key: tuple[int, str]) -> tuple[int, int, str]:
    week, signal = key
    return (-week, _PLACES.get(signal, _CODE_PLACE), signal)


def _packing_order(one: Observation) -> tuple[int, str]:
    return (_week(one.read_at), one.signal)
