"""The open bookings of a car, as its item carries them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class CarBooking:
    """An open booking of a car, with or without a place yet: its day at the store, and its key."""

    on: date
    booking_key: str


def is_booked(held: Iterable[CarBooking], *, on: date) -> bool:
    """Return whether a booking lies ahead, the day itself included."""
    return any(one.on >= on for one in held)
