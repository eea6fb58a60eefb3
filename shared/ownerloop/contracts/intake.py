"""What the intake of vehicle data asks of its contract, without the model that documents it."""

from ownerloop.contracts import hot, identity, sealing
from ownerloop.domain.report import EventIdentity, VehicleReport


class TelemetryV1:
    """`ownerloop.vehicle.telemetry.v1`, read the quick way."""

    def read(self, body: bytes) -> VehicleReport:
        """Return the report, or raise MalformedEventError for the first field that breaks its rule."""
        return hot.read(body)

    def identity_of(self, body: bytes) -> EventIdentity:
        """Return who the event says it is, even when the rest of it is broken."""
        return identity.identity_of(body)

    def kept_body(self, body: bytes, *, classes: frozenset[str], vin: str, vehicle_id: str) -> bytes | None:
        """Return what quarantine may keep of it under these classes, the car named by its surrogate."""
        return sealing.kept_body(body, classes=classes, vin=vin, vehicle_id=vehicle_id)
