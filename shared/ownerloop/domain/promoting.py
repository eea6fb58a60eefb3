"""The message to an owner whose booking came off the waitlist: one service contact for each time it did."""

from datetime import datetime

from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.ids import contact_id
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.standing import Standing
from ownerloop.domain.workshop import BookingPolicy

BOOKING_TOPIC = "booking"
PROMOTED = "promoted"


def promotion(
    standing: Standing,
    *,
    owner: Owner,
    store: Store,
    booking: BookingPolicy,
    contact: ContactPolicy,
    text: str,
    now: datetime,
    correlation_id: str | None = None,
) -> Contact | None:
    """Return the contact that tells the owner of the place, valid until the visit begins; None without car or start.

    Its id follows from the booking and the version at which it got the place. Nobody is held out from it:
    the owner asked.
    """
    if standing.vehicle_id is None or standing.for_at is None:
        return None
    return Contact(
        contact_id=contact_id(standing.vehicle_id, BOOKING_TOPIC, standing.booking_key, standing.version),
        person_id=owner.person_id,
        vehicle_id=standing.vehicle_id,
        store_id=store.store_id,
        staff_userid=owner.staff_userid,
        contact_class=ContactClass.SERVICE,
        topic=BOOKING_TOPIC,
        item=PROMOTED,
        due_cycle="",
        stage=1,
        priority=booking.promotion_priority,
        requested_at=now,
        valid_until=standing.for_at,
        policy_version=f"{contact.version} {booking.version}",
        trigger=f"booking#{standing.booking_key}",
        text=text,
        reason=PROMOTED,
        trail=(Step(ContactState.REQUESTED, PROMOTED, now),),
        next_look_at=now + contact.send_grace,
        correlation_id=correlation_id,
    )
