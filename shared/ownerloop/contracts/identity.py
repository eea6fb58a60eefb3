"""Who an event says it is, even when the rest of it is broken."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from ownerloop.contracts.vocabulary import FIRST_YEAR, LAST_YEAR, TEXT_MAX, malformed
from ownerloop.domain.ids import body_key, event_key
from ownerloop.domain.report import EventIdentity
from ownerloop.domain.vin import is_vin

AwareInstant = Annotated[datetime, msgspec.Meta(tz=True)]
_is_type_name = re.compile(r"^[a-z][a-z_]*(\.[a-z_]+){1,9}(\.v\d{1,2})?$").search  # no room for a phone or a VIN
_decode = msgspec.json.Decoder().decode


def identity_of(body: bytes) -> EventIdentity:
    """Return the identity of an event; one without `source` and `id` is known by its bytes."""
    event = decoded(body)
    if not isinstance(event, dict):
        return EventIdentity(event_key=body_key(body))
    source, event_id, subject, kind = (event.get(name) for name in ("source", "id", "subject", "type"))
    named = _is_name(source) and _is_name(event_id)
    return EventIdentity(
        event_key=event_key(str(source), str(event_id)) if named else body_key(body),
        event_type=kind if isinstance(kind, str) and len(kind) <= TEXT_MAX and _is_type_name(kind) else "",
        vin=str(subject).upper() if is_vin(subject) else None,
        read_at=instant_of(event.get("time")),
        received_at=instant_of(event.get("receivedat")),
    )


def decoded(body: bytes) -> Any:
    """Return what the JSON says, or None where it is no JSON that we would read."""
    try:
        return _decode(body)
    except ValueError:
        return None
    except RecursionError:
        return None


def typed(raw: bytes | Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return an event with its type, or raise MalformedEventError where it is no object or has no type of text."""
    event = decoded(raw) if isinstance(raw, bytes) else raw
    if not isinstance(event, Mapping):
        raise malformed("body")
    if "type" not in event:
        raise malformed("type", is_missing=True)
    kind = event["type"]
    if not isinstance(kind, str):
        raise malformed("type")
    return dict(event), kind


def instant_of(text: object) -> datetime | None:
    """Return the instant in UTC, or None where the text is no aware RFC 3339 instant of our century."""
    if not isinstance(text, str):
        return None
    try:
        instant = msgspec.convert(text, AwareInstant)
    except msgspec.ValidationError:
        return None
    return instant.astimezone(UTC) if FIRST_YEAR <= instant.year <= LAST_YEAR else None


def _is_name(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= TEXT_MAX


@lru_cache(maxsize=64)  # a batch has one instant
def instant_text(instant: datetime) -> str:
    """Return the instant in UTC as events that we publish say it: ISO 8601 with `Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
