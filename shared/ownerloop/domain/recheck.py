"""Whether a contact may be sent at all as of now: asked when it is planned, decided, released and sent."""

from datetime import date, datetime

from ownerloop.domain.car_bookings import is_booked
from ownerloop.domain.consent import ConsentHead, Purpose
from ownerloop.domain.contact import Contact, ContactClass
from ownerloop.domain.identity import strictest
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle

MAINTENANCE_TOPIC = "maintenance"
BOOKED = "booked"
SENDABLE_CHANNELS = ("wecom",)  # the channels that have a notification function
PURPOSES = {
    ContactClass.SAFETY: None,  # a recall is owed to the owner, whatever they allowed
    ContactClass.SERVICE: Purpose.MAINTENANCE,
    ContactClass.JOINED: Purpose.MARKETING,
    ContactClass.COMMERCIAL: Purpose.MARKETING,
}


def channel_of(owner: Owner, *, topic: str) -> str | None:
    """Return the first channel in the owner's order that has a sender and was not refused for the topic."""
    for channel in owner.channels:
        if channel in SENDABLE_CHANNELS and not owner.has_unsubscribed(channel=channel, topic=topic):
            return channel
    return None


def why_not(
    contact: Contact,
    *,
    owner: Owner,
    head: ConsentHead | None,
    cycle: str | None,
    now: datetime,
    has_visit: bool = False,
) -> str | None:
    """Return why the contact may never be sent, or None.

    `cycle` is the due cycle that is open now, if one is; `has_visit` that nobody needs to be asked for a visit.
    """
    if contact.holdout:
        return "holdout"
    if has_visit and contact.topic == MAINTENANCE_TOPIC:
        return BOOKED
    return (
        _wish(contact, owner=owner)
        or _right(contact, owner=owner, head=head, now=now)
        or _way(contact, owner=owner, cycle=cycle)
    )


def has_visit_ahead(vehicle: Vehicle, *, on: date) -> bool:
    """Return whether a booking makes reminders needless; it does not while the car reports what cannot wait."""
    items = vehicle.forecast.items if vehicle.forecast else ()
    return is_booked(vehicle.booked, on=on) and not any(item.is_urgent for item in items)


def is_paused(contact: Contact, *, owner: Owner) -> bool:
    """Return whether an open complaint of the owner holds the contact back: promotion waits, service does not."""
    return contact.contact_class is ContactClass.COMMERCIAL and bool(owner.open_cases)


def consent_reason(head: ConsentHead | None, *, person_id: str, purpose: Purpose, now: datetime) -> str | None:
    """Return why no consent of the person covers the purpose now, or None where one does."""
    if head is None:
        return "no_consent"
    if head.classes_now(now, person_id=person_id, purpose=purpose):
        return None
    taken = (gone for gone in head.withdrawals if gone.person_id == person_id and gone.purpose == purpose)
    return "consent_withdrawn" if any(taken) else "no_consent"


def _wish(contact: Contact, *, owner: Owner) -> str | None:
    if owner.daily_max <= 0:
        return "daily_max_zero"
    if channel_of(owner, topic=contact.topic) is not None:
        return None
    refused = any(owner.has_unsubscribed(channel=channel, topic=contact.topic) for channel in owner.channels)
    return "unsubscribed" if refused else None


def _right(contact: Contact, *, owner: Owner, head: ConsentHead | None, now: datetime) -> str | None:
    if head is None or head.owner_now(now) != contact.person_id:
        return "owner_changed"
    purpose = PURPOSES[contact.contact_class]
    if purpose is None:
        return None
    return consent_reason(strictest(head, owner), person_id=contact.person_id, purpose=purpose, now=now)


def _way(contact: Contact, *, owner: Owner, cycle: str | None) -> str | None:
    if contact.due_cycle and contact.due_cycle != cycle:
        return "cycle_closed"
    reachable = channel_of(owner, topic=contact.topic) and (owner.staff_userid or contact.staff_userid)
    return None if reachable else "no_channel"
