"""The words of our messages: event types, VSS paths with their units, and the rule that each field breaks or keeps."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from ownerloop.domain.errors import MalformedEventError

TELEMETRY: Final = "ownerloop.vehicle.telemetry.v1"
OWNER_REGISTERED: Final = "ownerloop.owner.registered.v1"
OWNER_UNSUBSCRIBED: Final = "ownerloop.owner.unsubscribed.v1"
VEHICLE_LINKED: Final = "ownerloop.vehicle.linked.v1"
VEHICLE_HANDED_OVER: Final = "ownerloop.vehicle.handed_over.v1"
SERVICE_COMPLETED: Final = "ownerloop.service.completed.v1"
CONSENT_GRANTED: Final = "ownerloop.consent.granted.v1"
CONSENT_WITHDRAWN: Final = "ownerloop.consent.withdrawn.v1"
ODOMETER_IMPORTED: Final = "ownerloop.odometer.imported.v1"
LEAD_TIME_UPDATED: Final = "ownerloop.maintenance.lead_time_updated.v1"
CONTACT_ENDED: Final = "ownerloop.contact.ended.v1"

# COVESA VSS 6.0. Whatever is not named here is dropped as it is read.
ODOMETER: Final = "Vehicle.TraveledDistance"
DISTANCE_TO_SERVICE: Final = "Vehicle.Service.DistanceToService"
TIME_TO_SERVICE: Final = "Vehicle.Service.TimeToService"
STATE_OF_CHARGE: Final = "Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed"
LOW_VOLTAGE: Final = "Vehicle.LowVoltageBattery.CurrentVoltage"
FAULT_CODES: Final = "Vehicle.Diagnostics.DTCList"
STATE_OF_HEALTH: Final = "Vehicle.Powertrain.TractionBattery.StateOfHealth"
OIL_LIFE: Final = "Vehicle.Powertrain.CombustionEngine.EngineOil.LifeRemaining"
TYRE_PRESSURE_FL: Final = "Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure"
TYRE_PRESSURE_FR: Final = "Vehicle.Chassis.Axle.Row1.Wheel.Right.Tire.Pressure"
TYRE_PRESSURE_RL: Final = "Vehicle.Chassis.Axle.Row2.Wheel.Left.Tire.Pressure"
TYRE_PRESSURE_RR: Final = "Vehicle.Chassis.Axle.Row2.Wheel.Right.Tire.Pressure"
PAD_WEAR_FL: Final = "Vehicle.Chassis.Axle.Row1.Wheel.Left.Brake.PadWear"
PAD_WEAR_FR: Final = "Vehicle.Chassis.Axle.Row1.Wheel.Right.Brake.PadWear"
PAD_WEAR_RL: Final = "Vehicle.Chassis.Axle.Row2.Wheel.Left.Brake.PadWear"
PAD_WEAR_RR: Final = "Vehicle.Chassis.Axle.Row2.Wheel.Right.Brake.PadWear"
TYRE_PRESSURES = (TYRE_PRESSURE_FL, TYRE_PRESSURE_FR, TYRE_PRESSURE_RL, TYRE_PRESSURE_RR)
PAD_WEARS = (PAD_WEAR_FL, PAD_WEAR_FR, PAD_WEAR_RL, PAD_WEAR_RR)
LATITUDE: Final = "Vehicle.CurrentLocation.Latitude"
LONGITUDE: Final = "Vehicle.CurrentLocation.Longitude"
POSITION = (LATITUDE, LONGITUDE)  # becomes presence at the intake and is told nowhere else
SIGNALS = (
    *(ODOMETER, DISTANCE_TO_SERVICE, TIME_TO_SERVICE, STATE_OF_CHARGE, LOW_VOLTAGE, FAULT_CODES),
    *(*TYRE_PRESSURES, *PAD_WEARS, STATE_OF_HEALTH, OIL_LIFE),
)

TEXT_MAX = 256  # characters of an id, a source or a key of somebody else's
UINT32_MAX = 2**32 - 1  # VSS 6 counts metres in a uint32
SERVICE_KM_MAX = 1_000_000
INT32_MAX = 2**31 - 1  # VSS counts seconds to service in an int32
LOW_VOLTAGE_MAX = 100
TYRE_KPA_MAX = 1500  # a lorry's tyre holds 900
FAULT_CODES_MAX = 255  # VSS counts them in a uint8
FAULT_CODE_PATTERN = "^[PCBU][0-9A-F]{4,6}$"
FIRST_YEAR, LAST_YEAR = 2000, 2099  # no car of the programme reports from outside; evidence holds 32-bit seconds

_SIGNAL = "data.signals."
RULES: dict[str, str] = {
    "body": "is not one JSON object in UTF-8",
    "specversion": "is 1.0",
    "id": f"is a text of 1 to {TEXT_MAX} characters",
    "source": f"is a text of 1 to {TEXT_MAX} characters",
    "type": "is not a type that this queue takes",
    "subject": "is a VIN: 17 letters and digits without I, O and Q",
    "time": "is an RFC 3339 instant with its offset, from 2000 to 2099",
    "receivedat": "is an RFC 3339 instant with its offset, from 2000 to 2099",
    "data": "is an object",
    "data.signals": "maps VSS paths to objects of value and unit",
    "data.date_only": "is true or false",
    f"{_SIGNAL}{ODOMETER}.unit": "is m or km",
    f"{_SIGNAL}{ODOMETER}.value": "is a number, not negative, below 2^32 m; whole where the unit is m",
    f"{_SIGNAL}{DISTANCE_TO_SERVICE}.unit": "is km",
    f"{_SIGNAL}{DISTANCE_TO_SERVICE}.value": "is a number within 1,000,000 km of zero",
    f"{_SIGNAL}{TIME_TO_SERVICE}.unit": "is s",
    f"{_SIGNAL}{TIME_TO_SERVICE}.value": "is a whole number of 32 bits",
    f"{_SIGNAL}{STATE_OF_CHARGE}.unit": "is percent",
    f"{_SIGNAL}{STATE_OF_CHARGE}.value": "is a number from 0 to 100",
    f"{_SIGNAL}{LOW_VOLTAGE}.unit": "is V",
    f"{_SIGNAL}{LOW_VOLTAGE}.value": "is a number from 0 to 100",
    f"{_SIGNAL}{FAULT_CODES}.value": "is a list of at most 255 trouble codes such as P0420",
    **{f"{_SIGNAL}{path}.unit": "is kPa" for path in TYRE_PRESSURES},
    **{f"{_SIGNAL}{path}.value": f"is a number from 0 to {TYRE_KPA_MAX}" for path in TYRE_PRESSURES},
    **{f"{_SIGNAL}{path}.unit": "is percent" for path in (*PAD_WEARS, STATE_OF_HEALTH)},
    **{f"{_SIGNAL}{path}.value": "is a number from 0 to 100" for path in (*PAD_WEARS, STATE_OF_HEALTH)},
    f"{_SIGNAL}{OIL_LIFE}.unit": "is s",
    f"{_SIGNAL}{OIL_LIFE}.value": "is a whole number of 32 bits",
    **{f"{_SIGNAL}{path}.unit": "is degrees" for path in POSITION},
    f"{_SIGNAL}{LATITUDE}.value": "is a number from -90 to 90",
    f"{_SIGNAL}{LONGITUDE}.value": "is a number from -180 to 180",
    **{f"{_SIGNAL}{path}": "is an object of value and unit" for path in (*SIGNALS, *POSITION)},
}


def malformed(field: str, *, is_missing: bool = False, rule: str = "") -> MalformedEventError:
    """Return the refusal of a field, with the words of its rule and the reason that counts use."""
    if not rule:
        rule = "is missing" if is_missing else RULES.get(field, "breaks the contract")
    return MalformedEventError(field=field, rule=rule, reason=_reason(field, is_missing=is_missing))


def metres_of(value: float, unit: str) -> int | None:
    """Return whole metres, kilometres converted without binary error and rounded half to even; None out of bounds."""
    if unit == "km":
        metres = int((Decimal(str(value)) * 1000).to_integral_value(ROUND_HALF_EVEN))
    elif value == int(value):
        metres = int(value)
    else:
        return None
    return metres if value >= 0 and metres <= UINT32_MAX else None


def _reason(field: str, *, is_missing: bool) -> str:
    if field == "body":
        return "not_json"
    if field.startswith(_SIGNAL) and field.endswith(".unit"):
        return "wrong_unit"
    if is_missing:
        return "missing_field"
    if field in {"type", "subject", "time", "receivedat"}:
        return {"type": "unknown_type", "subject": "bad_vin"}.get(field, "bad_time")
    return "bad_value" if field.startswith(_SIGNAL) else "malformed"
