"""What a workshop's day usually takes beside the visits that messages bring: repairs, walk-ins, whoever calls."""

from collections.abc import Iterable, Sequence

import numpy as np

from ownerloop.domain.rate import BoolArray, FloatArray, IntArray
from ownerloop.domain.workshop import Day

_WEEKDAYS = 7
_NEWEST_DAYS = 21  # whose level counts, on the shape of a week that all past days show: seasons turn within a month


def asked_minutes(days: Sequence[Day], *, from_contacts: bool) -> FloatArray:
    """Return the minutes that each day is asked for, the waitlist's too, by bookings that name a contact or none."""
    return np.array(
        [
            sum(one.minutes for one in (*day.bookings, *day.waitlist) if bool(one.asked.contact_id) is from_contacts)
            for day in days
        ],
        dtype=np.float64,
    )


def expected_minutes(ahead: Sequence[Day], *, past: Sequence[Day], is_open: Sequence[bool]) -> FloatArray:
    """Return the minutes that each day ahead will be asked for without further messages.

    What messages brought stands; other work counts as booked, or as usual on the weekday where that is more, since
    most of it is booked late or not at all. The shape of a usual week is that of all days past, its level that of the
    newest. `is_open` says of each past day whether it had capacity; closed ones, and weekdays without an open day, are
    nobody's usual.
    """
    return expected_load(
        asked_minutes(ahead, from_contacts=True),
        asked_minutes(ahead, from_contacts=False),
        past=asked_minutes(past, from_contacts=False),
        is_open=np.array(is_open, dtype=bool),
        weekdays=(_weekdays(ahead), _weekdays(past)),
    )


def expected_load(
    promised: FloatArray,
    other: FloatArray,
    *,
    past: FloatArray,
    is_open: BoolArray,
    weekdays: tuple[IntArray, IntArray],
) -> FloatArray:
    """Return `expected_minutes` of columns: what messages brought, other work ahead and past; weekdays of both."""
    ahead_on, past_on = weekdays
    counts = np.bincount(past_on[is_open], minlength=_WEEKDAYS)
    sums = np.bincount(past_on[is_open], weights=past[is_open], minlength=_WEEKDAYS)
    usual = sums / np.maximum(counts, 1)
    newest = is_open & (np.arange(len(past)) >= len(past) - _NEWEST_DAYS)
    by_shape = float(usual[past_on[newest]].sum())
    level = float(past[newest].sum()) / by_shape if by_shape > 0 else 1.0
    expected: FloatArray = promised + np.maximum(other, level * usual[ahead_on])
    return expected


def _weekdays(days: Sequence[Day]) -> IntArray:
    return np.array([day.on.weekday() for day in days], dtype=np.int64)


def minutes_of(days: Iterable[int]) -> FloatArray:
    """Return minutes by day as a column."""
    return np.array(list(days), dtype=np.float64)
