"""What became of a car or a contact in one write, as the table streams tell it."""

from dataclasses import dataclass

from ownerloop.domain.contact import Contact
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
