"""Owners who book a visit because of a message, decided by the seed and the contact alone."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from infra.demo.names import Names, names_in
from infra.fleet.interacting import booking
from infra.fleet.parcels import Parcel
from infra.local.stack import Stack
from ownerloop.domain.contact import Contact, ContactState

_BOOKS_SHARE = 0.3  # of the owners who got a reminder
_TOPIC = "maintenance"


@dataclass(slots=True)
class Answers:
    """The bookings of a run; each contact is asked once."""

    stack: Stack
    seed: int
    asked: set[str] = field(default_factory=set)

    def bookings(self, contacts: Iterable[Contact], *, at: datetime) -> list[Parcel]:
        """Return what the owners booked whose reminder arrived since the last call, in the contacts' order."""
        arrived = [c for c in contacts if c.state is ContactState.ACCEPTED and c.contact_id not in self.asked]
        self.asked |= {contact.contact_id for contact in arrived}
        booked = [c for c in arrived if c.topic == _TOPIC and self._books(c)]
        if not booked:
            return []
        names = names_in(self.stack)
        return [_booking(contact, names, at=at) for contact in sorted(booked, key=lambda c: c.contact_id)]

    def _books(self, contact: Contact) -> bool:
        draw = random.Random(f"{self.seed}|books|{contact.contact_id}")  # noqa: S311  # seeded, not secret
        return draw.random() < _BOOKS_SHARE


def _booking(contact: Contact, names: Names, *, at: datetime) -> Parcel:
    owner_key, vin = names.owner_keys[contact.person_id], names.vins[contact.vehicle_id]
    return booking(owner_key, vin=vin, at=at, contact_id=contact.contact_id)
