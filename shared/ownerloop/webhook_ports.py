"""What webhooks need from the world: a memory of deliveries, and the cars behind the names that sources give them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from ownerloop.domain.errors import OwnerLoopError
from ownerloop.domain.webhook import Claim, Delivery


class Deliveries(Protocol):
    """Which deliveries were taken, kept longer than a reading of theirs could still be taken."""

    def claim(self, delivery: Delivery, *, now: datetime) -> Claim:
        """Remember the delivery at first sight and return whose it is; one that was never finished is open again."""
        ...

    def finish(self, delivery: Delivery, *, now: datetime) -> None:
        """Remember that everything in it is queued."""
        ...

    def is_done(self, delivery: Delivery) -> bool:
        """Return whether this very delivery was finished; nothing is remembered."""
        ...


class VehicleNames(Protocol):
    """The cars behind the names that sources give them; nobody is enrolled by asking."""

    def vins_named(self, names: Iterable[str], *, source: str) -> dict[str, str]:
        """Return the VIN behind each name of the source that is known; the others are absent."""
        ...


class VehicleRecord(Protocol):
    """What one record of a delivery says of one car."""

    @property
    def vin(self) -> str | None:
        """Return the car's VIN, where the record gives it."""
        ...

    @property
    def name(self) -> str | None:
        """Return the name that the source gives the car, where the record has it."""
        ...

    @property
    def refusal(self) -> OwnerLoopError | None:
        """Return why the record cannot be read, or None."""
        ...

    def as_event(self, vin: str) -> bytes:
        """Return the telemetry event of the car, or raise the OwnerLoopError that refuses the record."""
        ...
