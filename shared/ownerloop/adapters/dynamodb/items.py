"""How values are written into items and read back: no None, integers only, instants in microseconds since 1970 UTC.

Every item has `pk`, `sk` and `schema`. A reader takes the schema before its own too, so that a release can roll.
"""

import zlib
from binascii import a2b_base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

SCHEMA = 1
Item = dict[str, dict[str, Any]]  # an item as the service takes it: {"name": {"S": "text"}}
Values = Mapping[str, Any]  # an item as plain values
_KINDS = {str: "S", bool: "BOOL", bytes: "B"}  # what travels as it is; of an enum only its text does
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UnreadableItemError(Exception):
    """A release older than the item's schema met it, or one far too new: a fault of deployment order, not of data."""

    def __init__(self, *, schema: int) -> None:
        super().__init__(f"schema {schema} is not one of {SCHEMA - 1} and {SCHEMA}")
        self.schema = schema


def written(values: Values) -> Item:
    """Return the item of plain values with its schema number; what is None is left out."""
    item = {name: attribute(value) for name, value in values.items() if value is not None}
    item["schema"] = {"N": str(SCHEMA)}
    return item


def read(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the plain values of an item or stream image whose schema this release can read."""
    values = {
        name: value if kind == "S" else _PLAIN[kind](value)  # as `plain`, which takes twice as long
        for name, typed in item.items()
        for kind, value in typed.items()
    }
    schema = values.get("schema", SCHEMA)
    if schema not in {SCHEMA - 1, SCHEMA}:
        raise UnreadableItemError(schema=schema)
    return values


def attribute(value: object) -> dict[str, Any]:
    """Return one value in the service's typed form."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        return {kind: value}
    if type(value) is int:
        return {"N": str(value)}
    match value:
        case str():
            return {"S": str(value)}
        case int():  # an enum's
            return {"N": str(int(value))}
        case list() | tuple():
            return {"L": [attribute(part) for part in value]}
        case _:
            raise TypeError(type(value).__name__)


def plain(typed: Mapping[str, Any]) -> Any:
    """Return one value out of the service's typed form; stream events carry binary as base64 text."""
    ((kind, value),) = typed.items()
    if kind not in _PLAIN:
        raise TypeError(kind)
    return _PLAIN[kind](value)


def _bytes_of(value: str | bytes) -> bytes:
    return a2b_base64(value) if isinstance(value, str) else bytes(value)


def _list_of(parts: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [plain(part) for part in parts]


_PLAIN: Mapping[str, Callable[[Any], Any]] = {"S": str, "BOOL": bool, "N": int, "B": _bytes_of, "L": _list_of}


def micros(instant: datetime | None) -> int | None:
    """Return the microseconds since 1970 of an aware instant."""
    return None if instant is None else (instant - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """Return the instant (UTC) of its microseconds."""
    return _EPOCH + timedelta(microseconds=value)


def instant_or_none(value: int | None) -> datetime | None:
    """Return the instant of its microseconds, or None."""
    return None if value is None else instant(value)


def iso(day: date | None) -> str | None:
    """Return the day as `2026-02-28`."""
    return None if day is None else day.isoformat()


def day_or_none(text: str | None) -> date | None:
    """Return the day of its text, or None."""
    return None if text is None else date.fromisoformat(text)


def sortable(moment: datetime) -> str:
    """Return the instant as UTC text of one length, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def packed(value: object) -> bytes:
    """Return the value as deflated JSON: a third of the bytes for 20 microseconds, and bytes are what a write costs."""
    return zlib.compress(msgspec.json.encode(value))


def unpacked(deflated: bytes) -> Any:
    """Return the value behind `packed`."""
    return msgspec.json.decode(zlib.decompress(deflated))


def packed_with(words: bytes, value: object) -> bytes:
    """Return the value as JSON deflated with words that both sides know; the words must never change."""
    stream = _primed(words).copy()
    deflated: bytes = stream.compress(msgspec.json.encode(value)) + stream.flush()
    return deflated


@cache
def _primed(words: bytes) -> Any:
    """Return a stream that has the words behind it and is copied for each value; an item fits in a window of 4 KB."""
    return zlib.compressobj(wbits=12, memLevel=5, zdict=words)


def unpacked_with_rest(stored: bytes, *, words: bytes = b"") -> tuple[Any, bytes]:
    """Return the value behind `packed` or `packed_with`, and the bytes that were put behind it."""
    stream = zlib.decompressobj(zdict=words)
    return msgspec.json.decode(stream.decompress(stored)), stream.unused_data
