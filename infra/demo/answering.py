"""Owners who book a visit because of a message, and what becomes of it, decided by the seed and the contact alone."""

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from infra.demo.names import names_in
from infra.demo.setting import STARTS_ON
from infra.fleet.cars import Car
from infra.fleet.fleet import Fleet
from infra.fleet.interacting import SOURCE, booking, booking_event, service_order
from infra.fleet.parcels import Parcel
from infra.fleet.parts import Part
from infra.local.clients import client
from infra.local.stack import Stack
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.workshop import standing_from
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.workshop_rules import opening_on
from ownerloop.domain.calendar import zone_of
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.standing import booking_key
from ownerloop.domain.workshop import BookingState

_TOPIC = "maintenance"
# Who is asked about three weeks ahead books most; nothing of this is known to the system.
_BOOKS_SHARE, _BEST_LEAD, _LEAD_SPREAD = 0.6, 21, 18
_AHEAD_DAYS = (3, 9)
_SATURDAY, _WANTS_SATURDAY = 5, 0.6  # of those who book want the first hour of a Saturday, and no other
_LOOKS_AHEAD_DAYS = 21


class Fate(StrEnum):
    """What an owner does about a visit that is booked."""

    COMES = "comes"
    THINKS_AGAIN = "thinks_again"
    CANCELS = "cancels"
    MISSES = "misses"


_FATES = (Fate.COMES, Fate.THINKS_AGAIN, Fate.CANCELS, Fate.MISSES)
_FATE_WEIGHTS = (64, 12, 12, 12)


@dataclass(frozen=True, slots=True)
class _Visit:
    booking_id: str
    car: Car
    contact: Contact
    asked_on: date
    on: date
    fate: Fate


@dataclass(slots=True)
class Answers:
    """The bookings of a run; each contact is asked once."""

    stack: Stack
    fleet: Fleet
    seed: int
    asked: set[str] = field(default_factory=set)
    visits: dict[str, _Visit] = field(default_factory=dict)

    def of_the_night(self, contacts: Iterable[Contact], *, at: datetime) -> list[Parcel]:
        """Return what owners did about their visits and what they booked since the last call, in a fixed order."""
        today = at.date()
        told = [*self._second_thoughts(today, at=at), *self._days_visits(today, at=at)]
        return [*told, *self._bookings(contacts, at=at)]

    def _bookings(self, contacts: Iterable[Contact], *, at: datetime) -> Iterator[Parcel]:
        arrived = [c for c in contacts if c.state is ContactState.ACCEPTED and c.contact_id not in self.asked]
        self.asked |= {contact.contact_id for contact in arrived}
        booked = [c for c in arrived if c.topic == _TOPIC and self._draw("books", c).random() < _chance(c)]
        if not booked:
            return
        names, cars = names_in(self.stack), {car.vin: car for car in self.fleet.cars}
        for contact in sorted(booked, key=lambda c: c.contact_id):
            for_at, is_flexible = _wish(contact, draw=self._draw("wishes", contact), since=at.date())
            visit = _Visit(
                booking_id=f"from-{contact.contact_id}",
                car=cars[names.vins[contact.vehicle_id]],
                contact=contact,
                asked_on=at.date(),
                on=for_at.date(),
                fate=self._fate(contact, cars[names.vins[contact.vehicle_id]]),
            )
            self.visits[visit.booking_id] = visit
            owner_key = names.owner_keys[contact.person_id]
            said = {"vin": visit.car.vin, "contact_id": contact.contact_id}
            yield booking(visit.booking_id, owner_key, said, at=at, for_at=for_at, is_flexible=is_flexible)

    def _second_thoughts(self, today: date, *, at: datetime) -> Iterator[Parcel]:
        fresh = [v for v in self.visits.values() if v.asked_on < today < v.on]
        for visit in fresh:
            if visit.fate is Fate.CANCELS:
                yield booking_event("booking_cancelled", visit.car.owner_key, {"booking_id": visit.booking_id}, at=at)
                del self.visits[visit.booking_id]
            elif visit.fate is Fate.THINKS_AGAIN:
                later = _opens_at(visit.contact.store_id, since=visit.on + timedelta(days=1))
                said = {"booking_id": visit.booking_id, "for_at": later.isoformat(), "flexible": True}
                yield booking_event("booking_changed", visit.car.owner_key, said, at=at)
                self.visits[visit.booking_id] = replace(visit, on=later.date(), fate=Fate.COMES)

    def _days_visits(self, today: date, *, at: datetime) -> Iterator[Parcel]:
        due = [visit for visit in self.visits.values() if visit.on == today]
        held = self._standing() if due else {}
        for visit in due:
            del self.visits[visit.booking_id]
            if held.get(booking_key(SOURCE, visit.booking_id)) is not BookingState.BOOKED:
                continue  # still on the waitlist: nobody was expected
            if visit.fate is Fate.MISSES:
                yield booking_event("booking_missed", visit.car.owner_key, {"booking_id": visit.booking_id}, at=at)
            else:
                items = [visit.contact.item, *visit.contact.bundled]
                odometer_m = visit.car.shown_m((today - STARTS_ON).days, 0.4)
                yield service_order(visit.car, items, number=visit.booking_id, odometer_m=odometer_m, at=at)

    def _standing(self) -> dict[str, BookingState]:
        pages = (
            client("dynamodb", self.stack.endpoint)
            .get_paginator("scan")
            .paginate(
                TableName=self.stack.outputs["WorkshopTableName"],
                FilterExpression="sk = :booking",
                ExpressionAttributeValues={":booking": {"S": "booking"}},
            )
        )
        told = (standing_from(read(item)) for page in pages for item in page["Items"])
        return {standing.booking_key: standing.state for standing in told}

    def _fate(self, contact: Contact, car: Car) -> Fate:
        fate = self._draw("fate", contact).choices(_FATES, weights=_FATE_WEIGHTS)[0]
        if car.part is Part.SELF_COUNTING:
            return Fate.CANCELS  # its counter, drawn before the run, would not know of the service
        return fate

    def _draw(self, what: str, contact: Contact) -> random.Random:
        return random.Random(f"{self.seed}|{what}|{contact.contact_id}")  # noqa: S311  # seeded, not secret


def _chance(contact: Contact) -> float:
    lead_days = contact.lead.lead_days if contact.lead else 0
    return _BOOKS_SHARE * math.exp(-(((lead_days - _BEST_LEAD) / _LEAD_SPREAD) ** 2) / 2)


def _wish(contact: Contact, *, draw: random.Random, since: date) -> tuple[datetime, bool]:
    """Return the hour that an owner wants, on the store's clock, and whether another one would do."""
    ahead = since + timedelta(days=draw.randrange(*_AHEAD_DAYS))
    if draw.random() < _WANTS_SATURDAY:
        saturday = ahead + timedelta(days=(_SATURDAY - ahead.weekday()) % 7)
        return _opens_at(contact.store_id, since=saturday), False
    return _opens_at(contact.store_id, since=ahead) + timedelta(hours=draw.randrange(6)), True


def _opens_at(store_id: str, *, since: date) -> datetime:
    zone = zone_of(stores()[store_id].zone)
    for later in range(_LOOKS_AHEAD_DAYS):
        on = since + timedelta(days=later)
        if opening := opening_on(store_id, on):
            return datetime.combine(on, opening.opens_at, zone)
    raise ValueError(f"{store_id} is closed for {_LOOKS_AHEAD_DAYS} days")
