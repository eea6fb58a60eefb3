"""The vehicle telemetry contract as msgspec structs, which `hot.py` reads and a test holds equal to the pydantic model.

Signals that have no field here are skipped by the decoder, so that what nobody allowed is never even built.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ownerloop.contracts import vocabulary as words
from ownerloop.contracts.identity import AwareInstant
from ownerloop.domain.vin import VIN_LENGTH

Name = Annotated[str, Meta(min_length=1, max_length=words.TEXT_MAX)]
VinText = Annotated[str, Meta(min_length=VIN_LENGTH, max_length=VIN_LENGTH)]
Distance = Annotated[int, Meta(ge=0)] | Annotated[float, Meta(ge=0)]
_SERVICE = words.SERVICE_KM_MAX
ServiceKm = Annotated[int, Meta(ge=-_SERVICE, le=_SERVICE)] | Annotated[float, Meta(ge=-_SERVICE, le=_SERVICE)]
Percent = Annotated[int, Meta(ge=0, le=100)] | Annotated[float, Meta(ge=0, le=100)]
Volt = Annotated[int, Meta(ge=0, le=words.LOW_VOLTAGE_MAX)] | Annotated[float, Meta(ge=0, le=words.LOW_VOLTAGE_MAX)]
KiloPascal = Annotated[int, Meta(ge=0, le=words.TYRE_KPA_MAX)] | Annotated[float, Meta(ge=0, le=words.TYRE_KPA_MAX)]
Seconds = Annotated[int, Meta(ge=-words.INT32_MAX, le=words.INT32_MAX)]
FaultCode = Annotated[str, Meta(pattern=words.FAULT_CODE_PATTERN.replace("$", r"\Z"))]  # `$` lets a newline follow


class Odometer(Struct, frozen=True, gc=False):
    """Distance travelled: whole metres (VSS 6), or kilometres where the unit says so."""

    unit: Literal["m", "km"]
    value: Distance


class DistanceToService(Struct, frozen=True, gc=False):
    """Distance to the next service; negative when overdue."""

    unit: Literal["km"]
    value: ServiceKm


class TimeToService(Struct, frozen=True, gc=False):
    """Time to the next service; negative when overdue."""

    unit: Literal["s"]
    value: Seconds


class StateOfCharge(Struct, frozen=True, gc=False):
    """Charge of the traction battery as the driver sees it."""

    unit: Literal["percent"]
    value: Percent


class LowVoltage(Struct, frozen=True, gc=False):
    """Voltage of the 12 V battery."""

    unit: Literal["V"]
    value: Volt


class StateOfHealth(Struct, frozen=True, gc=False):
    """What the traction battery holds of what it held when new."""

    unit: Literal["percent"]
    value: Percent


class TyrePressure(Struct, frozen=True, gc=False):
    """Pressure of one tyre."""

    unit: Literal["kPa"]
    value: KiloPascal


class PadWear(Struct, frozen=True, gc=False):
    """Wear of one wheel's brake pads: 0 is new, 100 is worn."""

    unit: Literal["percent"]
    value: Percent


class OilLife(Struct, frozen=True, gc=False):
    """Remaining life of the engine oil; negative when exceeded."""

    unit: Literal["s"]
    value: Seconds


class Latitude(Struct, frozen=True, gc=False):
    """Where the car was; asks for a consent of its own and is never kept."""

    unit: Literal["degrees"]
    value: Annotated[int, Meta(ge=-90, le=90)] | Annotated[float, Meta(ge=-90, le=90)]


class Longitude(Struct, frozen=True, gc=False):
    """Where the car was; asks for a consent of its own and is never kept."""

    unit: Literal["degrees"]
    value: Annotated[int, Meta(ge=-180, le=180)] | Annotated[float, Meta(ge=-180, le=180)]


class FaultCodes(Struct, frozen=True, gc=False):
    """Diagnostic trouble codes; they have no unit."""

    value: Annotated[tuple[FaultCode, ...], Meta(max_length=words.FAULT_CODES_MAX)]


class Signals(Struct, frozen=True, gc=False):
    """The signals on the allow list, under their VSS paths; those of a condition have the names of observations."""

    odometer: Odometer | UnsetType = field(default=UNSET, name=words.ODOMETER)
    distance_to_service: DistanceToService | UnsetType = field(default=UNSET, name=words.DISTANCE_TO_SERVICE)
    time_to_service: TimeToService | UnsetType = field(default=UNSET, name=words.TIME_TO_SERVICE)
    state_of_charge: StateOfCharge | UnsetType = field(default=UNSET, name=words.STATE_OF_CHARGE)
    low_voltage: LowVoltage | UnsetType = field(default=UNSET, name=words.LOW_VOLTAGE)
    fault_codes: FaultCodes | UnsetType = field(default=UNSET, name=words.FAULT_CODES)
    tyre_pressure_fl_kpa: TyrePressure | UnsetType = field(default=UNSET, name=words.TYRE_PRESSURE_FL)
    tyre_pressure_fr_kpa: TyrePressure | UnsetType = field(default=UNSET, name=words.TYRE_PRESSURE_FR)
    tyre_pressure_rl_kpa: TyrePressure | UnsetType = field(default=UNSET, name=words.TYRE_PRESSURE_RL)
    tyre_pressure_rr_kpa: TyrePressure | UnsetType = field(default=UNSET, name=words.TYRE_PRESSURE_RR)
    pad_wear_fl_percent: PadWear | UnsetType = field(default=UNSET, name=words.PAD_WEAR_FL)
    pad_wear_fr_percent: PadWear | UnsetType = field(default=UNSET, name=words.PAD_WEAR_FR)
    pad_wear_rl_percent: PadWear | UnsetType = field(default=UNSET, name=words.PAD_WEAR_RL)
    pad_wear_rr_percent: PadWear | UnsetType = field(default=UNSET, name=words.PAD_WEAR_RR)
    state_of_health_percent: StateOfHealth | UnsetType = field(default=UNSET, name=words.STATE_OF_HEALTH)
    oil_life_s: OilLife | UnsetType = field(default=UNSET, name=words.OIL_LIFE)
    latitude: Latitude | UnsetType = field(default=UNSET, name=words.LATITUDE)
    longitude: Longitude | UnsetType = field(default=UNSET, name=words.LONGITUDE)


class Data(Struct, frozen=True, gc=False):
    """The payload: signals, and whether `time` is a bare date."""

    signals: Signals
    date_only: bool = False


class Telemetry(Struct, frozen=True, gc=False):
    """One telemetry event, CloudEvents 1.0."""

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Literal["ownerloop.vehicle.telemetry.v1"]
    subject: VinText
    time: AwareInstant
    data: Data
    receivedat: AwareInstant | None = None
