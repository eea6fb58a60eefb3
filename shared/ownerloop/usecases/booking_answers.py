"""What one decided booking changes: the day, where it stands, the car, and who came off the waitlist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ownerloop.domain.booking_wish import with_booking, without_booking
from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.contact import Contact
from ownerloop.domain.errors import MalformedEventError, VersionConflictError
from ownerloop.domain.interaction_change import WorkshopChange
from ownerloop.domain.interactions import (
    BookingCancelled,
    BookingChanged,
    BookingMade,
    BookingMissed,
    InteractionArrival,
)
from ownerloop.domain.lead_evidence import Answer
from ownerloop.domain.owner import Owner
from ownerloop.domain.promoting import PROMOTED, promotion
from ownerloop.domain.standing import Standing, booking_key
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.workshop import Booking, Day
from ownerloop.domain.workshop_day import Outcome
from ownerloop.ports import Bus, Vehicles
from ownerloop.workshop_ports import BookingDesk

BOOKING_EVENTS = (BookingMade, BookingChanged, BookingCancelled, BookingMissed)


@dataclass(frozen=True, slots=True)
class Settled:
    """What one event changes in the workshops, where its booking stands then, and the car as it is after it.

    `held` is the car as it was read for this, where the event itself names none.
    """

    vehicle: Vehicle | None = None
    held: Vehicle | None = None
    standing: Standing | None = None
    change: WorkshopChange = field(default_factory=WorkshopChange)
    is_free_again: bool = False  # the car has a booking less, so its next reminder is to be found anew


def key_of(arrival: InteractionArrival) -> str | None:
    """Return the booking that the event is about, or None for one about no booking."""
    event = arrival.interaction
    return booking_key(arrival.source, event.booking_id) if isinstance(event, BOOKING_EVENTS) else None


@dataclass(frozen=True, slots=True)
class Told:
    """One event about a booking, with its owner and what decides it."""

    arrival: InteractionArrival
    key: str  # what names the booking; empty where the event names none
    owner: Owner
    desk: BookingDesk
    vehicles: Vehicles
    now: datetime

    @property
    def at(self) -> datetime:
        """Return when it happened."""
        return self.arrival.occurred_at

    def car(self, vehicle_id: str) -> Vehicle:
        """Return the car as last written."""
        return self.vehicles.load([vehicle_id])[vehicle_id]


def tell(arrival: InteractionArrival, standings: Sequence[Standing], *, desk: BookingDesk, bus: Bus) -> None:
    """Publish where the bookings stand, and keep that a contact was answered; the same again at every redelivery."""
    bus.publish([desk.answers.booking_settled(standing, at=arrival.received_at) for standing in standings])
    event, mine = arrival.interaction, standings[0]
    if isinstance(event, BookingMade) and event.contact_id and mine.store_id:
        clock = desk.rules.clock(mine.store_id, now=arrival.occurred_at)
        visit_on, _ = clock.place_of(mine.for_at or event.for_at)
        desk.evidence.answered([Answer(event.contact_id, mine.store_id, clock.today, visit_on)])


def refusals_told(
    arrival: InteractionArrival, error: MalformedEventError, *, desk: BookingDesk
) -> list[Mapping[str, Any]]:
    """Return the answer to an event about a booking that broke a rule; nothing for another event."""
    key = key_of(arrival)
    return (
        [desk.answers.booking_refused(key, event_key=arrival.event_key, error=error, at=arrival.received_at)]
        if key
        else []
    )


def standings_told(arrival: InteractionArrival, *, desk: BookingDesk) -> tuple[Standing, ...]:
    """Return where the event's booking stands, and those that its newest change promoted, as they are now."""
    key = key_of(arrival)
    mine = desk.workshop.standings([key]).get(key) if key else None
    if mine is None:
        return ()
    others = desk.workshop.standings(mine.promoted)
    return (mine, *(others[one] for one in mine.promoted if one in others))


def settled(told: Told, held: Standing, vehicle: Vehicle, outcomes: Sequence[Outcome], *, told_at: datetime) -> Settled:
    """Return everything that the outcomes change: the first is the booking's own, a second one of the day it left.

    No outcome means that the booking moved between two reads (VersionConflictError).
    """
    if not outcomes:
        raise VersionConflictError(item=held.booking_key)
    outcome = outcomes[0]
    promoted = [
        pair
        for one in outcomes
        for pair in _promoted(told, one.day, [b for b in one.promoted if b.booking_key != held.booking_key])
    ]
    standing = replace(
        _placed(told, held, outcome.day, outcome.booking, reason=outcome.reason),
        told_at=told_at,
        promoted=tuple(one.booking_key for one, _ in promoted),
    )
    if standing.is_open and standing.on:
        booked = with_booking(
            vehicle.booked,
            CarBooking(standing.on, held.booking_key),
            today=told.desk.rules.clock(outcome.day.store_id, now=told.now).today,
        )
    else:
        booked = without_booking(vehicle.booked, held.booking_key)
    change = WorkshopChange(
        days=tuple(one.day for one in outcomes if one.has_changed),
        standings=(standing, *(one for one, _ in promoted)),
        contacts=tuple(contact for _, contact in promoted if contact),
    )
    return Settled(
        vehicle=replace(vehicle, booked=booked),
        standing=standing,
        change=change,
        is_free_again=len(booked) < len(vehicle.booked),
    )


def _promoted(told: Told, day: Day, bookings: Sequence[Booking]) -> list[tuple[Standing, Contact | None]]:
    if not bookings:
        return []
    desk, store = told.desk, told.desk.rules.stores[day.store_id]
    held = desk.workshop.standings([one.booking_key for one in bookings])
    owners = desk.owners.load(sorted({one.asked.person_id for one in bookings}))
    today = desk.rules.clock(day.store_id, now=told.now).today
    pairs: list[tuple[Standing, Contact | None]] = []
    for one in bookings:
        if one.booking_key not in held:
            raise VersionConflictError(item=one.booking_key)
        standing = _placed(told, held[one.booking_key], day, one, reason=PROMOTED)
        owner = owners[one.asked.person_id]
        contact = promotion(
            standing,
            owner=owner,
            store=store,
            booking=desk.rules.policy_on(today),
            contact=desk.rules.contact_on(today),
            text=desk.rules.text_of(store, owner.language),
            now=told.now,
            correlation_id=told.arrival.event_key,
        )
        pairs.append((standing, None if one.asked.is_promised else contact))
    return pairs


def _placed(told: Told, held: Standing, day: Day, booking: Booking, *, reason: str) -> Standing:
    place = booking.place
    minute = place.start_minute if place else booking.asked.wished_minute
    return replace(
        held,
        state=booking.state,
        reason=reason,
        version=held.version + 1,
        store_id=day.store_id,
        on=day.on,
        for_at=told.desk.rules.clock(day.store_id, now=told.now).instant_of(day.on, minute),
        minutes=booking.minutes,
        technician_id=place.technician_id if place else None,
        bay=place.bay if place else None,
        waits_as=day.place_of(booking.booking_key),
        promoted=(),
    )
