"""What one interaction is decided on, and everything it changes."""

from dataclasses import dataclass, field
from datetime import datetime

from ownerloop.domain.cases import Case
from ownerloop.domain.contact import Contact
from ownerloop.domain.facts import Fact
from ownerloop.domain.owner import Owner
from ownerloop.domain.points_change import PointsChange
from ownerloop.domain.standing import Standing
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.workshop import Day


@dataclass(frozen=True, slots=True)
class Held:
    """A person as last written, with the case that the event is about; `applied` is the payload hash in the inbox."""

    owner: Owner
    tier: TierRecord
    case: Case | None = None
    applied: str | None = None


@dataclass(frozen=True, slots=True)
class WorkshopChange:
    """What an interaction changes in the workshops: days, bookings, and what owners off the waitlist are told."""

    days: tuple[Day, ...] = ()
    standings: tuple[Standing, ...] = ()
    contacts: tuple[Contact, ...] = ()  # new ones


@dataclass(frozen=True, slots=True)
class InteractionChange:
    """Everything one interaction changes, written together with its inbox marker or not at all.

    Each changed item comes with its version already raised by one.
    """

    event_key: str
    payload_hash: str
    applied_at: datetime  # from when on its marker is kept: it may have been received long before
    fact: Fact
    owner: Owner | None = None
    tier: TierRecord | None = None
    case: Case | None = None
    vehicle: Vehicle | None = None
    workshop: WorkshopChange = WorkshopChange()
    points: PointsChange = field(default_factory=PointsChange)
