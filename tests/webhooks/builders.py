"""Builders of webhooks as Smartcar sends them (smartcar.com/docs/api-reference/webhooks), signed without our code."""

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from tests.builders import START
from tests.partners.builders import a_request

AMT, PREVIOUS_AMT = "a management token for tests only", "the management token before it"
VIN, VEHICLE_NAME = "0DMDEMXX300000001", "6f3a2f0e-6d0b-4a0e-9f43-0c9a43f7b001"


def millis(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def signature(body: str, *, key: str = AMT) -> str:
    return hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()


def a_signal(code: str, body: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    group, _, name = code.partition("-")
    times = {"oemUpdatedAt": millis(at), "retrievedAt": millis(at + timedelta(seconds=20))}
    return {"code": code, "name": name, "group": group, "body": body, "status": {"value": "SUCCESS"}, "meta": times}


def a_state(
    *,
    event_id: str = "5a537912-9ad3-424b-ba33-65a1704567e9",
    delivery_id: str = "48b25f8f-9fea-42e1-9085-81043682cbb8",
    sent_at: datetime = START,
    read_at: datetime | None = None,
    vin: str | None = VIN,
    km: float = 48_213.4,
    signals: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    at = read_at or sent_at - timedelta(minutes=30)
    odometer = a_signal("odometer-traveleddistance", {"unit": "km", "value": km}, at=at)
    vehicle = {"id": VEHICLE_NAME, "make": "Test Make", "model": "Test Model", "year": 2024}
    said = {"user": {"id": "u-1"}, "vehicle": vehicle | ({"vin": vin} if vin else {}), "signals": signals or [odometer]}
    meta = {"version": "4.0", "webhookId": "w-1", "deliveryId": delivery_id, "deliveredAt": millis(sent_at)}
    fired = [{"type": "SIGNAL_UPDATED", "signal": {"code": "odometer-traveleddistance"}}]
    return {"eventId": event_id, "eventType": "VEHICLE_STATE", "data": said, "triggers": fired, "meta": meta}


def a_challenge(text: str = "f1d6d3a2c40a", *, sent_at: datetime = START) -> dict[str, Any]:
    meta = {"version": "4.0", "webhookId": "w-1", "deliveryId": "d-0", "deliveredAt": sent_at.isoformat()}
    return {"eventId": "e-0", "eventType": "VERIFY", "data": {"challenge": text}, "meta": meta}


def an_error(*, sent_at: datetime = START) -> dict[str, Any]:
    trouble = {"type": "CONNECTED_SERVICES_ACCOUNT", "code": "AUTHENTICATION_FAILED", "state": "ERROR"}
    meta = {"version": "4.0", "webhookId": "w-1", "deliveryId": "d-2", "deliveredAt": millis(sent_at)}
    said = {"user": {"id": "u-1"}, "vehicle": {"id": VEHICLE_NAME}, "errors": [trouble]}
    return {"eventId": "e-2", "eventType": "VEHICLE_ERROR", "data": said, "meta": meta}


def a_schedule(*, read_at: datetime = START, vin: str | None = VIN, km: float = 48_213.4) -> dict[str, Any]:
    headers = {"sc-unit-system": "metric", "sc-data-age": read_at.isoformat()}
    said: list[dict[str, Any]] = [
        {"path": "/odometer", "code": 200, "body": {"distance": km}, "headers": headers},
        {"path": "/battery", "code": 501, "body": {"type": "VEHICLE_NOT_CAPABLE"}},
    ]
    said += [{"path": "/vin", "code": 200, "body": {"vin": vin}}] if vin else []
    vehicle = {"vehicleId": VEHICLE_NAME, "requestId": "r-1", "timestamp": read_at.isoformat(), "data": said}
    payload = {"vehicles": [vehicle]}
    return {"version": "2.0", "webhookId": "w-1", "eventName": "schedule", "mode": "live", "payload": payload}


def delivered(
    message: object, *, source: str = "smartcar", key: str = AMT, header: str = "SC-Signature", **changes: Any
) -> dict[str, Any]:
    """Return what API Gateway hands on of a delivery that is signed as its source signs."""
    body = message if isinstance(message, str) else json.dumps(message)
    event = a_request(
        "POST", f"/webhooks/{source}", partner_id=None, headers={header: signature(body, key=key)}, body=body
    )
    event |= {"resource": "/webhooks/{source}", "pathParameters": {"source": source}}
    return event | changes
