"""The contract of the request for readings again."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel

from ownerloop.contracts import resync
from ownerloop.contracts.cloud_event import PUBLISHED, Instant, Name
from ownerloop.contracts.published import PublishedEvent, VehicleId
from ownerloop.domain.gaps import Gap
from ownerloop.domain.vehicle import Vehicle


class ResyncRequestedData(BaseModel):
    """Readings of a car are missing between two instants: `gap` was closed by a later reading, `silence` is open."""

    model_config = PUBLISHED

    vehicle_id: VehicleId
    store_id: str | None
    from_at: Instant
    until_at: Instant
    cause: Literal["gap", "silence"]
    data_source: Name | None


class ResyncRequestedV1(PublishedEvent):
    """A car's source is asked to send again what it has of a span."""

    type: Literal["ownerloop.vehicle.resync_requested.v1"]
    data: ResyncRequestedData

    @classmethod
    def from_domain(cls, vehicle: Vehicle, *, gap: Gap, at: datetime) -> Self:
        """Return the event for a gap."""
        return cls.model_validate(resync.resync_requested(vehicle, gap=gap, at=at))
