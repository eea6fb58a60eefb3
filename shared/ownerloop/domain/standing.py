"""Where one booking stands, whatever its day: what a source's number leads to, and what is told to others."""

from dataclasses import dataclass
from datetime import date, datetime

from ownerloop.domain.ids import digest
from ownerloop.domain.workshop import BookingState

OPEN = frozenset({BookingState.BOOKED, BookingState.WAITLISTED})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a booking stands now. `told_at` is when its newest telling happened, so that an older one changes nothing.

    A booking that was cancelled or changed before we knew of it has no car and no day yet.
    """

    booking_key: str
    person_id: str
    state: BookingState
    reason: str
    told_at: datetime
    version: int = 0
    vehicle_id: str | None = None
    store_id: str | None = None
    on: date | None = None
    for_at: datetime | None = None  # the place's start, or the wish while there is none
    minutes: int | None = None
    job_class: str | None = None
    technician_id: str | None = None
    bay: int | None = None
    waits_as: int | None = None  # its place on the waitlist when it was told
    contact_id: str | None = None  # the contact it came from
    promoted: tuple[str, ...] = ()  # the bookings that came off the waitlist by its newest change

    @property
    def is_open(self) -> bool:
        """Return whether the booking is still to come."""
        return self.state in OPEN


def booking_key(source: str, booking_id: str) -> str:
    """Return the one booking that a source's number names."""
    return "b_" + digest(source, booking_id)[:24]
