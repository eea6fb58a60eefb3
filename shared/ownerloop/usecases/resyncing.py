"""How a car's source is asked for readings again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from ownerloop.domain.gaps import Gap
from ownerloop.domain.vehicle import Vehicle


class ResyncRequest(Protocol):
    """The words of the request."""

    def __call__(self, vehicle: Vehicle, *, gap: Gap, at: datetime) -> Mapping[str, Any]:
        """Return the event; its id follows from the car and the beginning of the gap."""
        ...
