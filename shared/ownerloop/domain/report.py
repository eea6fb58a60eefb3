"""What one car said at one instant, in our units and words: integer metres, seconds and millivolts.

A `RawEvent` is not trusted yet; a `VehicleReport` has kept the contract.
"""

from dataclasses import dataclass, field
from datetime import datetime

from ownerloop.domain.changing import changed_copy
from ownerloop.domain.consent import DataClass
from ownerloop.domain.identifiers import could_name_somebody
from ownerloop.domain.observations import WHEELS, Observation, class_of, of_codes
from ownerloop.domain.presence import Position
from ownerloop.domain.vehicle import Reading

MEASURED = (
    *(f"tyre_pressure_{wheel}_kpa" for wheel in WHEELS),
    *(f"pad_wear_{wheel}_percent" for wheel in WHEELS),
    *("state_of_health_percent", "oil_life_s"),
)
_SERVICE_FIELDS = ("distance_to_service_m", "time_to_service_s")
_BATTERY_FIELDS = ("state_of_charge_percent", "low_voltage_mv")


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event as it came in a queue message; `rule` says what is wrong with the message as a whole."""

    body: bytes
    received_at: datetime  # when the queue took it; the event may know better
    message_id: str
    was_delivered: bool = False  # seen before, so that what it leads to may have been said already
    rule: str = ""


@dataclass(frozen=True, slots=True)
class EventIdentity:
    """What can be known of an event without trusting it. `vin` is None unless it has a VIN's length and alphabet."""

    event_key: str
    event_type: str = ""
    vin: str | None = None
    read_at: datetime | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VehicleReport:
    """One report. None means the car did not say, or that the owner keeps it back; it never means zero."""

    event_key: str
    source: str
    vin: str
    read_at: datetime
    received_at: datetime | None
    is_bare_date: bool
    classes: frozenset[DataClass]
    odometer_m: int | None = None
    distance_to_service_m: int | None = None
    time_to_service_s: int | None = None
    state_of_charge_percent: float | None = None
    low_voltage_mv: int | None = None
    fault_codes: tuple[str, ...] | None = None
    measured: tuple[tuple[str, int], ...] = ()  # those of MEASURED that it names, in whole units
    position: Position | None = field(default=None, repr=False)  # turned into presence at the intake, never kept

    @property
    def told_by(self) -> str:
        """Return the source, or an empty text where it spells out an identifier and would carry it on."""
        is_telling = self.vin in self.source.upper() or could_name_somebody(self.source)
        return "" if is_telling else self.source

    @property
    def reading(self) -> Reading | None:
        """Return the odometer reading, or None where the report has none."""
        if self.odometer_m is None:
            return None
        return Reading(read_at=self.read_at, odometer_m=self.odometer_m, is_bare_date=self.is_bare_date)

    @property
    def has_observations(self) -> bool:
        """Return whether it says anything beside odometer, charge and position."""
        return not (
            self.low_voltage_mv is None
            and self.distance_to_service_m is None
            and self.time_to_service_s is None
            and self.fault_codes is None
            and not self.measured
        )

    @property
    def observations(self) -> list[Observation]:
        """Return what it says of the car's condition and of its own service counter, signal by signal."""
        counted = (
            ("low_voltage_mv", self.low_voltage_mv),
            ("service_distance_m", self.distance_to_service_m),
            ("service_time_s", self.time_to_service_s),
        )
        said = [Observation(name, self.read_at, value) for name, value in counted if value is not None]
        said += [Observation(name, self.read_at, value) for name, value in self.measured]
        return said if self.fault_codes is None else said + of_codes(self.fault_codes, read_at=self.read_at)

    def limited_to(self, allowed: frozenset[str]) -> "VehicleReport":
        """Return the report without the signals of any data class that is not allowed."""
        if self.classes <= allowed:
            return self
        kept: dict[str, object] = {}
        if DataClass.ODOMETER not in allowed:
            kept["odometer_m"] = None
        if DataClass.SERVICE not in allowed:
            kept |= dict.fromkeys(_SERVICE_FIELDS)
        if DataClass.BATTERY not in allowed:
            kept |= dict.fromkeys(_BATTERY_FIELDS)
        if DataClass.DIAGNOSTICS not in allowed:
            kept["fault_codes"] = None
        if DataClass.LOCATION not in allowed:
            kept["position"] = None
        kept["measured"] = tuple(pair for pair in self.measured if class_of(pair[0]) in allowed)
        return changed_copy(self, classes=self.classes & allowed, **kept)
