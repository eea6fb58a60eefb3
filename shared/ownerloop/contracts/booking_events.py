"""The answers to bookings that we publish on the event bus; nothing in them names a person or a car outside."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field

from ownerloop.contracts.cloud_event import PUBLISHED, Day, Instant, Name
from ownerloop.contracts.identity import instant_text
from ownerloop.contracts.outgoing import outgoing
from ownerloop.contracts.published import Count, PublishedEvent
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import digest
from ownerloop.domain.standing import Standing

BOOKING_SETTLED = "ownerloop.workshop.booking_settled.v1"
SOURCE = "urn:ownerloop:workshop"
StateName = Literal["awaited", "booked", "waitlisted", "cancelled", "missed", "done", "refused"]


class BookingSettledData(BaseModel):
    """Where a booking stands after an event, and why; `field` and `rule` tell what a refused event broke."""

    model_config = PUBLISHED

    booking_key: Annotated[str, Field(pattern="^b_[0-9a-f]{24}$")]
    version: Count
    state: StateName
    reason: Name
    field: str | None
    rule: str | None
    person_id: str | None
    vehicle_id: str | None
    store_id: str | None
    on: Day | None
    for_at: Instant | None
    minutes: int | None
    job_class: str | None
    technician_id: str | None
    waits_as: int | None
    contact_id: str | None


class BookingSettledV1(PublishedEvent):
    """A booking was decided: placed, put on the waitlist, moved, ended or refused."""

    type: Literal["ownerloop.workshop.booking_settled.v1"]
    data: BookingSettledData

    @classmethod
    def from_domain(cls, standing: Standing, *, at: datetime) -> Self:
        """Return the event for a booking as it stands."""
        return cls.model_validate(booking_settled(standing, at=at))


def booking_settled(standing: Standing, *, at: datetime) -> dict[str, Any]:
    """Return the event for a booking as it stands; its id follows from the booking and the version of its item."""
    said = {
        "version": standing.version,
        "state": str(standing.state),
        "reason": standing.reason,
        "person_id": standing.person_id,
        "vehicle_id": standing.vehicle_id,
        "store_id": standing.store_id,
        "on": standing.on.isoformat() if standing.on else None,
        "for_at": instant_text(standing.for_at) if standing.for_at else None,
        "minutes": standing.minutes,
        "job_class": standing.job_class,
        "technician_id": standing.technician_id,
        "waits_as": standing.waits_as,
        "contact_id": standing.contact_id,
    }
    return _event(standing.booking_key, identity=str(standing.version), at=at, said=said)


def booking_refused(booking_key: str, *, event_key: str, error: MalformedEventError, at: datetime) -> dict[str, Any]:
    """Return the event for a booking whose event broke a rule; its id follows from the event."""
    said = {"version": 0, "state": "refused", "reason": error.reason, "field": error.field, "rule": error.rule}
    return _event(booking_key, identity=event_key, at=at, said=said)


def _event(booking_key: str, *, identity: str, at: datetime, said: dict[str, Any]) -> dict[str, Any]:
    empty = dict.fromkeys(BookingSettledData.model_fields)
    data = {**empty, "booking_key": booking_key, **said}
    event_id = digest(BOOKING_SETTLED, booking_key, identity)[:32]
    return outgoing(BOOKING_SETTLED, booking_key, data, event_id=event_id, source=SOURCE, at=at)
