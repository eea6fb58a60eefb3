"""The open bookings of a car, as its item carries them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, order=True)
class CarBooking:
    """An open booking of a car, with or without a place yet: its day at the store, and its key."""

    on: date
    booking_key: str


def free_again_on(held: Sequence[CarBooking]) -> date:
    """Return the day after the last of the bookings, of which there is at least one."""
    return max(one.on for one in held) + timedelta(days=1)


def is_booked(held: Iterable[CarBooking], *, on: date) -> bool:
    """Return whether a booking lies ahead, the day itself included."""
    return any(one.on >= on for one in held)
