"""Presence: which zones hold a position, so that the position itself need not be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

_EARTH_RADIUS_M = 6_371_009  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Zone:
    """A circle around a store or a campaign's place."""

    zone_id: str
    longitude: float
    latitude: float
    radius_m: int


def zones_holding(longitude: float, latitude: float, zones: Sequence[Zone]) -> list[str]:
    """Return the ids of the zones that hold the position, in their order; the border belongs to the zone."""
    return [zone.zone_id for zone in zones if _metres_from(zone, longitude, latitude) <= zone.radius_m]


def _metres_from(zone: Zone, longitude: float, latitude: float) -> float:
    """Return the great-circle distance in metres (haversine)."""
    north, other_north = radians(latitude), radians(zone.latitude)
    half = sin((north - other_north) / 2) ** 2
    half += cos(north) * cos(other_north) * sin(radians(longitude - zone.longitude) / 2) ** 2
    return 2 * _EARTH_RADIUS_M * asin(sqrt(min(half, 1.0)))
