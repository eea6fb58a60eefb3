"""Bookings: made, changed, cancelled, missed, finished; each decided once on the day's item, and answered."""

from dataclasses import replace
from datetime import date, datetime

from ownerloop.domain.booking_wish import check_car, check_job, check_wish
from ownerloop.domain.errors import MalformedEventError, VersionConflictError
from ownerloop.domain.interaction_change import WorkshopChange
from ownerloop.domain.interactions import (
    BookingCancelled,
    BookingChanged,
    BookingMade,
    BookingMissed,
    InteractionArrival,
    ServiceOrderCompleted,
)
from ownerloop.domain.owner import Owner
from ownerloop.domain.standing import Standing
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.workshop import Asked, Booking, BookingState, Day
from ownerloop.domain.workshop_day import book, cancel, finish, miss, move, move_to
from ownerloop.ports import Vehicles
from ownerloop.usecases.booking_answers import Settled, Told, key_of, settled
from ownerloop.workshop_ports import BookingDesk

_S = BookingState


def settle(
    arrival: InteractionArrival,
    *,
    owner: Owner,
    vehicle: Vehicle | None,
    desk: BookingDesk,
    vehicles: Vehicles,
    now: datetime,
) -> Settled:
    """Return what the event changes in the workshops; nothing for one that is about no booking.

    `vehicle` is the car that the event names, as it is after everything else the event says. An event that breaks a
    rule is refused with its field; items that moved between two reads raise VersionConflictError.
    """
    told = Told(arrival, key_of(arrival) or "", owner, desk, vehicles, now)
    match arrival.interaction:
        case BookingMade() as event if vehicle:
            return _make(told, event, vehicle)
        case BookingChanged() as event:
            return _change(told, event)
        case BookingCancelled():
            return _cancel(told)
        case BookingMissed():
            return _miss(told)
        case ServiceOrderCompleted() as event if vehicle:
            return _finish(told, event, vehicle)
        case _:
            return Settled(vehicle=vehicle)


def _make(told: Told, event: BookingMade, vehicle: Vehicle) -> Settled:
    held = told.desk.workshop.standings([told.key]).get(told.key)
    _check_owner(held, told.owner)
    if held and held.vehicle_id:
        raise _wrong("booking_id", "names a booking that nobody made before", "booking_exists")
    is_overtaken = held is not None and held.told_at >= told.at
    for_at = held.for_at if held and held.for_at and is_overtaken else event.for_at
    store_id = event.store_id or (held.store_id if held else None) or told.owner.store_id or vehicle.store_id
    asked, on = _asked(told, event, vehicle, store_id=store_id or "", for_at=for_at)
    if held and held.state is _S.CANCELLED and is_overtaken:
        gone = replace(_standing(held, told, asked, store_id or "", for_at), version=held.version + 1)
        return Settled(vehicle, standing=gone, change=WorkshopChange(standings=(gone,)))
    clock = told.desk.rules.clock(store_id or "", now=told.now)
    terms = told.desk.rules.terms(store_id or "", on, now=told.now)
    check_wish(asked, for_at=for_at, rules=terms.rules, opening=terms.opening, policy=terms.policy, clock=clock)
    check_car(vehicle.booked, on=on, today=clock.today, policy=terms.policy)
    outcome = book(_day(told, store_id or "", on), asked, terms=terms)
    first = _standing(held, told, asked, store_id or "", for_at)
    return settled(told, first, vehicle, [outcome], told_at=max(told.at, held.told_at) if held else told.at)


def _asked(told: Told, event: BookingMade, vehicle: Vehicle, *, store_id: str, for_at: datetime) -> tuple[Asked, date]:
    check_job(event.job_class, told.desk.rules.workshop_of(store_id))
    on, minute = told.desk.rules.clock(store_id, now=told.now).place_of(for_at)
    asked = Asked(
        booking_key=told.key,
        person_id=told.owner.person_id,
        vehicle_id=vehicle.vehicle_id,
        job_class=event.job_class,
        wished_minute=minute,
        asked_at=told.at,
        is_flexible=event.is_flexible,
        own_technician=vehicle.own_technician,
        only_own=event.only_own_technician,
        is_promised=event.is_promised,
        contact_id=event.contact_id,
    )
    return asked, on


def _change(told: Told, event: BookingChanged) -> Settled:
    held = told.desk.workshop.standings([told.key]).get(told.key)
    _check_owner(held, told.owner)
    if held is None or held.vehicle_id is None:
        return _await(told, held, for_at=event.for_at, store_id=event.store_id)
    vehicle = told.car(held.vehicle_id)
    if held.told_at > told.at:
        return Settled(vehicle, held=vehicle, standing=held)
    old, booking = _open_booking(told, held)
    store_id = event.store_id or old.store_id
    told.desk.rules.workshop_of(store_id)
    clock = told.desk.rules.clock(store_id, now=told.now)
    on, minute = clock.place_of(event.for_at)
    terms = told.desk.rules.terms(store_id, on, now=told.now)
    asked = replace(
        booking.asked,
        wished_minute=minute,
        asked_at=told.at,
        is_flexible=event.is_flexible,
        is_promised=event.is_promised,
    )
    check_wish(asked, for_at=event.for_at, rules=terms.rules, opening=terms.opening, policy=terms.policy, clock=clock)
    check_car(vehicle.booked, on=on, today=clock.today, policy=terms.policy, but=told.key)
    if (store_id, on) == (old.store_id, old.on):
        outcomes = [move(old, asked, terms=terms)]
    else:
        old_terms = told.desk.rules.terms(old.store_id, old.on, now=told.now)
        both = move_to(old, _day(told, store_id, on), asked, old_terms=old_terms, new_terms=terms)
        outcomes = list(both or ())
    done = settled(told, held, vehicle, [one for one in outcomes if one], told_at=told.at)
    return replace(done, held=vehicle)


