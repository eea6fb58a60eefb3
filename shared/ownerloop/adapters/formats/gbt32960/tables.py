"""The data types of GB/T 32960.3-2016 and -2025 as tables of parts; the two versions number them differently.

2016: tables 8 to 18 and B.3 to B.8. 2025: tables 9 to 26. Where public readings of the 2025 text dispute a scale, the
bytes are stepped over and nothing is claimed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ownerloop.adapters.formats.gbt32960.parts import Many, Number, Part, Series, Sized, Skipped, Word

_ON_OFF = {1: "on", 2: "off"}
_STATE = Word("state", {1: "on", 2: "off", 3: "other"})
_CHARGE = Word("charge_state", {1: "charging_parked", 2: "charging_driving", 3: "not_charging", 4: "charged"})
_MODE = Word("mode", {1: "electric", 2: "hybrid", 3: "fuel"})
_MOTOR_STATE = Word("state", {1: "consuming", 2: "generating", 3: "off", 4: "ready"})
_ODOMETER = Number("odometer_dkm", 4, top=9_999_999)  # tenths of a kilometre
_SOC = Number("state_of_charge_percent", 1, top=100)
_DC = Word("dc_dc", _ON_OFF)
_GEAR = Number("gear_bits", 1)
_CELLS = Number("voltage", 2, per=1000)


def _celsius(name: str) -> Number:
    return Number(name, 1, shift=-40, top=250)


def _place(what: str, width: int) -> tuple[Part, Part]:
    return Number(f"{what}_system", 1), Number(f"{what}_number", width)


_VEHICLE_2016: tuple[Part, ...] = (
    _STATE,
    _CHARGE,
    _MODE,
    Number("speed_kmh", 2, per=10, top=2200),
    _ODOMETER,
    Number("traction_voltage_v", 2, per=10, top=10_000),
    Number("traction_current_a", 2, per=10, shift=-10_000, top=20_000),
    _SOC,
    _DC,
    _GEAR,
    Number("insulation_kohm", 2, top=60_000),
    Number("accelerator_percent", 1, top=100),
    Number("brake_percent", 1, top=101),  # 101 says "pressed" where the car has no percentage
)
_VEHICLE_2025: tuple[Part, ...] = (
    _STATE,
    _CHARGE,
    _MODE,
    Number("speed_kmh", 2, per=10, top=5000),
    _ODOMETER,
    Number("traction_voltage_v", 2, per=10, top=60_000),
    Number("traction_current_a", 2, per=10, shift=-30_000, top=60_000),
    _SOC,
    _DC,
    _GEAR,
    Number("insulation_kohm", 2, top=60_000),
)
_MOTOR_2016: tuple[Part, ...] = (
    Number("number", 1),
    _MOTOR_STATE,
    _celsius("controller_celsius"),
    Number("speed_rpm", 2, shift=-20_000, top=65_531),
    Number("torque_nm", 2, per=10, shift=-20_000, top=65_531),
    _celsius("motor_celsius"),
    Number("controller_voltage_v", 2, per=10, top=60_000),
    Number("controller_current_a", 2, per=10, shift=-10_000, top=20_000),
)
_MOTOR_2025: tuple[Part, ...] = (
    Number("number", 1),
    _MOTOR_STATE,
    _celsius("controller_celsius"),
    Number("speed_rpm", 2, shift=-32_000, top=65_531),
    Number("torque_nm", 4, per=10, shift=-200_000, top=400_000),
    _celsius("motor_celsius"),
)
_FUEL_CELL_2016: tuple[Part, ...] = (
    Number("voltage_v", 2, per=10, top=20_000),
    Number("current_a", 2, per=10, top=20_000),
    Number("fuel_kg_per_100km", 2, per=100, top=60_000),
    Series("probes_celsius", 2, _celsius("probe")),
    Number("hydrogen_celsius", 2, per=10, shift=-400, top=2400),
    Number("hydrogen_probe", 1),
    Skipped("hydrogen_concentration", 2),
    Number("hydrogen_concentration_sensor", 1),
    Number("hydrogen_mpa", 2, per=10, top=1000),
    Number("hydrogen_pressure_sensor", 1),
    _DC,
)
_FUEL_CELL_2025: tuple[Part, ...] = (
    Skipped("hydrogen_celsius", 2),
    Number("hydrogen_probe", 1),
    Number("hydrogen_concentration_percent", 2, per=10_000, top=60_000),
    Number("hydrogen_concentration_sensor", 1),
    Number("hydrogen_mpa", 2, per=10, top=1000),
    Number("hydrogen_pressure_sensor", 1),
    _DC,
    Number("hydrogen_left_percent", 1, top=100),
    _celsius("dc_dc_celsius"),
)
_FUEL_CELL_STACK: tuple[Part, ...] = (
    Number("number", 1),
    Number("voltage_v", 2, per=10, top=20_000),
    Number("current_a", 2, per=10, top=20_000),
    Number("hydrogen_inlet_kpa", 2, per=10, shift=-1000, top=5000),
    Number("air_inlet_kpa", 2, per=10, shift=-1000, top=5000),
    _celsius("air_inlet_celsius"),
    Series("coolant_celsius", 2, _celsius("probe")),
)
_ENGINE_2025: tuple[Part, ...] = (Number("speed_rpm", 2, top=60_000),)
_ENGINE_2016: tuple[Part, ...] = (
    Word("state", _ON_OFF),
    *_ENGINE_2025,
    Number("fuel_l_per_100km", 2, per=100, top=60_000),
)
_FIX: tuple[Part, ...] = (Number("longitude_udeg", 4, top=180_000_000), Number("latitude_udeg", 4, top=90_000_000))
_FIX_BITS = Number("fix_bits", 1, has_sentinels=False)


def _extremes(width: int) -> tuple[Part, ...]:
    return (
        *_place("highest_voltage", width),
        Number("highest_cell_v", 2, per=1000, top=60_000),
        *_place("lowest_voltage", width),
        Number("lowest_cell_v", 2, per=1000, top=60_000),
        *_place("highest_temperature", width),
        _celsius("highest_celsius"),
        *_place("lowest_temperature", width),
        _celsius("lowest_celsius"),
    )


def _alarms(level_top: int) -> tuple[Part, ...]:
    code = Number("code", 4, has_sentinels=False)
    lists = ("battery_codes", "motor_codes", "engine_codes", "other_codes")
    return (
        Number("level", 1, top=level_top),
        Number("alarm_bits", 4),
        *(Series(name, 1, code) for name in lists),
    )


_LEVELS = Many("levels", 1, (Number("bit", 1), Number("level", 1)))
_PACK_2016: tuple[Part, ...] = (
    Number("number", 1),
    Number("voltage_v", 2, per=10, top=10_000),
    Number("current_a", 2, per=10, shift=-10_000, top=20_000),
    Number("cells", 2),
    Number("first_cell", 2),
    Series("cells_v", 1, _CELLS),
)
_PACK_2025: tuple[Part, ...] = (
    Number("number", 1),
    Number("voltage_v", 2, per=10, top=60_000),
    Number("current_a", 2, per=10, shift=-30_000, top=60_000),
    Series("cells_v", 2, _CELLS),
)
_PROBES: tuple[Part, ...] = (Number("number", 1), Series("probes_celsius", 2, _celsius("probe")))
_SUPER_CAPACITOR: tuple[Part, ...] = (
    Number("number", 1),
    Number("voltage_v", 2, per=10, top=10_000),
    Number("current_a", 2, per=10, shift=-30_000, top=60_000),
    Series("cells_v", 2, _CELLS),
    Series("probes_celsius", 2, _celsius("probe")),
)
_SIGNATURE: tuple[Part, ...] = (
    Word("algorithm", {1: "sm2", 2: "rsa", 3: "ecc"}),
    Sized("r_bytes"),
    Sized("s_bytes"),
)
_CUSTOM: tuple[Part, ...] = (Sized("bytes"),)


@dataclass(frozen=True, slots=True)
class Layout:
    """How one data type lies in a frame, and what its facts are called."""

    name: str
    parts: tuple[Part, ...]
    is_last: bool = False
    may_repeat: bool = False


def _custom(*ranges: range) -> dict[int, Layout]:
    return {number: Layout("custom", _CUSTOM, may_repeat=True) for span in ranges for number in span}


TYPES_2016: Mapping[int, Layout] = {
    0x01: Layout("vehicle", _VEHICLE_2016),
    0x02: Layout("motors", (Many("motors", 1, _MOTOR_2016),)),
    0x03: Layout("fuel_cell", _FUEL_CELL_2016),
    0x04: Layout("engine", _ENGINE_2016),
    0x05: Layout("location", (_FIX_BITS, *_FIX)),
    0x06: Layout("extremes", _extremes(1)),
    0x07: Layout("alarms", _alarms(3)),
    0x08: Layout("voltages", (Many("packs", 1, _PACK_2016),), may_repeat=True),
    0x09: Layout("temperatures", (Many("packs", 1, _PROBES),), may_repeat=True),
    **_custom(range(0x0A, 0x30), range(0x80, 0xFF)),
}
TYPES_2025: Mapping[int, Layout] = {
    0x01: Layout("vehicle", _VEHICLE_2025),
    0x02: Layout("motors", (Many("motors", 1, _MOTOR_2025),)),
    0x03: Layout("fuel_cell", _FUEL_CELL_2025),
    0x04: Layout("engine", _ENGINE_2025),
    0x05: Layout("location", (_FIX_BITS, Word("datum", {1: "wgs84", 2: "gcj02", 3: "other"}), *_FIX)),
    0x06: Layout("alarms", (*_alarms(4), _LEVELS)),
    0x07: Layout("voltages", (Many("packs", 1, _PACK_2025),), may_repeat=True),
    0x08: Layout("temperatures", (Many("packs", 1, _PROBES),), may_repeat=True),
    0x30: Layout("fuel_cell_stacks", (Many("stacks", 1, _FUEL_CELL_STACK),)),
    0x31: Layout("super_capacitor", _SUPER_CAPACITOR, may_repeat=True),
    0x32: Layout("super_capacitor_extremes", _extremes(2)),
    **_custom(range(0x09, 0x30), range(0x80, 0xFF)),
    0xFF: Layout("signature", _SIGNATURE, is_last=True),
}
