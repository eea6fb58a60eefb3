"""What became of a car or a contact in one write, as the table streams tell it."""

from collections.abc import Iterable
from dataclasses import dataclass

from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.gate import gives_slot_back
from ownerloop.domain.vehicle import Vehicle


@dataclass(frozen=True, slots=True)
class VehicleChange:
    """One change of a car off the stream: the item before (None for a new one) and after."""

    before: Vehicle | None
    after: Vehicle


@dataclass(frozen=True, slots=True)
class ContactChange:
    """One change of a contact off the stream: the item before (None for a new one) and after."""

    before: Contact | None
    after: Contact


def newly_ended(changes: Iterable[ContactChange]) -> list[Contact]:
    """Return the contacts that moved into an end, in order; one that moved from end to end counts again."""
    return [change.after for change in changes if change.after.has_ended and _has_moved(change)]


def to_dispatch(changes: Iterable[ContactChange]) -> list[Contact]:
    """Return the contacts that give their person something to decide: newly requested, or a slot given back."""
    moved = [change.after for change in changes if _has_moved(change)]
    return [contact for contact in moved if contact.state is ContactState.REQUESTED or gives_slot_back(contact)]


def _has_moved(change: ContactChange) -> bool:
    return change.before is None or change.before.state is not change.after.state
