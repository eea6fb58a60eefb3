"""What a store's messages and their answers leave behind, for its booking curve to be learned from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from ownerloop.domain.contact import Contact, ContactState

_SENT = frozenset({ContactState.ACCEPTED, ContactState.DELIVERED})


@dataclass(frozen=True, slots=True)
class Sending:
    """A first message that a provider took: the store's day, when the visit was thought due, and how the day came."""

    contact_id: str
    store_id: str
    sent_on: date
    due_p10: date
    due_p50: date
    due_p90: date
    arm: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A booking that names the contact it came from: the store's day it was made on, and the day it is for."""

    contact_id: str
    store_id: str
    booked_on: date
    visit_on: date


def sendings(contacts: Iterable[Contact], *, zone_of: Callable[[str], tzinfo]) -> list[Sending]:
    """Return the sendings among contacts: of those that carry an arm, whatever a provider took, on its first day.

    A later message of a visit carries no arm: it went to those who did not answer the first.
    """
    found: dict[str, Sending] = {}
    for contact in contacts:
        taken_at = _taken_at(contact)
        if taken_at is None or contact.experiment_arm is None or contact.lead is None:
            continue
        found[contact.contact_id] = Sending(
            contact_id=contact.contact_id,
            store_id=contact.store_id,
            sent_on=taken_at.astimezone(zone_of(contact.store_id)).date(),
            due_p10=contact.lead.due_p10,
            due_p50=contact.lead.due_p50,
            due_p90=contact.lead.due_p90,
            arm=contact.experiment_arm,
        )
    return list(found.values())


def _taken_at(contact: Contact) -> datetime | None:
    return next((step.at for step in contact.trail if step.state in _SENT), None)
