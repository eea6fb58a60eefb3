"""What a workshop's day usually takes beside the visits that messages bring: repairs, walk-ins, whoever calls."""

from collections.abc import Iterable, Sequence

import numpy as np

from ownerloop.domain.rate import FloatArray
from ownerloop.domain.workshop import Day

_WEEKDAYS = 7


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
    most of it is booked late or not at all. `is_open` says of each past day whether it had capacity; closed ones, and
    weekdays without an open day, are nobody's usual.
    """
    other = asked_minutes(past, from_contacts=False)
    opened = np.array(is_open, dtype=bool)
    weekdays = np.array([day.on.weekday() for day in past], dtype=np.int64)
    counts = np.bincount(weekdays[opened], minlength=_WEEKDAYS)
    sums = np.bincount(weekdays[opened], weights=other[opened], minlength=_WEEKDAYS)
    usual = sums / np.maximum(counts, 1)
    places = np.array([day.on.weekday() for day in ahead], dtype=np.int64)
    expected: FloatArray = asked_minutes(ahead, from_contacts=True) + np.maximum(
        asked_minutes(ahead, from_contacts=False), usual[places]
    )
    return expected


def minutes_of(days: Iterable[int]) -> FloatArray:
    """Return minutes by day as a column."""
    return np.array(list(days), dtype=np.float64)
