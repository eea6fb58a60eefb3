"""What becomes of a day by one booking, change, cancellation or no-show; nothing ever exceeds the day's capacity.

Each function returns the day after it with its version raised by one, or the same day where nothing changed.
"""

from dataclasses import dataclass, replace

from ownerloop.domain.workdays import Opening
from ownerloop.domain.workshop import Asked, Booking, BookingPolicy, BookingState, Day, Place, WorkshopRules, place_for

PROMOTED_MAX = 8  # at once: each is written in the same transaction; whoever is left comes with the day's next change
_OPEN = frozenset({BookingState.BOOKED, BookingState.WAITLISTED})


@dataclass(frozen=True, slots=True)
class Terms:
    """What a day is decided on. `since_minute` is the first minute that still lies ahead: 0 on a day to come."""

    rules: WorkshopRules
    policy: BookingPolicy
    opening: Opening | None
    since_minute: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The day after a change, the booking as it stands then, why, and who came off the waitlist."""

    day: Day
    booking: Booking
    reason: str
    promoted: tuple[Booking, ...] = ()
    has_changed: bool = False  # the day has to be written


def book(day: Day, asked: Asked, *, terms: Terms) -> Outcome:
    """Return the day with the booking in its best free place, else on the waitlist, else refused with reason `full`.

    Whoever waits comes first. A promised booking without a place waits before the others, reason `over_capacity`:
    our books never hold more than the workshop can do, and a person has to find the hour.
    """
    filled, promoted = _fill(day, terms)
    after, booking, reason = _take(filled, asked, terms)
    return _outcome(day, after, booking, reason, promoted)


def cancel(day: Day, booking_key: str, *, terms: Terms) -> Outcome | None:
    """Return the day without the booking, its place given to the first who fits; None if it is not open there."""
    held = _open(day, booking_key)
    if held is None:
        return None
    filled, promoted = _fill(_without(day, booking_key), terms)
    return _outcome(day, filled, replace(held, state=BookingState.CANCELLED, place=None), "cancelled", promoted)


def move(day: Day, asked: Asked, *, terms: Terms) -> Outcome | None:
    """Return the day with the booking at its new wish; None if it is not open there.

    What held a place and finds no other keeps it, reason `no_room`; what waited waits on, behind the others. The mover
    goes before the waitlist: nobody else has a claim on what it leaves.
    """
    held = _open(day, asked.booking_key)
    if held is None:
        return None
    taken, booking, reason = _take(_without(day, asked.booking_key), asked, terms)
    if not _is_better(booking, than=held):
        return Outcome(day, held, "no_room")
    filled, promoted = _fill(taken, terms)
    return _outcome(day, filled, booking, reason, promoted)


def move_to(
    old: Day, new: Day, asked: Asked, *, old_terms: Terms, new_terms: Terms
) -> tuple[Outcome, Outcome | None] | None:
    """Return the outcome on the new day and that on the day left, None for the latter where it stays; None as `move`.

    The booking holds its old place until the new one is written, for both days are one transaction.
    """
    held = _open(old, asked.booking_key)
    if held is None:
        return None
    outcome = book(new, asked, terms=new_terms)
    if not _is_better(outcome.booking, than=held):
        return Outcome(old, held, "no_room"), None
    return outcome, cancel(old, asked.booking_key, terms=old_terms)


def _take(day: Day, asked: Asked, terms: Terms) -> tuple[Day, Booking, str]:
    # The day with the booking where it finds room, the booking, and why there.
    minutes = terms.rules.minutes_of(asked.job_class)
    place = _place(day, asked, terms)
    if place is not None:
        booking = Booking(asked, BookingState.BOOKED, minutes, place)
        is_own = place.technician_id == asked.own_technician
        reason = "own_technician" if is_own else "booked"
        return replace(day, bookings=_in_order((*day.bookings, booking))), booking, reason
    if not _may_wait(day, asked, terms.policy):
        return day, Booking(asked, BookingState.REFUSED, minutes), "full"
    booking = Booking(asked, BookingState.WAITLISTED, minutes)
    waiting = _with_waiting(day.waitlist, booking)
    return replace(day, waitlist=waiting), booking, "over_capacity" if asked.is_promised else "waitlisted"


def _is_better(booking: Booking, *, than: Booking) -> bool:
    # A place is given up for another place only, unless somebody promised the new one.
    if booking.place is not None:
        return True
    return booking.state is BookingState.WAITLISTED and (than.place is None or booking.asked.is_promised)


def miss(day: Day, booking_key: str) -> Outcome | None:
    """Return the day with the booking as a no-show; its hour is gone, so nobody is promoted. None if none was held."""
    held = _open(day, booking_key)
    if held is None or held.place is None:
        return None
    return _ended(day, replace(held, state=BookingState.MISSED), "missed")


def finish(day: Day, booking_key: str) -> Outcome | None:
    """Return the day with the booking done; one that still waited leaves the list. None if it is not open there."""
    held = _open(day, booking_key)
    if held is None:
        return None
    return _ended(day, replace(held, state=BookingState.DONE), "done")


def _ended(day: Day, booking: Booking, reason: str) -> Outcome:
    rest = _without(day, booking.booking_key)
    if booking.place is not None:
        rest = replace(rest, bookings=_in_order((*rest.bookings, booking)))
    return _outcome(day, rest, booking, reason)


def _fill(day: Day, terms: Terms) -> tuple[Day, tuple[Booking, ...]]:
    # Give the free places to the first of the waitlist who fits, again and again.
    promoted: list[Booking] = []
    for waiting in day.waitlist:
        if len(promoted) == PROMOTED_MAX:
            break
        place = _place(day, waiting.asked, terms)
        if place is None:
            continue
        booked = replace(waiting, state=BookingState.BOOKED, minutes=place.minutes, place=place)
        rest = _without(day, waiting.booking_key)
        day = replace(rest, bookings=_in_order((*rest.bookings, booked)))
        promoted.append(booked)
    return day, tuple(promoted)


def _place(day: Day, asked: Asked, terms: Terms) -> Place | None:
    return place_for(day, asked, rules=terms.rules, opening=terms.opening, since_minute=terms.since_minute)


def _may_wait(day: Day, asked: Asked, policy: BookingPolicy) -> bool:
    same = sum(one.asked.is_promised is asked.is_promised for one in day.waitlist)
    return same < (policy.promised_max if asked.is_promised else policy.waitlist_max)


def _with_waiting(waitlist: tuple[Booking, ...], booking: Booking) -> tuple[Booking, ...]:
    # Promised ones first; within each kind by arrival.
    return tuple(sorted((*waitlist, booking), key=lambda one: not one.asked.is_promised))


def _open(day: Day, booking_key: str) -> Booking | None:
    held = day.find(booking_key)
    return held if held and held.state in _OPEN else None


def _without(day: Day, booking_key: str) -> Day:
    return replace(
        day,
        bookings=tuple(one for one in day.bookings if one.booking_key != booking_key),
        waitlist=tuple(one for one in day.waitlist if one.booking_key != booking_key),
    )


def _in_order(bookings: tuple[Booking, ...]) -> tuple[Booking, ...]:
    return tuple(sorted(bookings, key=lambda one: (one.place.start_minute, one.place.bay) if one.place else (0, 0)))


def _outcome(before: Day, after: Day, booking: Booking, reason: str, promoted: tuple[Booking, ...] = ()) -> Outcome:
    if after == before:
        return Outcome(before, booking, reason, promoted)
    return Outcome(replace(after, version=before.version + 1), booking, reason, promoted, has_changed=True)
