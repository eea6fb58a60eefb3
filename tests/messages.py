"""Builders of messages as they travel; a test names only what matters to it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ownerloop.contracts import vocabulary as words
from tests.builders import START

EVENTS = Path(__file__).parents[1] / "events"
VIN = "0DMDEMXX300000001"


def text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def metres(value: object = 10_000_000, unit: object = "m") -> dict[str, Any]:
    return {words.ODOMETER: {"value": value, "unit": unit}}


def a_telemetry(
    *,
    event_id: str = "e-1",
    source: str = "urn:test:cars",
    vin: object = VIN,
    at: datetime = START,
    received_at: datetime | None = None,
    signals: Mapping[str, Any] | None = None,
    is_bare_date: bool | None = None,
    **attributes: Any,
) -> dict[str, Any]:
    data: dict[str, Any] = {"signals": dict(metres() if signals is None else signals)}
    if is_bare_date is not None:
        data["date_only"] = is_bare_date
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": words.TELEMETRY,
        "subject": vin,
        "time": text(at),
        "data": data,
    }
    if received_at:
        event["receivedat"] = text(received_at)
    return {**event, **attributes}


def without(event: Mapping[str, Any], *path: str) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {name: value for name, value in event.items() if name != first}
    return {**event, first: without(event[first], *rest)}


def with_value(event: Mapping[str, Any], value: object, *path: str) -> dict[str, Any]:
    first, *rest = path
    return {**event, first: with_value(event[first], value, *rest) if rest else value}


def body(event: object) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded
