"""`ownerloop.vehicle.telemetry.v1`: what a car said, in COVESA VSS names. The intake reads its twin in `hot.py`."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, ValidationError, ValidationInfo, field_validator

from ownerloop.contracts import hot
from ownerloop.contracts import vocabulary as words
from ownerloop.contracts.cloud_event import FEED, FeedEvent, Instant, Vin, refusal_of
from ownerloop.contracts.identity import decoded
from ownerloop.contracts.vocabulary import malformed
from ownerloop.domain.report import VehicleReport

_ABSENT: Any = None  # of the type that the signal has when it comes: null is refused
FaultCode = Annotated[str, StringConstraints(pattern=words.FAULT_CODE_PATTERN)]


class OdometerSignal(BaseModel):
    """Distance travelled: whole metres (VSS 6), or kilometres where the unit says so."""

    model_config = FEED

    unit: Literal["m", "km"]
    value: Annotated[float, Field(ge=0, le=words.UINT32_MAX)]

    @field_validator("value")
    @classmethod
    def _is_whole_in_metres(cls, value: float, info: ValidationInfo) -> float:
        if "unit" in info.data and words.metres_of(value, info.data["unit"]) is None:
            raise ValueError("is no whole number of metres of 32 bits")
        return value


class DistanceToServiceSignal(BaseModel):
    """Distance to the next service; negative when overdue."""

    model_config = FEED

    unit: Literal["km"]
    value: Annotated[float, Field(ge=-words.SERVICE_KM_MAX, le=words.SERVICE_KM_MAX)]


class TimeToServiceSignal(BaseModel):
    """Time to the next service; negative when overdue."""

    model_config = FEED

    unit: Literal["s"]
    value: Annotated[int, Field(ge=-words.INT32_MAX, le=words.INT32_MAX)]


class StateOfChargeSignal(BaseModel):
    """Charge of the traction battery as the driver sees it."""

    model_config = FEED

    unit: Literal["percent"]
    value: Annotated[float, Field(ge=0, le=100)]


class LowVoltageSignal(BaseModel):
    """Voltage of the 12 V battery."""

    model_config = FEED

    unit: Literal["V"]
    value: Annotated[float, Field(ge=0, le=words.LOW_VOLTAGE_MAX)]


class StateOfHealthSignal(BaseModel):
    """What the traction battery holds of what it held when new."""

    model_config = FEED

    unit: Literal["percent"]
    value: Annotated[float, Field(ge=0, le=100)]


class TyrePressureSignal(BaseModel):
    """Pressure of one tyre."""

    model_config = FEED

    unit: Literal["kPa"]
    value: Annotated[float, Field(ge=0, le=words.TYRE_KPA_MAX)]


class PadWearSignal(BaseModel):
    """Wear of one wheel's brake pads: 0 is new, 100 is worn."""

    model_config = FEED

    unit: Literal["percent"]
    value: Annotated[float, Field(ge=0, le=100)]


class OilLifeSignal(BaseModel):
    """Remaining life of the engine oil; negative when exceeded."""

    model_config = FEED

    unit: Literal["s"]
    value: Annotated[int, Field(ge=-words.INT32_MAX, le=words.INT32_MAX)]


class LatitudeSignal(BaseModel):
    """Where the car was; asks for a consent of its own and is never kept."""

    model_config = FEED

    unit: Literal["degrees"]
    value: Annotated[float, Field(ge=-90, le=90)]


class LongitudeSignal(BaseModel):
    """Where the car was; asks for a consent of its own and is never kept."""

    model_config = FEED

    unit: Literal["degrees"]
    value: Annotated[float, Field(ge=-180, le=180)]


class FaultCodesSignal(BaseModel):
    """Diagnostic trouble codes; they have no unit."""

    model_config = FEED

    value: Annotated[list[FaultCode], Field(max_length=words.FAULT_CODES_MAX)]


class Signals(BaseModel):
    """The signals on the allow list, under their VSS paths; every other one is dropped."""

    model_config = FEED

    odometer: OdometerSignal = Field(default=_ABSENT, alias=words.ODOMETER)
    distance_to_service: DistanceToServiceSignal = Field(default=_ABSENT, alias=words.DISTANCE_TO_SERVICE)
    time_to_service: TimeToServiceSignal = Field(default=_ABSENT, alias=words.TIME_TO_SERVICE)
    state_of_charge: StateOfChargeSignal = Field(default=_ABSENT, alias=words.STATE_OF_CHARGE)
    low_voltage: LowVoltageSignal = Field(default=_ABSENT, alias=words.LOW_VOLTAGE)
    fault_codes: FaultCodesSignal = Field(default=_ABSENT, alias=words.FAULT_CODES)
    tyre_pressure_fl_kpa: TyrePressureSignal = Field(default=_ABSENT, alias=words.TYRE_PRESSURE_FL)
    tyre_pressure_fr_kpa: TyrePressureSignal = Field(default=_ABSENT, alias=words.TYRE_PRESSURE_FR)
    tyre_pressure_rl_kpa: TyrePressureSignal = Field(default=_ABSENT, alias=words.TYRE_PRESSURE_RL)
    tyre_pressure_rr_kpa: TyrePressureSignal = Field(default=_ABSENT, alias=words.TYRE_PRESSURE_RR)
    pad_wear_fl_percent: PadWearSignal = Field(default=_ABSENT, alias=words.PAD_WEAR_FL)
    pad_wear_fr_percent: PadWearSignal = Field(default=_ABSENT, alias=words.PAD_WEAR_FR)
    pad_wear_rl_percent: PadWearSignal = Field(default=_ABSENT, alias=words.PAD_WEAR_RL)
    pad_wear_rr_percent: PadWearSignal = Field(default=_ABSENT, alias=words.PAD_WEAR_RR)
    state_of_health_percent: StateOfHealthSignal = Field(default=_ABSENT, alias=words.STATE_OF_HEALTH)
    oil_life_s: OilLifeSignal = Field(default=_ABSENT, alias=words.OIL_LIFE)
    latitude: LatitudeSignal = Field(default=_ABSENT, alias=words.LATITUDE)
    longitude: LongitudeSignal = Field(default=_ABSENT, alias=words.LONGITUDE)


class TelemetryData(BaseModel):
    """The payload: signals, and whether `time` is a bare date."""

    model_config = FEED

    signals: Signals
    date_only: bool = False


class VehicleTelemetryV1(FeedEvent):
    """What a car said at one instant."""

    type: Literal["ownerloop.vehicle.telemetry.v1"]
    subject: Vin
    time: Instant
    data: TelemetryData
    receivedat: Instant | None = None

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Return the event in the bytes, or raise MalformedEventError for the first broken field."""
        event = decoded(raw)
        if not isinstance(event, dict):
            raise malformed("body")
        try:
            return cls.model_validate(event)
        except ValidationError as error:
            raise refusal_of(error) from error

    def to_domain(self) -> VehicleReport:
        """Return the report in the words of the domain."""
        text = self.model_dump_json(by_alias=True, exclude_unset=True)
        return hot.read(text.encode())
