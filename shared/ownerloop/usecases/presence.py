"""Where a car was seen: what the intake makes of its positions."""

from collections.abc import Iterable, Sequence

from ownerloop.domain.intake import Use
from ownerloop.domain.presence import Presence, Zone, joined, seen
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
