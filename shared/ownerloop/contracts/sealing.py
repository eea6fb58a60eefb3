"""What quarantine may keep of a broken telemetry event: allowed signals only, and the car by its surrogate."""

import json
from collections.abc import Mapping
from typing import Any

from ownerloop.contracts import vocabulary as words
from ownerloop.contracts.identity import decoded
from ownerloop.domain.consent import DataClass

CLASS_OF = {
    words.ODOMETER: DataClass.ODOMETER,
    words.DISTANCE_TO_SERVICE: DataClass.SERVICE,
    words.TIME_TO_SERVICE: DataClass.SERVICE,
    words.STATE_OF_CHARGE: DataClass.BATTERY,
    words.LOW_VOLTAGE: DataClass.BATTERY,
    words.FAULT_CODES: DataClass.DIAGNOSTICS,
    **dict.fromkeys(words.TYRE_PRESSURES, DataClass.TYRES),
    **dict.fromkeys(words.PAD_WEARS, DataClass.DIAGNOSTICS),
    words.STATE_OF_HEALTH: DataClass.BATTERY,
    words.OIL_LIFE: DataClass.SERVICE,
}  # a position has no class here: nothing may keep it
_ATTRIBUTES = ("specversion", "id", "source", "type", "time", "receivedat")
_VALUE_MAX = 64  # characters of one value; a trouble code has seven
_VALUES_MAX = words.FAULT_CODES_MAX


def kept_body(body: bytes, *, classes: frozenset[str], vin: str, vehicle_id: str) -> bytes | None:
    """Return the event with allowed signals only and the VIN replaced, or None where nothing of it may be kept."""
    event = decoded(body)
    if not isinstance(event, dict):
        return None
    data = event.get("data")
    signals = _allowed(data.get("signals") if isinstance(data, dict) else None, classes)
    kept: dict[str, Any] = {name: event[name] for name in _ATTRIBUTES if _is_short(event.get(name), words.TEXT_MAX)}
    kept |= {"subject": vehicle_id, "data": {"signals": signals}}
    if isinstance(data, dict) and isinstance(data.get("date_only"), bool):
        kept["data"]["date_only"] = data["date_only"]
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return text.replace(vin, vehicle_id).replace(vin.lower(), vehicle_id).encode(errors="replace")


def _allowed(signals: object, classes: frozenset[str]) -> dict[str, Any]:
    if not isinstance(signals, Mapping):
        return {}
    return {
        path: {name: said[name] for name in ("value", "unit") if _is_plain(said.get(name))}
        for path, said in signals.items()
        if CLASS_OF.get(path) in classes and isinstance(said, Mapping)
    }


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= _VALUES_MAX and all(_is_short(one, _VALUE_MAX) for one in value)
    return isinstance(value, bool | int | float) or _is_short(value, _VALUE_MAX)


def _is_short(value: object, characters_max: int) -> bool:
    return isinstance(value, str) and len(value) <= characters_max
