"""The envelope of a GB/T 32960.3 frame: start, command, response, unique code, encryption, length, check sum."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import xor
from typing import Any

from ownerloop.adapters.formats.event import RefusedRecordError
from ownerloop.adapters.formats.gbt32960.cursor import Cursor
from ownerloop.adapters.formats.gbt32960.data_unit import read_command, read_response
from ownerloop.adapters.formats.gbt32960.parts import Absent
from ownerloop.domain.vin import is_vin

_VERSIONS = {b"##": 2016, b"$$": 2025}
_HEAD_BYTES, _LEAST_BYTES = 24, 25
_COMMAND_AT, _RESPONSE_AT, _CODE_AT, _ENCRYPTION_AT, _LENGTH_AT = 2, 3, 4, 21, 22
_DATA_BYTES_MAX = 65_531
_IS_COMMAND = 0xFE
_PLAIN = 0x01
_COMMANDS_2016 = {
    0x01: "login",
    0x02: "realtime",
    0x03: "reissue",
    0x04: "logout",
    0x05: "platform_login",
    0x06: "platform_logout",
    0x07: "heartbeat",
    0x08: "time_sync",
    0x80: "get",
    0x81: "set",
    0x82: "control",
    **dict.fromkeys(range(0xC0, 0xFF), "custom"),
}
_COMMANDS_2025 = {**_COMMANDS_2016, 0x09: "activation", 0x0A: "activation_answer", 0x0B: "key_exchange"}
_RESPONSES_2016 = {0x01: "ok", 0x02: "error", 0x03: "vin_duplicate", _IS_COMMAND: "command"}
_RESPONSES_2025 = {
    **_RESPONSES_2016,
    0x04: "vin_unknown",
    0x05: "bad_signature",
    0x06: "bad_structure",
    0x07: "not_decrypted",
}
_CIPHERS = {0x02: "RSA", 0x03: "AES-128", 0x04: "SM2", 0x05: "SM4", 0xFE: "abnormal", 0xFF: "invalid"}
_OF_A_VEHICLE = frozenset({0x01, 0x02, 0x03, 0x04, 0x09})


@dataclass(frozen=True, slots=True)
class Frame:
    """One accepted frame; `code` is the VIN, except in what platforms say of themselves."""

    version: int
    command: int
    kind: str
    response: str
    code: str
    read_at: datetime | None
    facts: Mapping[str, Any]
    absent: Mapping[str, str]


def read_frame(frame: bytes) -> Frame:
    """Return the frame, or raise RefusedRecordError with the byte where it went wrong; never a part of it."""
    version = _VERSIONS.get(frame[:2])
    if version is None:
        raise RefusedRecordError("bad_start", "a frame starts with ## (2016) or $$ (2025)", at_byte=0)
    end = _checked_end(frame)
    is_2025 = version == 2025  # noqa: PLR2004  # the year of the standard
    command, response = frame[_COMMAND_AT], frame[_RESPONSE_AT]
    kind = _word(_COMMANDS_2025 if is_2025 else _COMMANDS_2016, command, "command", _COMMAND_AT)
    said = _word(_RESPONSES_2025 if is_2025 else _RESPONSES_2016, response, "response", _RESPONSE_AT)
    code = _code(frame, command)
    if frame[_ENCRYPTION_AT] != _PLAIN:
        cipher = _CIPHERS.get(frame[_ENCRYPTION_AT], "unknown")
        raise RefusedRecordError("encrypted", f"the data unit is encrypted ({cipher})", at_byte=_ENCRYPTION_AT)
    absent: Absent = {}
    cursor = Cursor(frame, at=_HEAD_BYTES, end=end)
    if response == _IS_COMMAND:
        read_at, facts = read_command(command, cursor, is_2025=is_2025, absent=absent)
    else:
        read_at, facts = read_response(command, cursor)
    return Frame(version, command, kind, said, code, read_at, facts, absent)


def check_sum(frame: bytes) -> int:
    """Return the exclusive or of the bytes from the command to the last of the data unit (6.3.5)."""
    return reduce(xor, frame[_COMMAND_AT:-1], 0)


def _checked_end(frame: bytes) -> int:
    """Return the first byte behind the data unit, once length and check sum are right."""
    if len(frame) < _LEAST_BYTES:
        rule = f"a frame has at least {_LEAST_BYTES} bytes, this one {len(frame)}"
        raise RefusedRecordError("short_frame", rule, at_byte=len(frame))
    length = int.from_bytes(frame[_LENGTH_AT:_HEAD_BYTES], "big")
    if length > _DATA_BYTES_MAX:
        raise RefusedRecordError("bad_length", f"a data unit of {length} bytes is too long", at_byte=_LENGTH_AT)
    end = _HEAD_BYTES + length
    if len(frame) <= end:
        rule = f"the length says {end + 1} bytes, the frame has {len(frame)}"
        raise RefusedRecordError("short_frame", rule, at_byte=len(frame))
    if len(frame) > end + 1:
        raise RefusedRecordError("trailing_bytes", f"{len(frame) - end - 1} bytes follow the frame", at_byte=end + 1)
    if frame[end] != check_sum(frame):
        rule = f"the check sum is {frame[end]:#04x}, the bytes give {check_sum(frame):#04x}"
        raise RefusedRecordError("bad_check_sum", rule, at_byte=end)
    return end


def _word(words: Mapping[int, str], byte: int, what: str, at: int) -> str:
    if byte not in words:
        raise RefusedRecordError(f"unknown_{what}", f"{byte:#04x} is no {what} of this version", at_byte=at)
    return words[byte]


def _code(frame: bytes, command: int) -> str:
    code = frame[_CODE_AT:_ENCRYPTION_AT].rstrip(b"\0")
    if command in _OF_A_VEHICLE and not is_vin(code.decode("latin-1")):
        raise RefusedRecordError("bad_vin", "is no VIN: 17 letters and digits without I, O and Q", at_byte=_CODE_AT)
    if not all(0x20 <= byte <= 0x7E for byte in code):  # noqa: PLR2004  # printable ASCII
        raise RefusedRecordError("bad_vin", "the unique code is no ASCII text", at_byte=_CODE_AT)
    return code.decode("ascii")
