"""Where a car was seen: what the intake makes of its positions, and what may be read of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ownerloop.domain.intake import Use
from ownerloop.domain.presence import Presence, Zone, joined, seen, visible
from ownerloop.ports import PresenceBook, Vehicles
from ownerloop.usecases.merging import Settled


def sights_in(settled: Iterable[Settled], *, zones: Sequence[Zone]) -> list[Presence]:
    """Return the zones that held a car whose position may be used, each hour once; the positions go no further."""
    return joined(
        sight
        for car in settled
        for arrived in car.used
        if (position := arrived.report.position) is not None and arrived.use is Use.STATE
        for sight in seen(car.after.vehicle_id, position, at=arrived.report.read_at, zones=zones)
    )


def presence_of(vehicle_id: str, *, vehicles: Vehicles, book: PresenceBook, now: datetime) -> list[Presence]:
    """Return where the car was seen in the last seven days, as far as its owner's live consent covers it; in order.

    A withdrawal ends this at once: the rows that are still there are not shown to anybody.
    """
    car = vehicles.load([vehicle_id])[vehicle_id]
    return visible(book.of_car(vehicle_id), consent=car.consent, now=now)
