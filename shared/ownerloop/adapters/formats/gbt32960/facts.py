"""A frame as a canonical event: bits into words, the position into presence, the odometer into metres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ownerloop.adapters.formats.event import CanonicalEvent, Signal
from ownerloop.adapters.formats.gbt32960.frame import Frame
from ownerloop.contracts import vocabulary as words
from ownerloop.domain.presence import Zone, zones_holding
from ownerloop.domain.vin import is_vin

FORMAT = "gbt32960"
_SPEED = "Vehicle.Speed"
_PRESSED = 101
_ALARMS = [  # bits 0 to 18 in both versions, 19 to 27 in 2025
    "temperature_difference",
    "battery_over_temperature",
    "pack_over_voltage",
    "pack_under_voltage",
    "state_of_charge_low",
    "cell_over_voltage",
    "cell_under_voltage",
    "state_of_charge_high",
    "state_of_charge_jump",
    "pack_mismatch",
    "cell_inconsistency",
    "insulation",
    "dc_dc_temperature",
    "brake_system",
    "dc_dc_state",
    "motor_controller_temperature",
    "high_voltage_interlock",
    "motor_temperature",
    "over_charge",
    "motor_over_speed",
    "motor_over_current",
    "super_capacitor_over_temperature",
    "super_capacitor_over_voltage",
    "battery_thermal_event",
    "hydrogen_leak",
    "hydrogen_pressure",
    "hydrogen_temperature",
    "fuel_cell_stack_over_temperature",
]
_GEARS = {0: "N", 13: "R", 14: "D", 15: "P", **{number: str(number) for number in range(1, 13)}}
_DRIVING, _BRAKING, _GEAR_INVALID = 0x20, 0x10, 0x80


def canonical(frame: Frame, *, fetched_at: datetime | None = None, zones: Sequence[Zone] = ()) -> CanonicalEvent:
    """Return the frame as a canonical event; its position becomes the zones that hold it and nothing else."""
    facts = {name: value for name, value in frame.facts.items() if name not in {"vehicle", "location", "alarms"}}
    absent = dict(frame.absent)
    vehicle = dict(frame.facts.get("vehicle", {}))
    signals = _signals(vehicle)
    if vehicle:
        facts["vehicle"] = _driving(vehicle, absent, is_2025=frame.version != 2016)  # noqa: PLR2004
    if "alarms" in frame.facts:
        facts["alarms"] = _alarms(frame.facts["alarms"])
    if "location" in frame.facts:
        facts["location"] = _presence(frame.facts["location"], zones)
    if words.ODOMETER not in signals:
        absent["odometer_m"] = absent.pop("vehicle.odometer_dkm", "not_sent")
    if not is_vin(frame.code):
        facts["unique_code"] = frame.code
    return CanonicalEvent(
        format_name=FORMAT,
        format_version=frame.version,
        kind=frame.kind,
        vin=frame.code if is_vin(frame.code) else None,
        read_at=frame.read_at,
        fetched_at=fetched_at,
        signals=signals,
        facts={"command": f"{frame.command:#04x}", "response": frame.response, **facts},
        absent=absent,
    )


def _signals(vehicle: dict[str, Any]) -> dict[str, Signal]:
    """Return the odometer, charge and speed under their VSS paths; they leave `vehicle`."""
    signals: dict[str, Signal] = {}
    dkm = vehicle.pop("odometer_dkm", None)
    if dkm is not None:
        signals[words.ODOMETER] = Signal(dkm * 100, "m", dkm, "0.1 km")
    for name, path, unit in (
        ("state_of_charge_percent", words.STATE_OF_CHARGE, "percent"),
        ("speed_kmh", _SPEED, "km/h"),
    ):
        value = vehicle.get(name)
        if value is not None:
            signals[path] = Signal(value, unit, value, unit)
    return signals


def _driving(vehicle: dict[str, Any], absent: dict[str, str], *, is_2025: bool) -> dict[str, Any]:
    told = dict(vehicle)
    bits = told.pop("gear_bits", None)
    if bits is not None and is_2025 and bits & _GEAR_INVALID:
        absent["vehicle.gear"] = "invalid"
    elif bits is not None:
        told["gear"] = _GEARS[bits & 0x0F]
        told["is_driving_force"], told["is_braking_force"] = bool(bits & _DRIVING), bool(bits & _BRAKING)
    if told.get("brake_percent") == _PRESSED:
        del told["brake_percent"]
        told["is_brake_pressed"] = True
    return told


def _alarms(alarms: dict[str, Any]) -> dict[str, Any]:
    told = dict(alarms)
    bits = told.pop("alarm_bits", None)
    if bits is not None:
        told["raised"] = [name for place, name in enumerate(_ALARMS) if bits >> place & 1]
        told["bits"] = bits
    return told


def _presence(location: dict[str, Any], zones: Sequence[Zone]) -> dict[str, Any]:
    """Return whether the fix is valid and which of the zones hold it; the position goes no further (design §4)."""
    bits = location["fix_bits"]
    is_valid = not bits & 1 and {"longitude_udeg", "latitude_udeg"} <= location.keys()
    told: dict[str, Any] = {"is_fix_valid": is_valid}
    if "datum" in location:
        told["datum"] = location["datum"]
    if zones and is_valid:
        longitude, latitude = location["longitude_udeg"], location["latitude_udeg"]
        east = -longitude if bits & 4 else longitude
        north = -latitude if bits & 2 else latitude
        told["inside"] = zones_holding(east / 1e6, north / 1e6, zones)
    return told
