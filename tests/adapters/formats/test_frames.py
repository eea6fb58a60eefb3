"""GB/T 32960.3 frames: what is read, what is absent and why, and where a refused frame went wrong."""

import base64
import json
from datetime import UTC, datetime

import pytest

from ownerloop.adapters.formats.event import RefusedRecordError
from ownerloop.adapters.formats.gbt32960.lines import read_line
from ownerloop.contracts import vocabulary as words
from ownerloop.domain.presence import Zone
from tests.adapters.formats.encoder import (
    VIN,
    a_2025_frame,
    a_frame,
    a_location,
    a_realtime_frame,
    a_signature,
    a_vehicle,
    a_vehicle_2025,
    alarms,
    at,
    custom,
    full_2016,
    full_2025,
    motors,
    temperatures,
    voltages,
)
from tests.adapters.formats.reading import READ_AT, read


def refusal(frame: bytes) -> RefusedRecordError:
    with pytest.raises(RefusedRecordError) as caught:
        read(frame)
    return caught.value


def test_a_realtime_frame_gives_metres_charge_and_the_instant_in_utc() -> None:
    event = read(a_realtime_frame())

    assert (event.vin, event.odometer_m, event.read_at, event.kind) == (VIN, 48_213_400, READ_AT, "realtime")
    assert event.signals[words.STATE_OF_CHARGE].value == 71
    assert event.signals[words.ODOMETER].as_json()["received"] == {"value": 482_134, "unit": "0.1 km"}
    assert event.facts["vehicle"]["gear"] == "D"
    assert event.facts["alarms"]["raised"] == ["battery_over_temperature", "state_of_charge_low"]


def test_both_versions_give_the_same_facts_though_they_number_and_shift_them_differently() -> None:
    old, new = read(a_realtime_frame(*full_2016())), read(a_2025_frame(*full_2025()))

    assert old.format_version == 2016
    assert new.format_version == 2025
    assert old.odometer_m == new.odometer_m
    assert old.facts["vehicle"]["traction_current_a"] == new.facts["vehicle"]["traction_current_a"] == 12.3
    assert old.facts["motors"][0]["torque_nm"] == new.facts["motors"][0]["torque_nm"] == 15.0
    assert old.facts["temperatures"] == [{"number": 1, "probes_celsius": [20, 21, None]}]
    assert new.facts["temperatures"] == [{"number": 1, "probes_celsius": [20, 21]}]
    assert new.facts["alarms"]["raised"] == ["battery_thermal_event"]
    assert new.facts["alarms"]["levels"] == [{"bit": 23, "level": 4}]


def test_every_data_type_of_2016_is_read() -> None:
    facts = read(a_realtime_frame(*full_2016())).facts

    assert facts["fuel_cell"]["hydrogen_celsius"] == 24.0
    assert facts["engine"] == {"state": "on", "speed_rpm": 1500, "fuel_l_per_100km": 6.2}
    assert facts["extremes"]["highest_cell_v"] == 3.34
    assert facts["voltages"][0]["cells_v"] == [3.34, 3.29, None]
    assert facts["custom"] == [{"type": "0x0a", "bytes": 5}, {"type": "0x80", "bytes": 11}]


def test_every_data_type_of_2025_is_read() -> None:
    facts = read(a_2025_frame(*full_2025())).facts

    assert facts["fuel_cell"]["hydrogen_left_percent"] == 80
    assert facts["fuel_cell_stacks"][0]["coolant_celsius"] == [20, 21]
    assert facts["super_capacitor"][0]["cells_v"] == [2.7]
    assert facts["super_capacitor_extremes"]["lowest_celsius"] == 19
    assert facts["signature"] == {"algorithm": "sm2", "r_bytes": 4, "s_bytes": 3}


@pytest.mark.parametrize(
    ("odometer", "reason"), [(0xFFFFFFFE, "abnormal"), (0xFFFFFFFF, "invalid"), (10_000_000, "out_of_range")]
)
def test_an_odometer_that_is_no_distance_is_absent_with_its_reason_and_never_zero(odometer: int, reason: str) -> None:
    event = read(a_realtime_frame(a_vehicle(odometer=odometer)))

    assert event.odometer_m is None
    assert event.absent["odometer_m"] == reason


def test_sentinels_are_absent_in_every_width() -> None:
    event = read(a_realtime_frame(a_vehicle(soc=0xFE, speed=0xFFFF, voltage=0xFFFE, brake=0xFF)))

    assert event.absent == {
        "vehicle.speed_kmh": "invalid",
        "vehicle.traction_voltage_v": "abnormal",
        "vehicle.state_of_charge_percent": "abnormal",
        "vehicle.brake_percent": "invalid",
    }
    assert words.STATE_OF_CHARGE not in event.signals


