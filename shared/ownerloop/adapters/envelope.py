"""The body of a queue message: one event, a JSON array of events, or a compressed batch of either.

    {"encoding": "zlib+base64", "count": 2, "receivedat": "...", "redelivered": false, "events": "eJy..."}

What is compressed is a JSON array or, as `pack` writes it, one event a line. `receivedat` stands for the events that
have none of their own. A line or element that is broken costs only itself.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from ownerloop.adapters.packing import (
    ENCODING,
    EXPANDED_MAX_BYTES,
    MESSAGE_MAX_BYTES,
    NotUnpackableError,
    compress,
    expand,
    split_to_fit,
)
from ownerloop.domain.changing import maker_of

EVENTS_MAX = 20_000  # in one message; 8 MiB of real events are about as many


class _Packed(msgspec.Struct, frozen=True):
    encoding: Literal["zlib+base64"]
    events: str
    count: Annotated[int, msgspec.Meta(ge=0)]
    receivedat: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    redelivered: bool = False


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The events of a message as they came; `rule` says what is wrong with the message as a whole, if anything is."""

    events: list[bytes] = field(default_factory=list)
    received_at: datetime | None = None
    was_delivered: bool = False
    rule: str = ""


_unpacked = maker_of(Unpacked)
_json = json.JSONDecoder()  # takes NaN, so that an element with one is refused alone
_NAMED = f'"{ENCODING}"'
_next_value = re.compile(r"[^ \t\r\n,]").search
_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_packed = msgspec.json.Decoder(_Packed).decode


def unpack(body: str) -> Unpacked:
    """Return the events of a message body; a body that is nothing we know counts as one event and is refused later."""
    text = body.strip()
    if text.startswith("["):
        return _of_array(text)
    if text.startswith("{") and _NAMED in text:
        return _of_packed(text)
    return _unpacked([text.encode(errors="surrogatepass")])


def pack(
    events: Sequence[bytes],
    *,
    max_bytes: int = MESSAGE_MAX_BYTES,
    received_at: datetime | None = None,
    was_delivered: bool = False,
) -> list[str]:
    """Return the events in as few message bodies of at most `max_bytes` as it takes, in their order."""

    def body(part: Sequence[bytes]) -> str | None:
        plain = b"\n".join(event.replace(b"\n", b" ") for event in part)
        if len(part) > EVENTS_MAX or len(plain) > EXPANDED_MAX_BYTES:
            return None
        envelope = {"encoding": ENCODING, "count": len(part)}
        if received_at:
            envelope["receivedat"] = received_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if was_delivered:
            envelope["redelivered"] = True
        return json.dumps({**envelope, "events": compress(plain)}, separators=(",", ":"))

    return split_to_fit(events, body, max_bytes=max_bytes)


def _of_packed(text: str) -> Unpacked:
    raw = text.encode(errors="surrogatepass")
    try:
        packed = _decode_packed(raw)
    except ValueError:
        return Unpacked(events=[raw])
    try:
        plain = expand(packed.events)
    except NotUnpackableError as error:
        return Unpacked(rule=str(error))
    events = _events_of(plain)
    if len(events) > EVENTS_MAX:
        return Unpacked(rule=f"holds more than {EVENTS_MAX} events")
    return Unpacked(
        events=events,
        received_at=packed.receivedat.astimezone(UTC) if packed.receivedat else None,
        was_delivered=packed.redelivered,
        rule="" if len(events) == packed.count else "holds another number of events than it says",
    )


def _of_array(text: str) -> Unpacked:
    events = _elements(text.encode(errors="surrogatepass"))
    if len(events) > EVENTS_MAX:
        return Unpacked(rule=f"holds more than {EVENTS_MAX} events")
    return Unpacked(events=events)


def _events_of(plain: bytes) -> list[bytes]:
    if plain.lstrip()[:1] == b"[":
        return _elements(plain)
    return [line for line in map(bytes.strip, plain.split(b"\n")) if line]


def _elements(array: bytes) -> list[bytes]:
    try:
        return [bytes(event) for event in _decode_array(array)]
    except ValueError:
        return _salvaged(array.decode(errors="surrogateescape").strip())
    except RecursionError:
        return [array]


def _salvaged(text: str) -> list[bytes]:
    """Return the elements before the place where the array breaks, and the rest as one that will be refused."""
    found: list[str] = []
    at = 1
    while (start := _next_value(text, at)) and start[0] != "]":
        at = _end_of_value(text, start.start())
        found.append(text[start.start() : at])
    return [event.encode(errors="surrogateescape") for event in found or [text]]


def _end_of_value(text: str, start: int) -> int:
    try:
        return _json.raw_decode(text, start)[1]
    except ValueError:
        return len(text)
    except RecursionError:
        return len(text)
