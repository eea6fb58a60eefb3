"""The zones in which a car's presence is noted: those of stores, and of campaigns while they run."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from ownerloop.adapters.policy_rows import Row, rows_of
from ownerloop.domain.presence import Zone

_is_zone_id = re.compile(r"[a-z][a-z0-9-]{0,62}").fullmatch
_MERIDIAN, _POLE = 180, 90
_RADIUS_MAX_M = 20_000  # a wider one would tell nobody anything


def zones(on: date) -> tuple[Zone, ...]:
    """Return the zones of the version in force on the day that are open on it."""
    versions = rows_by_day()
    held = max((day for day in versions if day <= on), default=min(versions))
    return tuple(zone for zone, first, last in versions[held] if first <= on <= last)


@cache
def rows_by_day() -> dict[date, tuple[tuple[Zone, date, date], ...]]:
    """Return each version's zones with their first and last day, by the day from which it holds."""
    return {row.day("effective_on"): tuple(read_zones(row)) for row in rows_of("zones.json")}


def read_zones(row: Row) -> Iterator[tuple[Zone, date, date]]:
    """Return the zones of a version, each with the first and the last day on which it is open."""
    known: set[str] = set()
    for zone in row.rows("zones"):
        zone_id = zone.text("zone_id")
        if _is_zone_id(zone_id) is None or zone_id in known:
            raise zone.refusal("zone_id", "must be a name of its own in small letters, digits and dashes")
        known.add(zone_id)
        radius_m = zone.whole("radius_m", low=1)
        if radius_m > _RADIUS_MAX_M:
            raise zone.refusal("radius_m", f"must be at most {_RADIUS_MAX_M}")
        first = zone.day("starts_on") if "starts_on" in zone.values else date.min
        last = zone.day("ends_on") if "ends_on" in zone.values else date.max
        longitude, latitude = _degrees(zone, "longitude", _MERIDIAN), _degrees(zone, "latitude", _POLE)
        yield Zone(zone_id, longitude=longitude, latitude=latitude, radius_m=radius_m), first, last


def _degrees(row: Row, name: str, most: int) -> float:
    value = row.values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise row.refusal(name, f"must be a number of degrees from -{most} to {most}")
    return float(value)
