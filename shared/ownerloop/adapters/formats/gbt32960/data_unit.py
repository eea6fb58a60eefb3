"""What the data unit of each command holds; a response repeats the time of what it answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ownerloop.adapters.formats.event import RefusedRecordError
from ownerloop.adapters.formats.gbt32960.cursor import Cursor
from ownerloop.adapters.formats.gbt32960.parts import Absent, Many, Number, Part, Sized, Skipped, Word, read_parts
from ownerloop.adapters.formats.gbt32960.tables import TYPES_2016, TYPES_2025, Layout

_SESSION = Number("session", 2, has_sentinels=False)
_ICCID = Skipped("iccid", 20)
_PACK_CODE_BYTES = 24
_TIME_BYTES, _TIME_SYNC = 6, 0x08
_PLATFORM_LOGIN: tuple[Part, ...] = (_SESSION, Skipped("account", 12), Skipped("secret", 20), Number("encryption", 1))
_ACTIVATION: tuple[Part, ...] = (
    Skipped("chip", 16),
    Sized("key_bytes"),
    Skipped("vin", 17),
    Word("algorithm", {1: "sm2", 2: "rsa", 3: "ecc"}),
    Sized("r_bytes"),
    Sized("s_bytes"),
)
_ACTIVATED: tuple[Part, ...] = (
    Word("result", {1: "ok", 2: "failed"}),
    Word("cause", {1: "ok", 2: "chip_in_use", 3: "vin_duplicate"}),
)
_TIMED_2016: Mapping[int, tuple[Part, ...]] = {0x04: (_SESSION,), 0x05: _PLATFORM_LOGIN, 0x06: (_SESSION,)}
_TIMED_2025: Mapping[int, tuple[Part, ...]] = {**_TIMED_2016, 0x09: _ACTIVATION}
_PARAMETERS = frozenset({0x80, 0x81, 0x82})  # get, set, control; 2016, annex B.3
_KEY: tuple[Part, ...] = (Number("encryption", 1), Sized("key_bytes"))

Content = tuple[datetime | None, dict[str, Any]]


def read_command(command: int, cursor: Cursor, *, is_2025: bool, absent: Absent) -> Content:
    """Return the time and the facts in the data unit of a command, read to its last byte."""
    content = _read(command, cursor, is_2025=is_2025, absent=absent)
    cursor.finish("the data unit")
    return content


def read_response(command: int, cursor: Cursor) -> Content:
    """Return the time that a response repeats, if any; answers with parameters are stepped over."""
    if not cursor.left:
        return None, {}
    if command >= 0xC0 or command == 0x0A:  # noqa: PLR2004  # table 3: the platform's own, and the activation answer
        return None, _stepped_over(cursor)
    read_at = cursor.instant()
    facts = _stepped_over(cursor) if command >= 0x80 else {}  # noqa: PLR2004  # parameters of the terminal
    cursor.finish("the response")
    return read_at, facts


def _read(command: int, cursor: Cursor, *, is_2025: bool, absent: Absent) -> Content:
    timed = _TIMED_2025 if is_2025 else _TIMED_2016
    if command in timed:
        return cursor.instant(), read_parts(timed[command], cursor, "", absent)
    match command:
        case 0x01:
            return cursor.instant(), _login(cursor, is_2025=is_2025, absent=absent)
        case 0x02 | 0x03:
            return cursor.instant(), _items(cursor, TYPES_2025 if is_2025 else TYPES_2016, absent)
        case 0x07:
            return None, {}
        case 0x0A:
            return None, read_parts(_ACTIVATED, cursor, "", absent)
        case 0x0B:
            return None, _key(cursor, absent)
        case _:
            return _maybe_timed(command, cursor, is_2025=is_2025)


def _maybe_timed(command: int, cursor: Cursor, *, is_2025: bool) -> Content:
    """Return the time of a time sync or of a command about parameters, if it has one; the rest is stepped over."""
    is_parameter = command in _PARAMETERS and not is_2025
    is_timed = cursor.left > 0 if command == _TIME_SYNC else is_parameter and cursor.left >= _TIME_BYTES
    read_at = cursor.instant() if is_timed else None
    return read_at, {} if command == _TIME_SYNC else _stepped_over(cursor)


def _login(cursor: Cursor, *, is_2025: bool, absent: Absent) -> dict[str, Any]:
    """Return the session; card number and pack codes name a car and are stepped over."""
    facts = read_parts((_SESSION, _ICCID), cursor, "", absent)
    systems = cursor.whole(1, "battery systems")
    if is_2025:
        packs = sum(cursor.take(systems, "packs of each battery system"))
        cursor.take(packs * _PACK_CODE_BYTES, "pack codes")
    else:
        cursor.take(systems * cursor.whole(1, "length of a battery code"), "battery codes")
    return {**facts, "battery_systems": systems}


def _key(cursor: Cursor, absent: Absent) -> dict[str, Any]:
    facts = read_parts(_KEY, cursor, "", absent)
    since, until = cursor.instant("key start"), cursor.instant("key end")
    return {**facts, "valid_since": since.isoformat(), "valid_until": until.isoformat()}


def _stepped_over(cursor: Cursor) -> dict[str, Any]:
    count = cursor.left
    cursor.take(count, "the rest")
    return {"bytes": count} if count else {}


def _items(cursor: Cursor, types: Mapping[int, Layout], absent: Absent) -> dict[str, Any]:
    """Return the facts of each data type; one that may come twice is merged, one that may not is refused."""
    facts: dict[str, Any] = {}
    while cursor.left:
        start = cursor.at
        number = cursor.whole(1, "data type")
        layout = types.get(number)
        if layout is None:
            raise RefusedRecordError("unknown_type", f"data type {number:#04x} has no layout", at_byte=start)
        if layout.name in facts and not layout.may_repeat:
            raise RefusedRecordError("repeated_type", f"data type {number:#04x} comes twice", at_byte=start)
        if layout.name == "custom":
            size = read_parts(layout.parts, cursor, f"custom[{number:#04x}].", absent)["bytes"]
            facts.setdefault("custom", []).append({"type": f"{number:#04x}", "bytes": size})
            continue
        values = read_parts(layout.parts, cursor, f"{layout.name}.", absent)
        _keep(facts, layout, values)
        if layout.is_last:
            cursor.finish(layout.name)
    return facts


def _keep(facts: dict[str, Any], layout: Layout, values: dict[str, Any]) -> None:
    if len(layout.parts) == 1 and isinstance(layout.parts[0], Many):
        facts.setdefault(layout.name, []).extend(values[layout.parts[0].name])
    elif layout.may_repeat:
        facts.setdefault(layout.name, []).append(values)
    else:
        facts[layout.name] = values
