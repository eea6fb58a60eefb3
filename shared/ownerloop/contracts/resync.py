"""How a car's source is asked for readings again; no pydantic here, for the intake speaks it."""

from datetime import datetime
from typing import Any, Final

from ownerloop.contracts.identity import instant_text
from ownerloop.contracts.outgoing import outgoing
from ownerloop.domain.gaps import Gap
from ownerloop.domain.ids import digest
from ownerloop.domain.vehicle import Vehicle

RESYNC_REQUESTED: Final = "ownerloop.vehicle.resync_requested.v1"
SOURCE = "urn:ownerloop:gaps"  # one for intake and night, so that the same gap is the same event whoever saw it


def resync_requested(vehicle: Vehicle, *, gap: Gap, at: datetime) -> dict[str, Any]:
    """Return the event for a gap; its id follows from the car and the reading with which the gap began."""
    data = {
        "vehicle_id": vehicle.vehicle_id,
        "store_id": vehicle.store_id,
        "from_at": instant_text(gap.asked_from),
        "until_at": instant_text(gap.until),
        "cause": "silence" if gap.is_silence else "gap",
        "data_source": gap.source or None,
    }
    event_id = digest(RESYNC_REQUESTED, vehicle.vehicle_id, gap.since.isoformat())[:32]
    return outgoing(RESYNC_REQUESTED, vehicle.vehicle_id, data, event_id=event_id, source=SOURCE, at=at)
