"""How bookings come in: made, changed, cancelled, missed."""

from typing import Literal

from pydantic import BaseModel

from ownerloop.contracts.cloud_event import FEED, Instant, Name, Vin
from ownerloop.contracts.interaction_event import ContactId, InteractionEvent
from ownerloop.domain import interactions as domain
from ownerloop.domain.workshop import JobClass


class BookingMadeData(BaseModel):
    """A visit that is asked for, and the contact that led to it if one did.

    `flexible` takes any start of the day, the nearest to `for_at` first; `own_technician` waits for whoever served the
    car last; `confirmed` says that the sender gave the hour to the owner already.
    """

    model_config = FEED

    booking_id: Name
    vin: Vin
    for_at: Instant
    contact_id: ContactId | None = None
    store_id: Name | None = None
    job_class: Literal["maintenance", "inspection", "repair"] = "maintenance"
    flexible: bool = False
    own_technician: bool = False
    confirmed: bool = False


class BookingMadeV1(InteractionEvent):
    """An owner booked a visit."""

    type: Literal["ownerloop.interaction.booking_made.v1"]
    data: BookingMadeData

    def to_domain(self) -> domain.BookingMade:
        """Return the booking in the words of the domain."""
        said = self.data
        return domain.BookingMade(
            booking_id=said.booking_id,
            vin=said.vin.upper(),
            for_at=said.for_at,
            contact_id=said.contact_id,
            store_id=said.store_id,
            job_class=JobClass(said.job_class),
            is_flexible=said.flexible,
            only_own_technician=said.own_technician,
            is_promised=said.confirmed,
        )


class BookingChangedData(BaseModel):
    """Another time for a booking, under the number it was made with; the store stays where none is named."""

    model_config = FEED

    booking_id: Name
    for_at: Instant
    store_id: Name | None = None
    flexible: bool = False
    confirmed: bool = False


class BookingChangedV1(InteractionEvent):
    """An owner wants another time."""

    type: Literal["ownerloop.interaction.booking_changed.v1"]
    data: BookingChangedData

    def to_domain(self) -> domain.BookingChanged:
        """Return the change in the words of the domain."""
        said = self.data
        return domain.BookingChanged(said.booking_id, said.for_at, said.store_id, said.flexible, said.confirmed)


class BookingEndedData(BaseModel):
    """Which booking, under the number it was made with."""

    model_config = FEED

    booking_id: Name


class BookingCancelledV1(InteractionEvent):
    """An owner will not come."""

    type: Literal["ownerloop.interaction.booking_cancelled.v1"]
    data: BookingEndedData

    def to_domain(self) -> domain.BookingCancelled:
        """Return the cancellation in the words of the domain."""
        return domain.BookingCancelled(self.data.booking_id)


class BookingMissedV1(InteractionEvent):
    """An owner did not come."""

    type: Literal["ownerloop.interaction.booking_missed.v1"]
    data: BookingEndedData

    def to_domain(self) -> domain.BookingMissed:
        """Return the no-show in the words of the domain."""
        return domain.BookingMissed(self.data.booking_id)
