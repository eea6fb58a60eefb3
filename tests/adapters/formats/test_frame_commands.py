"""What a GB/T 32960.3 frame is for: its command is one event, and nothing secret is told of it."""

import json

import pytest

from tests.adapters.formats.encoder import VIN, a_frame, at, u16
from tests.adapters.formats.reading import READ_AT, read

COMMANDS = {
    "login": (1, at() + u16(7) + b"0" * 20 + bytes([2, 3]) + b"AAABBB"),
    "logout": (4, at() + u16(7)),
    "platform_login": (5, at() + u16(7) + b"a" * 12 + b"s" * 20 + bytes([1])),
    "platform_logout": (6, at() + u16(7)),
    "heartbeat": (7, b""),
    "time_sync": (8, b""),
    "get": (0x80, at() + bytes([1, 2])),
    "set": (0x81, at() + bytes([1, 2, 3])),
    "control": (0x82, at() + bytes([1])),
    "custom": (0xC7, b"anything"),
}

COMMANDS_2025 = {
    "login": (1, at() + u16(7) + b"0" * 20 + bytes([2, 1, 2]) + b"P" * 72),
    "activation": (9, at() + b"c" * 16 + u16(3) + b"key" + VIN.encode() + bytes([1]) + u16(2) + b"rr" + u16(1) + b"s"),
    "activation_answer": (10, bytes([1, 1])),
    "key_exchange": (11, bytes([4]) + u16(3) + b"key" + at() + at()),
    "heartbeat": (7, b""),
}


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_of_2016_is_one_event(kind: str) -> None:
    command, data = COMMANDS[kind]

    event = read(a_frame(data, command=command))

    assert (event.kind, event.vin, event.odometer_m) == (kind, VIN, None)
    assert event.read_at in {READ_AT, None}


@pytest.mark.parametrize("kind", COMMANDS_2025)
def test_every_command_of_2025_is_one_event(kind: str) -> None:
    command, data = COMMANDS_2025[kind]

    event = read(a_frame(data, command=command, start=b"$$"))

    assert (event.kind, event.vin) == (kind, VIN)


@pytest.mark.parametrize("command", [1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0xC0])
def test_a_response_is_one_event_with_the_time_it_repeats_or_none(command: int) -> None:
    full, empty = (read(a_frame(data, command=command, response=1)) for data in (at(), b""))

    assert full.facts["response"] == empty.facts["response"] == "ok"
    assert empty.read_at is None


def test_nothing_secret_and_no_second_name_of_a_car_is_told() -> None:
    told = ""
    for command, data in COMMANDS.values():
        told += json.dumps(read(a_frame(data, command=command)).as_json())

    assert "ssss" not in told
    assert "AAA" not in told
    assert "0000000000" not in told


def test_a_platform_has_a_code_and_no_vin() -> None:
    event = read(a_frame(b"", command=7, code=b"PLATFORM-IO-1\0\0\0\0"))

    assert event.vin is None
    assert event.facts["unique_code"] == "PLATFORM-IO-1"
