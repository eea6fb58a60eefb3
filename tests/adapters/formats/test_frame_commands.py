"""What a GB/T 32960.3 frame is for: its command is one event, and nothing secret is told of it."""

import json

import pytest

from ownerloop.adapters.formats.event import CanonicalEvent
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


SESSION = {"session": 7}
FACTS = {
    "login": {**SESSION, "battery_systems": 2},
    "logout": SESSION,
    "platform_login": {**SESSION, "encryption": 1},
    "platform_logout": SESSION,
    "get": {"bytes": 2},
    "set": {"bytes": 3},
    "control": {"bytes": 1},
    "custom": {"bytes": 8},
    "activation": {"key_bytes": 3, "algorithm": "sm2", "r_bytes": 2, "s_bytes": 1},
    "activation_answer": {"result": "ok", "cause": "ok"},
    "key_exchange": {
        "encryption": 4,
        "key_bytes": 3,
        "valid_since": READ_AT.isoformat(),
        "valid_until": READ_AT.isoformat(),
    },
}  # of the others nothing is told
TIMELESS = {"heartbeat", "time_sync", "custom", "activation_answer", "key_exchange"}


def facts_of(event: CanonicalEvent) -> dict[str, object]:
    return {name: fact for name, fact in event.facts.items() if name not in {"command", "response"}}


@pytest.mark.parametrize(
    ("start", "kind", "command", "data"),
    [
        *(pytest.param(b"##", kind, *told, id=f"{kind}-2016") for kind, told in COMMANDS.items()),
        *(pytest.param(b"$$", kind, *told, id=f"{kind}-2025") for kind, told in COMMANDS_2025.items()),
    ],
)
def test_every_command_is_one_event_with_all_that_it_tells(start: bytes, kind: str, command: int, data: bytes) -> None:
    event = read(a_frame(data, command=command, start=start))

    assert (event.kind, event.vin, event.odometer_m) == (kind, VIN, None)
    assert event.read_at == (None if kind in TIMELESS else READ_AT)
    assert facts_of(event) == FACTS.get(kind, {})


def test_a_session_may_be_any_number() -> None:
    assert read(a_frame(at() + u16(0xFFFF), command=4)).facts["session"] == 0xFFFF


def test_parameters_too_short_for_a_time_are_stepped_over_as_all_are_that_a_later_standard_forgot() -> None:
    short = read(a_frame(b"abc", command=0x80))
    later = read(a_frame(at(), command=0x80, start=b"$$"))

    assert (short.read_at, facts_of(short)) == (None, {"bytes": 3})
    assert (later.read_at, facts_of(later)) == (None, {"bytes": 6})


@pytest.mark.parametrize("command", [1, 2, 3, 4, 5, 6, 7, 8, 0x80])
def test_a_response_is_one_event_with_the_time_it_repeats_or_none(command: int) -> None:
    full, empty = (read(a_frame(data, command=command, response=1)) for data in (at(), b""))

    assert full.facts["response"] == empty.facts["response"] == "ok"
    assert (full.read_at, empty.read_at) == (READ_AT, None)


def test_a_response_with_parameters_keeps_their_size_and_a_platforms_own_has_no_time() -> None:
    terminal = read(a_frame(at() + b"ab", command=0x80, response=1))
    own = read(a_frame(b"anything", command=0xC7, response=1))
    answer = read(a_frame(bytes([1, 1]), command=0x0A, response=1, start=b"$$"))

    assert (terminal.read_at, facts_of(terminal)) == (READ_AT, {"bytes": 2})
    assert (own.read_at, facts_of(own)) == (None, {"bytes": 8})
    assert (answer.read_at, facts_of(answer)) == (None, {"bytes": 2})


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
