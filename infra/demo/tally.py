"""What a run's bookings, lead times, cases, points and merges come to, and what must not be among them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from infra.explain.record import Record
from infra.fleet.fleet import Fleet
from ownerloop.domain.cases import CaseKind
from ownerloop.domain.conditions import is_condition
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.identity import LogKind
from ownerloop.domain.points import Programme, books
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


def points_of(record: Record) -> dict[str, Any]:
    """Return what the ledger's entries say was earned, redeemed and lapsed, what is owed, and whether all sums to 0.

    Earned and owed by owners are together what was redeemed, what lapsed and what is owed to owners.
    """
    posted = books(record.entries)
    return {
        "earned": -posted.get(Programme.EARNED, 0),
        "redeemed": posted.get(Programme.SPENT, 0),
        "expired": posted.get(Programme.EXPIRED, 0),
        "liability": sum(account.balance for account in record.accounts),
        "debt": sum(account.debt for account in record.accounts),
        "sum_zero": sum(posted.values()) == 0,
    }


def unbalanced(record: Record) -> Iterator[str]:
    """Yield each account of points that is not the sum of its entries, in words; none is what a run must show."""
    posted = books(record.entries)
    if sum(posted.values()):
        yield f"the entries of the points sum to {sum(posted.values())}"
    for held in record.accounts:
        folded = posted.get(f"person:{held.person_id}", 0), -posted.get(f"debt:{held.person_id}", 0)
        if folded != (held.balance, held.debt):
            yield f"{held.person_id} holds {held.balance} points and owes {held.debt}, the entries say {folded}"


def merges_of(record: Record) -> dict[str, int]:
    """Return how often keys were joined and parted, and how many persons stand behind how many keys at the end."""
    kinds = Counter(line.kind for line in record.identity_log)
    return {
        "merged": kinds[LogKind.MERGED],
        "split": kinds[LogKind.SPLIT],
        "people": sum(owner.merged_into is None for owner in record.owners.values()),
        "keys": len(record.persons),
    }


def mistaken(record: Record, fleet: Fleet) -> Iterator[str]:
    """Yield who is one person in the tables but not in the world, or the other way round; none must be left."""
    humans = {person.owner_key: person.human for person in fleet.people}
    keys: dict[str, set[str]] = defaultdict(set)
    for owner_key, person_id in record.persons.items():
        keys[record.group_of(person_id)[0]].add(owner_key)
    heads: dict[str, set[str]] = defaultdict(set)
    for head, mine in keys.items():
        if len(who := {humans.get(key, key) for key in mine}) > 1:
            yield f"{head} is one person, and behind it are {', '.join(sorted(who))}"
        for human in who:
            heads[human].add(head)
    yield from (f"{human} stands as {len(of)} persons" for human, of in sorted(heads.items()) if len(of) > 1)