def test_a_count_that_is_a_sentinel_lists_nothing() -> None:
    event = read(a_realtime_frame(a_vehicle(), bytes([2, 0xFE]), alarms(codes=())))

    assert event.facts["motors"] == []
    assert event.absent["motors.motors"] == "abnormal"


def test_a_brake_pedal_without_a_percentage_is_pressed() -> None:
    vehicle = read(a_realtime_frame(a_vehicle(brake=101))).facts["vehicle"]

    assert vehicle["is_brake_pressed"]
    assert "brake_percent" not in vehicle


def test_an_invalid_gear_is_absent_in_2025_and_unheard_of_in_2016() -> None:
    event = read(a_2025_frame(a_vehicle_2025(gear=0x8E), a_signature()))

    assert event.absent["vehicle.gear"] == "invalid"
    assert "gear" not in event.facts["vehicle"]
    assert read(a_2025_frame(a_vehicle_2025(), a_signature())).facts["vehicle"]["gear"] == "D"
    assert read(a_realtime_frame(a_vehicle(gear=0x8E))).facts["vehicle"]["gear"] == "D"


@pytest.mark.parametrize(("gear", "reason"), [(0xFF, "invalid"), (0xFE, "abnormal")])
def test_a_gear_that_the_car_does_not_know_is_absent_in_both(gear: int, reason: str) -> None:
    for event in (read(a_realtime_frame(a_vehicle(gear=gear))), read(a_2025_frame(a_vehicle_2025(gear=gear)))):
        assert event.absent["vehicle.gear_bits"] == reason
        assert "gear" not in event.facts["vehicle"]


def test_a_reissued_frame_keeps_the_instant_at_which_it_was_recorded() -> None:
    line = json.dumps({"hex": a_realtime_frame(command=3).hex(), "fetched_at": "2026-03-04T12:00:00Z"})

    event = read_line(line)

    assert (event.kind, event.read_at) == ("reissue", READ_AT)
    assert event.fetched_at == datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_a_line_may_be_hex_or_base64_bare_or_in_an_object() -> None:
    frame = a_realtime_frame()
    in_base64 = base64.b64encode(frame).decode()
    lines = [frame.hex(), frame.hex().upper(), frame.hex(" "), in_base64, json.dumps({"hex": frame.hex(), "n": 1})]

    assert {read_line(f" {line}\r").odometer_m for line in lines} == {48_213_400}
    assert read_line(json.dumps({"base64": in_base64})).odometer_m == 48_213_400


def test_hex_and_base64_are_read_however_a_tool_printed_them() -> None:
    frame = a_realtime_frame()
    prefixed = " ".join(f"0x{byte:02X}" for byte in frame)
    spaced = [
        f"0x{frame.hex()}",
        prefixed,
        prefixed.replace(" ", ", "),
        frame.hex(":"),
        frame.hex("-"),
        f'"{frame.hex()}"',
    ]
    unpadded = [base64.b64encode(frame).decode().rstrip("="), base64.urlsafe_b64encode(frame).decode()]

    assert {read_line(line).odometer_m for line in [*spaced, *unpadded]} == {48_213_400}


@pytest.mark.parametrize("line", ["2323f", "no frame", "{}", '{"hex": 7}', "{", '{"hex": "zz"}', "[" * 9000, "ü"])
def test_a_line_without_a_frame_is_refused(line: str) -> None:
    with pytest.raises(RefusedRecordError):
        read_line(line)


def test_a_position_becomes_presence_and_its_coordinates_go_no_further() -> None:
    near, far = Zone("store-1", 121.401, 31.201, 500), Zone("store-2", 121.5, 31.2, 500)

    event = read(a_realtime_frame(a_location()), zones=[near, far])

    assert event.facts["location"] == {"is_fix_valid": True, "inside": ["store-1"]}
    assert "121" not in json.dumps(event.as_json())


def test_without_zones_nobody_asks_where_a_car_is_and_the_datum_of_2025_is_told() -> None:
    assert read(a_realtime_frame(a_location())).facts["location"] == {"is_fix_valid": True}
    assert read(a_2025_frame(*full_2025())).facts["location"] == {"is_fix_valid": True, "datum": "gcj02"}


def test_what_may_come_twice_is_told_together() -> None:
    event = read(a_realtime_frame(voltages(3340), voltages(3290), custom(b"a"), custom(b"bc")))

    assert [pack["cells_v"] for pack in event.facts["voltages"]] == [[3.34], [3.29]]
    assert event.facts["custom"] == [{"type": "0x80", "bytes": 1}, {"type": "0x80", "bytes": 2}]


