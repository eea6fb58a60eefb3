"""Files of events, as they go onto the queues: what is broken is sent as it is, since the intake is what judges."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.csv_files import text_of
from infra.demo.outlets import send as put_on_queue
from infra.fleet.parcels import instant_text, packed
from infra.local.stack import Stack

Event = dict[str, Any]
LANES = {
    "vehicle_data": "VehicleDataQueueUrl",
    "enrolment": "EnrolmentQueueUrl",
    "interactions": "InteractionQueueUrl",
}
_PACK_OF = 200


def events_of(path: Path) -> Iterator[Event | str]:
    """Yield the events of a JSON or JSON-lines file in order; a part that is no JSON object comes as text."""
    text = text_of(path).strip()
    whole = _parsed(text)
    if isinstance(whole, list):
        yield from (one if isinstance(one, dict) else json.dumps(one) for one in whole)
        return
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if isinstance(whole, dict) or not any(isinstance(_parsed(line), dict) for line in lines):
        lines = [text] if text else []
    for line in lines:
        event = _parsed(line)
        yield event if isinstance(event, dict) else line


def put(stack: Stack, events: list[Event | str]) -> dict[str, int]:
    """Put every event on the queue of its type and return how many went where.

    What is no event, or a compressed batch already, travels alone on the queue of vehicle data.
    """
    stamp = instant_text(stack.now())
    lanes: dict[str, list[Event]] = {lane: [] for lane in LANES}
    alone: list[str] = []
    for event in events:
        if isinstance(event, str):
            alone.append(event)
        elif "encoding" in event:
            alone.append(json.dumps(event))
        else:
            lanes[_lane_of(str(event.get("type", "")))].append({"receivedat": stamp, **event})
    for lane, output in LANES.items():
        held = lanes[lane]
        bodies = [packed(held[start : start + _PACK_OF]) for start in range(0, len(held), _PACK_OF)]
        put_on_queue(stack, stack.outputs[output], bodies)
    put_on_queue(stack, stack.outputs[LANES["vehicle_data"]], alone)
    return {lane: len(held) + (len(alone) if lane == "vehicle_data" else 0) for lane, held in lanes.items()}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _lane_of(event_type: str) -> str:
    if event_type.startswith("ownerloop.interaction."):
        return "interactions"
    known = event_type.startswith("ownerloop.") and not event_type.startswith("ownerloop.vehicle.telemetry.")
    return "enrolment" if known else "vehicle_data"
