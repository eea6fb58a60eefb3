"""A canonical event as `ownerloop.vehicle.telemetry.v1`, so that the intake takes it like any other."""

import json
import re
from typing import Any

from ownerloop.adapters.formats.event import CanonicalEvent, RefusedRecordError, Signal, instant_text
from ownerloop.contracts import vocabulary as words
from ownerloop.domain.ids import digest
from ownerloop.domain.vin import is_vin

_is_fault_code = re.compile(words.FAULT_CODE_PATTERN).search


def to_telemetry(event: CanonicalEvent) -> dict[str, Any]:
    """Return the CloudEvent, or raise RefusedRecordError where VIN, instant or every signal of the contract is missing.

    Its id follows from what it says: the same record decoded twice is the same event.
    """
    if event.vin is None or not is_vin(event.vin):
        raise RefusedRecordError("missing_field", "telemetry needs a VIN")
    if event.read_at is None:
        raise RefusedRecordError("missing_field", "telemetry needs the instant at which the car recorded it")
    signals = {path: said for path in words.SIGNALS if (said := _signal(path, event.signals.get(path)))}
    if not signals:
        raise RefusedRecordError("says_nothing", "nothing of the record is a signal of the contract")
    content = json.dumps([event.vin, instant_text(event.read_at), signals], sort_keys=True)
    data: dict[str, Any] = {"signals": signals}
    if event.is_bare_date:
        data["date_only"] = True
    return {
        "specversion": "1.0",
        "id": digest(event.format_name, content)[:32],
        "source": f"urn:ownerloop:format:{event.format_name}",
        "type": words.TELEMETRY,
        "subject": event.vin,
        "time": instant_text(event.read_at),
        "datacontenttype": "application/json",
        "data": data,
    }


def _signal(path: str, signal: Signal | None) -> dict[str, Any] | None:
    """Return the signal in the contract's words; codes that the contract does not know are left out."""
    if signal is None:
        return None
    if path == words.FAULT_CODES:
        known = [code for code in signal.value if _is_fault_code(code)][: words.FAULT_CODES_MAX]
        return {"value": known} if known or not signal.value else None
    return {"value": signal.value, "unit": signal.unit}