def test_every_part_of_a_frame_of_2025_has_its_shape() -> None:
    facts = read(a_2025_frame(*full_2025())).facts

    assert facts["engine"] == {"speed_rpm": 1500}
    assert [one["number"] for one in facts["super_capacitor"]] == [1]
    assert facts["alarms"]["levels"] == [{"bit": 23, "level": 4}]


def test_a_frame_without_a_whole_head_is_told_so() -> None:
    assert "a frame has at least 25 bytes, this one 12" in str(refusal(b"##" + bytes(10)))


def test_west_and_south_are_other_places() -> None:
    zones = [Zone("rio", -43.2, -22.9, 2000)]

    event = read(a_realtime_frame(a_location(bits=0b110, longitude=43_200_000, latitude=22_900_000)), zones=zones)

    assert event.facts["location"]["inside"] == ["rio"]


@pytest.mark.parametrize("changes", [{"bits": 1}, {"longitude": 0xFFFFFFFF}, {"latitude": 0xFFFFFFFE}])
def test_a_fix_that_is_not_valid_is_nowhere(changes: dict[str, int]) -> None:
    location = read(a_realtime_frame(a_location(**changes)), zones=[Zone("z", 121.4, 31.2, 500)]).facts["location"]

    assert location == {"is_fix_valid": False}


@pytest.mark.parametrize(
    ("frame", "reason", "at_byte"),
    [
        (b"", "bad_start", 0),
        (b"#$" + a_realtime_frame()[2:], "bad_start", 0),
        (b"##" + bytes(10), "short_frame", 12),
        (a_realtime_frame()[:-1], "short_frame", len(a_realtime_frame()) - 1),
        (a_realtime_frame() + b"\0", "trailing_bytes", len(a_realtime_frame())),
        (a_frame(at(), bcc=0), "bad_check_sum", 30),
        (a_frame(b"", length=0xFFFC), "bad_length", 22),
        (a_frame(b"", command=0x0B), "unknown_command", 2),
        (a_frame(b"", command=0x90), "unknown_command", 2),
        (a_frame(b"", command=0xFF), "unknown_command", 2),
        (a_frame(b"", response=4), "unknown_response", 3),
        (a_frame(b"", command=0x0C, start=b"$$"), "unknown_command", 2),
        (a_frame(at(), code=b"SHORT" + bytes(12)), "bad_vin", 4),
        (a_frame(b"", command=7, code=bytes([0x80] * 17)), "bad_vin", 4),
        (a_frame(bytes([26, 13, 2, 18, 40, 0])), "bad_time", 24),
        (a_frame(bytes([26, 3, 2, 25, 40, 0])), "bad_time", 24),
        (a_frame(bytes([100, 3, 2, 18, 40, 0])), "bad_time", 24),
        (a_frame(bytes([26, 3, 2])), "beyond_frame", 24),
        (a_frame(b"", command=2), "beyond_frame", 24),
        (a_frame(b"x", command=7), "trailing_bytes", 24),
        (a_frame(at() + b"x", command=3, response=1), "trailing_bytes", 30),
        (a_realtime_frame(a_vehicle()[:-1]), "beyond_frame", 50),
        (a_realtime_frame(motors(count=9)), "beyond_frame", 80),
        (a_realtime_frame(a_vehicle(), a_vehicle()), "repeated_type", 51),
        (a_realtime_frame(a_vehicle(), b"\x42"), "unknown_type", 51),
        (a_realtime_frame(custom(b"abc", length=4)), "beyond_frame", 33),
        (a_realtime_frame(custom(b"abc", length=2)), "unknown_type", 35),
        (a_realtime_frame(a_vehicle() + bytes([0xFF])), "unknown_type", 51),
        (a_realtime_frame(voltages(3340)[:-1]), "beyond_frame", 42),
        (a_realtime_frame(temperatures(60)[:-1]), "beyond_frame", 35),
        (a_2025_frame(a_vehicle_2025(), a_signature(), b"\0"), "trailing_bytes", 62),
        (a_2025_frame(a_vehicle_2025(), a_signature()[:-1]), "beyond_frame", 59),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else str(value),
)
def test_a_broken_frame_is_refused_whole_with_the_byte_where_it_went_wrong(
    frame: bytes, reason: str, at_byte: int
) -> None:
    told = refusal(frame)

    assert (told.reason, told.at_byte) == (reason, at_byte)
    assert f"byte {at_byte}: " in str(told)


@pytest.mark.parametrize("encryption", [2, 3, 4, 5, 0xFE, 0xFF, 0])
def test_an_encrypted_frame_is_refused_with_that_reason(encryption: int) -> None:
    told = refusal(a_frame(b"secret", encryption=encryption))

    assert (told.reason, told.at_byte) == ("encrypted", 21)


def test_the_time_of_2025_lies_where_that_of_2016_does() -> None:
    assert read(a_2025_frame(a_vehicle_2025())).read_at == READ_AT
