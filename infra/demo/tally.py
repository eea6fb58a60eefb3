"""What a run's bookings, lead times, conditions and cases come to, and what no workshop's day may hold."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from infra.explain.record import Record
from ownerloop.domain.cases import CaseKind
from ownerloop.domain.conditions import is_condition
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.workshop import BookingState, Day

_ENDS_OF_BOOKINGS = (
    BookingState.BOOKED,
    BookingState.WAITLISTED,
    BookingState.CANCELLED,
    BookingState.MISSED,
    BookingState.DONE,
)
_ARRIVED = frozenset({ContactState.ACCEPTED, ContactState.DELIVERED})


def bookings_of(record: Record) -> dict[str, int]:
    """Return how many bookings stand where at the end; those ahead are booked or waitlisted."""
    counted = Counter(standing.state for standing in record.bookings.values())
    return {str(state): counted[state] for state in _ENDS_OF_BOOKINGS}


def condition_contacts(contacts: Iterable[Contact]) -> int:
    """Return how many contacts are about what a car itself reports."""
    return sum(is_condition(contact.due_cycle) for contact in contacts)


def cases_of(record: Record) -> dict[str, int]:
    """Return how many complaints and doubts were opened, how an operator answered the doubts, and what is open."""
    cases = record.cases
    answers = Counter(case.answer for case in cases if case.kind is CaseKind.CLUSTER_REPLACED)
    kinds = Counter(str(case.kind) for case in cases)
    return {
        **{str(kind): kinds[str(kind)] for kind in CaseKind},
        "answered_yes": answers["yes"],
        "answered_no": answers["no"],
        "open": sum(case.is_open for case in cases),
    }


def lead_of(record: Record) -> dict[str, Any]:
    """Return how many first reminders of each arm arrived and were answered by a booking, and the rate over all."""
    answered = {standing.contact_id for standing in record.bookings.values() if standing.contact_id}
    firsts = [c for c in record.contacts.values() if c.experiment_arm and c.state in _ARRIVED]
    arms: dict[str, dict[str, int]] = defaultdict(lambda: {"sent": 0, "booked": 0})
    for contact in firsts:
        arms[str(contact.experiment_arm)]["sent"] += 1
        arms[str(contact.experiment_arm)]["booked"] += contact.contact_id in answered
    booked = sum(arm["booked"] for arm in arms.values())
    return {
        "arms": {name: arms[name] for name in sorted(arms)},
        "booking_rate": round(booked / len(firsts), 3) if firsts else None,
    }


def overbooked(days: Iterable[Day]) -> Iterator[str]:
    """Yield each technician or bay that has two bookings at one time, in words; none is what a run must show."""
    for day in days:
        taken: Counter[tuple[str, int]] = Counter()
        for booking in day.bookings:
            if booking.place is None:
                continue
            place = booking.place
            for minute in range(place.start_minute, place.start_minute + place.minutes):
                taken[place.technician_id, minute] += 1
                taken[f"bay {place.bay}", minute] += 1
        twice = sorted({name for (name, _), count in taken.items() if count > 1})
        yield from (f"{name} of {day.store_id} is booked twice on {day.on}" for name in twice)
