"""What an aggregator delivers of a connected car: Smartcar's webhook 4.0, which names the car in its own way.

A message waits without the time and the number of its delivery; whoever delivers it adds both and signs it.
"""

import hashlib
import json
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from infra.fleet.parcels import Lane, Parcel, identity_of
from ownerloop.adapters.formats.registry import decoded
from ownerloop.adapters.formats.telemetry import to_telemetry

AGGREGATOR = "smartcar"
_FETCHED_AFTER = timedelta(seconds=20)


def name_at_aggregator(vin: str) -> str:
    """Return what the aggregator calls a car."""
    return _uuid("vehicle", vin)


def delivery(vin: str, *, shown_m: int, read_at: datetime) -> Parcel:
    """Return the message about one reading; it is accounted by the telemetry that it must become."""
    millis = round(read_at.timestamp() * 1000)
    odometer = {
        "code": "odometer-traveleddistance",
        "name": "traveleddistance",
        "group": "odometer",
        "body": {"unit": "km", "value": shown_m // 100 / 10},
        "status": {"value": "SUCCESS"},
        "meta": {"oemUpdatedAt": millis, "retrievedAt": millis + _FETCHED_AFTER // timedelta(milliseconds=1)},
    }
    vehicle = {"id": name_at_aggregator(vin), "make": "Simulated", "model": "Commuter", "year": 2024}
    message = {
        "eventId": _uuid("event", vin, str(millis), str(shown_m)),
        "eventType": "VEHICLE_STATE",
        "data": {"user": {"id": _uuid("user", vin)}, "vehicle": vehicle, "signals": [odometer]},
        "triggers": [{"type": "SIGNAL_UPDATED", "signal": {"code": "odometer-traveleddistance"}}],
        "meta": {"version": "4.0", "webhookId": _uuid("webhook")},
    }
    return Parcel(lane=Lane.WEBHOOK, body=message, identity=_identity(message, vin))


def _identity(message: dict[str, Any], vin: str) -> str:
    (said,) = decoded(AGGREGATOR, json.dumps(message).encode())
    if said.event is None:
        raise ValueError(f"the message is no {AGGREGATOR} delivery: {said.refusal}")
    event = to_telemetry(replace(said.event, vin=vin))
    return identity_of(event["source"], event["id"])


def _uuid(*parts: str) -> str:
    return str(uuid.UUID(bytes=hashlib.sha256("|".join(parts).encode()).digest()[:16], version=4))
