"""What the processing of interactions needs: the ports, and the rules by day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ownerloop.complaint_ports import ComplaintDesk
from ownerloop.domain.calendar import zone_of
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle
from ownerloop.owner_ports import Directory, InteractionRules, Interactions
from ownerloop.points_ports import PointsDesk
from ownerloop.ports import Bus, History, Quarantine, Vehicles
from ownerloop.workshop_ports import BookingDesk


@dataclass(frozen=True, slots=True)
class InteractionWorld:
    """The ports and the rules."""

    directory: Directory
    interactions: Interactions
    vehicles: Vehicles
    history: History
    quarantine: Quarantine
    bus: Bus
    replan: Callable[[Vehicle, datetime], Vehicle]
    rules: InteractionRules
    bookings: BookingDesk
    points: PointsDesk
    complaints: ComplaintDesk

    def zone(self, owner: Owner) -> ZoneInfo:
        """Return the zone in which the owner's days begin."""
        return zone_of(owner.zone, self.rules.store_zone(owner.store_id))


@dataclass(frozen=True, slots=True)
class Names:
    """Who is behind the identifiers of a batch, looked up once: aliases, persons by address, cars by VIN."""

    aliases: Mapping[str, str]
    addresses: Mapping[str, str]
    cars: Mapping[str, str]
