"""The canonical event: what a car said in any format, in our units, with the unit and value that came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ownerloop.contracts import vocabulary as words
from ownerloop.domain.errors import OwnerLoopError


class RefusedRecordError(OwnerLoopError):
    """A record of a foreign format is refused whole; `at_byte` is set where the format is binary."""

    def __init__(self, reason: str, rule: str, *, at_byte: int | None = None) -> None:
        super().__init__(rule if at_byte is None else f"byte {at_byte}: {rule}")
        self.reason, self.rule, self.at_byte = reason, rule, at_byte


@dataclass(frozen=True, slots=True)
class Signal:
    """One value under its VSS path, in our unit, beside the unit and value as they came."""

    value: Any
    unit: str | None
    received_value: Any
    received_unit: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the signal as nested facts."""
        return {
            "value": self.value,
            "unit": self.unit,
            "received": {"value": self.received_value, "unit": self.received_unit},
        }


@dataclass(frozen=True, slots=True)
class CanonicalEvent:
    """What one record says. Whatever is unknown stands in `absent` with its reason; it is never zero.

    `read_at` is when the car recorded it, `fetched_at` when a cloud was asked; both in UTC, both may be unknown.
    """

    format_name: str
    kind: str
    vin: str | None = None
    vehicle_name: str | None = None
    read_at: datetime | None = None
    is_bare_date: bool = False
    fetched_at: datetime | None = None
    signals: Mapping[str, Signal] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    format_version: int | str = 1

    @property
    def odometer_m(self) -> int | None:
        """Return whole metres, or None where the record gives none."""
        signal = self.signals.get(words.ODOMETER)
        return None if signal is None else int(signal.value)

    def as_json(self) -> dict[str, Any]:
        """Return the event as one JSON object: VIN, odometer and instant plain, everything else nested."""
        odometer = self.signals.get(words.ODOMETER)
        return {
            "vin": self.vin,
            "odometer_m": self.odometer_m,
            "read_at": instant_text(self.read_at),
            "date_only": self.is_bare_date,
            "kind": self.kind,
            "signals": {path: signal.as_json() for path, signal in self.signals.items()},
            "facts": dict(self.facts),
            "absent": dict(self.absent),
            "provenance": {
                "format": self.format_name,
                "version": self.format_version,
                "vehicle": self.vehicle_name,
                "recorded_at": instant_text(self.read_at),
                "fetched_at": instant_text(self.fetched_at),
                "odometer": None if odometer is None else odometer.as_json()["received"],
            },
        }


def instant_text(instant: datetime | None) -> str | None:
    """Return the instant in UTC as RFC 3339 text, or None."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