def _cancel(told: Told) -> Settled:
    held = told.desk.workshop.standings([told.key]).get(told.key)
    _check_owner(held, told.owner)
    if held is None or held.vehicle_id is None:
        return _await(told, held, for_at=None, store_id=None)
    vehicle = told.car(held.vehicle_id)
    if held.state is _S.CANCELLED:
        return Settled(vehicle, held=vehicle, standing=held)
    day, _ = _open_booking(told, held)
    outcome = cancel(day, told.key, terms=told.desk.rules.terms(day.store_id, day.on, now=told.now))
    return replace(settled(told, held, vehicle, [outcome] if outcome else [], told_at=told.at), held=vehicle)


def _miss(told: Told) -> Settled:
    held = told.desk.workshop.standings([told.key]).get(told.key)
    _check_owner(held, told.owner)
    if held is None or held.vehicle_id is None:
        raise _wrong("booking_id", "names a booking that was made", "unknown_booking")
    day, booking = _open_booking(told, held)
    if booking.place is None:
        raise _wrong("booking_id", "names a booking that has a place", "booking_waits")
    if held.for_at is not None and told.at < held.for_at:
        raise MalformedEventError(field="time", rule="lies after the booking's start", reason="not_yet")
    outcome = miss(day, told.key)
    vehicle = told.car(held.vehicle_id)
    return replace(settled(told, held, vehicle, [outcome] if outcome else [], told_at=told.at), held=vehicle)


def _finish(told: Told, event: ServiceOrderCompleted, vehicle: Vehicle) -> Settled:
    # An order ends the car's booking of that day, whatever its number; there is at most one.
    technician = event.technician_id or vehicle.own_technician
    keys = [one.booking_key for one in vehicle.booked if one.on == event.on]
    held = next(iter(told.desk.workshop.standings(keys).values()), None) if keys else None
    if held is None or held.store_id is None or held.on is None or not held.is_open:
        return Settled(replace(vehicle, own_technician=technician))
    outcome = finish(_day(told, held.store_id, held.on), held.booking_key)
    if outcome is None:
        raise VersionConflictError(item=held.booking_key)
    served = event.technician_id or (outcome.booking.place.technician_id if outcome.booking.place else technician)
    return settled(told, held, replace(vehicle, own_technician=served), [outcome], told_at=held.told_at)


def _await(told: Told, held: Standing | None, *, for_at: datetime | None, store_id: str | None) -> Settled:
    # Told before the booking itself: kept, so that the order of arrival does not matter.
    if held and (held.told_at >= told.at or held.state is _S.CANCELLED):
        return Settled(standing=held)
    standing = Standing(
        booking_key=told.key,
        person_id=told.owner.person_id,
        state=_S.CANCELLED if for_at is None else _S.AWAITED,
        reason="not_made_yet",
        told_at=told.at,
        version=held.version + 1 if held else 1,
        store_id=store_id,
        for_at=for_at,
    )
    return Settled(standing=standing, change=WorkshopChange(standings=(standing,)))


def _standing(held: Standing | None, told: Told, asked: Asked, store_id: str, for_at: datetime) -> Standing:
    return Standing(
        booking_key=told.key,
        person_id=told.owner.person_id,
        state=held.state if held else _S.AWAITED,
        reason=held.reason if held else "made",
        told_at=held.told_at if held else told.at,
        version=held.version if held else 0,
        vehicle_id=asked.vehicle_id,
        store_id=store_id,
        for_at=for_at,
        job_class=str(asked.job_class),
        contact_id=asked.contact_id,
    )


def _open_booking(told: Told, held: Standing) -> tuple[Day, Booking]:
    if not held.is_open or held.store_id is None or held.on is None:
        raise _wrong("booking_id", "names a booking that is still to come", "booking_ended")
    day = _day(told, held.store_id, held.on)
    booking = day.find(held.booking_key)
    if booking is None:
        raise VersionConflictError(item=held.booking_key)  # it moved between the two reads
    return day, booking


def _day(told: Told, store_id: str, on: date) -> Day:
    return told.desk.workshop.load([(store_id, on)])[store_id, on]


def _check_owner(held: Standing | None, owner: Owner) -> None:
    if held is not None and held.person_id != owner.person_id:
        raise _wrong("booking_id", "names a booking of the owner", "foreign_booking")


def _wrong(field: str, rule: str, reason: str) -> MalformedEventError:
    return MalformedEventError(field=f"data.{field}", rule=rule, reason=reason)
