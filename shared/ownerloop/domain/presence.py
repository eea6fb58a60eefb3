"""Presence: which zones hold a position, so that the position itself need not be kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from ownerloop.domain.consent import ConsentHead, DataClass, Purpose

LIVES_FOR = timedelta(days=7)
_EARTH_RADIUS_M = 6_371_009  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Zone:
    """A circle around a store or a campaign's place."""

    zone_id: str
    longitude: float
    latitude: float
    radius_m: int


@dataclass(frozen=True, slots=True, repr=False)
class Position:
    """Where a car was, in degrees; it has no text of its own, so that no log can hold it by accident."""

    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True, order=True)
class Presence:
    """A car was seen inside a zone within one hour (UTC): first and last instant of that hour."""

    vehicle_id: str
    zone_id: str
    hour: datetime
    first_at: datetime
    last_at: datetime

    @property
    def gone_at(self) -> datetime:
        """Return the instant from which on nobody may know."""
        return self.hour + LIVES_FOR

    @property
    def key(self) -> tuple[str, str, datetime]:
        """Return what tells this fact from others: car, zone and hour."""
        return (self.vehicle_id, self.zone_id, self.hour)


def zones_holding(longitude: float, latitude: float, zones: Sequence[Zone]) -> list[str]:
    """Return the ids of the zones that hold the position, in their order; the border belongs to the zone."""
    return [zone.zone_id for zone in zones if _metres_from(zone, longitude, latitude) <= zone.radius_m]


def seen(vehicle_id: str, position: Position, *, at: datetime, zones: Sequence[Zone]) -> list[Presence]:
    """Return a presence for each zone that holds the position."""
    at = at.astimezone(UTC)
    hour = at.replace(minute=0, second=0, microsecond=0)
    inside = zones_holding(position.longitude, position.latitude, zones)
    return [Presence(vehicle_id, zone_id, hour, at, at) for zone_id in inside]


def joined(facts: Iterable[Presence]) -> list[Presence]:
    """Return one fact a car, zone and hour, from the first to the last instant of all; in order."""
    by_key: dict[tuple[str, str, datetime], Presence] = {}
    for fact in facts:
        known = by_key.get(fact.key, fact)
        first_at, last_at = min(known.first_at, fact.first_at), max(known.last_at, fact.last_at)
        by_key[fact.key] = Presence(*fact.key, first_at, last_at)
    return sorted(by_key.values())


def visible(facts: Iterable[Presence], *, consent: ConsentHead, now: datetime) -> list[Presence]:
    """Return the facts that are not past their time and that a live consent covers, at their instants and now."""
    known_at = consent.known_at(now)

    def is_covered(at: datetime) -> bool:
        return DataClass.LOCATION in consent.usable_classes(at, now=known_at, purpose=Purpose.PRESENCE)

    return [fact for fact in facts if now < fact.gone_at and is_covered(fact.first_at) and is_covered(fact.last_at)]


def _metres_from(zone: Zone, longitude: float, latitude: float) -> float:
    """Return the great-circle distance in metres (haversine)."""
    north, other_north = radians(latitude), radians(zone.latitude)
    half = sin((north - other_north) / 2) ** 2
    half += cos(north) * cos(other_north) * sin(radians(longitude - zone.longitude) / 2) ** 2
    return 2 * _EARTH_RADIUS_M * asin(sqrt(min(half, 1.0)))
