"""What the cars say: invocations of a queue's records with the usual defects, one seed one input (perf.md, W1).

0.5 % of the events are broken, 5 % come twice, 10 % come late by up to three days, a few per mille are too old, from
the future, good for history only, or a typing error. The unauthorised are cars of the fleet.
"""

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from tests.benchmarks.hot_path.fleet import BEGINS_SECONDS, DAY_SECONDS, Car

DAYS = 5
PACKED_SHARE = {"single": 0.2, "array": 0.3, "packed": 0.5}
EVENTS_AN_ARRAY, EVENTS_A_PACK = 100, 500
_TOO_OLD, _HISTORY, _FUTURE, _TYPO = 0.001, 0.003, 0.004, 0.0045  # shares, cumulated


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event as the runtime hands it over, and when."""

    now: datetime
    event: dict[str, Any]
    events: int


def the_traffic(
    fleet: Sequence[Car], *, events: int, invocations: int, shape: str = "mixed", seed: int = 11
) -> list[Invocation]:
    """Return the invocations in the order of their time; `shape` is mixed, single, array or packed."""
    bodies, arrivals = _bodies(fleet, events=events, seed=seed)
    size = -(-len(bodies) // invocations)
    made = []
    for number in range(invocations):
        part = bodies[number * size : (number + 1) * size]
        now = datetime.fromtimestamp(arrivals[number * size + len(part) - 1] + 30, UTC)
        records = list(_records(part, now=now, number=number, shape=shape))
        made.append(Invocation(now=now, event={"Records": records}, events=len(part)))
    return made


def payload_bytes(invocations: Sequence[Invocation]) -> float:
    """Return the bytes of the invocation's payload per event, the record's envelope and JSON's escapes included."""
    return sum(len(json.dumps(one.event)) for one in invocations) / sum(one.events for one in invocations)


def _bodies(fleet: Sequence[Car], *, events: int, seed: int) -> tuple[list[bytes], list[float]]:
    chance = np.random.default_rng(seed)
    twice = round(events * 0.05)
    count = events - twice
    cars = chance.permutation(np.arange(count) % len(fleet))
    at = BEGINS_SECONDS + np.sort(chance.random(count)) * DAYS * DAY_SECONDS
    late = chance.random(count) < 0.10
    arrives = at + np.where(late, chance.random(count) * 3 * DAY_SECONDS, 0)
    odd, broken, charge = chance.random(count), chance.random(count) < 0.005, chance.integers(5, 100, count)
    again = chance.choice(count, size=twice, replace=False)
    arrives = np.concatenate([arrives, arrives[again] + chance.random(twice) * DAY_SECONDS / 2])
    ids = [chance.bytes(16).hex() for _ in range(count)]
    texts: list[bytes] = []
    for place in range(count):
        event = _event(
            fleet[cars[place]], ids[place], float(at[place]), odd=float(odd[place]), charge=int(charge[place])
        )
        texts.append(_broken(event, place) if broken[place] else _json(event))
    texts += [texts[place] for place in again]
    order = np.argsort(arrives, kind="stable")
    return [texts[place] for place in order], arrives[order].tolist()


def _event(car: Car, event_id: str, at: float, *, odd: float, charge: int) -> dict[str, Any]:
    metres = car.odometer_at(at)
    if odd < _TOO_OLD:
        at -= 45 * DAY_SECONDS
    elif odd < _HISTORY:
        at -= 12 * DAY_SECONDS
    elif odd < _FUTURE:
        at += 10 * DAY_SECONDS
    elif odd < _TYPO:
        metres *= 10
    in_km = charge % 10 == 0
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "urn:example:telematics",
        "type": "ownerloop.vehicle.telemetry.v1",
        "subject": car.vin,
        "time": datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "signals": {
                "Vehicle.TraveledDistance": (
                    {"value": metres // 1000 + 0.5, "unit": "km"} if in_km else {"value": metres, "unit": "m"}
                ),
                "Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed": {"value": charge, "unit": "percent"},
            }
        },
    }


def _broken(event: dict[str, Any], place: int) -> bytes:
    match place % 5:
        case 0:
            return _json(event)[:-9]
        case 1:
            event["data"]["signals"]["Vehicle.TraveledDistance"]["unit"] = "mile"
        case 2:
            event["subject"] = event["subject"][:-1]
        case 3:
            event["time"] = "yesterday"
        case _:
            event["data"]["signals"]["Vehicle.TraveledDistance"]["value"] = -5
    return _json(event)


def _records(bodies: Sequence[bytes], *, now: datetime, number: int, shape: str) -> Iterator[dict[str, Any]]:
    shares = PACKED_SHARE if shape == "mixed" else {shape: 1.0}
    at, made = 0, 0
    for kind, share in shares.items():
        part = bodies[at : at + round(len(bodies) * share)] if share < 1 else bodies
        at += len(part)
        size = {"single": 1, "array": EVENTS_AN_ARRAY, "packed": EVENTS_A_PACK}[kind]
        for start in range(0, len(part), size):
            yield _record(_body(part[start : start + size], kind), f"{number}-{made}", now)
            made += 1


def _body(events: Sequence[bytes], kind: str) -> str:
    if kind == "single":
        return events[0].decode()
    if kind == "array":
        # A broken event of an array is one that is JSON: a sender that packs an array can at least write one.
        whole = [event if event.endswith(b"}") else b'"%s"' % event[:9].hex().encode() for event in events]
        return (b"[" + b",".join(whole) + b"]").decode()
    packed = base64.b64encode(zlib.compress(b"\n".join(events))).decode()
    return json.dumps({"encoding": "zlib+base64", "count": len(events), "events": packed})


def _record(body: str, message_id: str, now: datetime) -> dict[str, Any]:
    sent = str(int((now - timedelta(seconds=20)).timestamp() * 1000))
    return {
        "messageId": message_id,
        "receiptHandle": "r" * 180,
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": sent,
            "SenderId": "AROAEXAMPLE:sender",
            "ApproximateFirstReceiveTimestamp": sent,
        },
        "messageAttributes": {},
        "md5OfBody": "0" * 32,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:vehicle-data",
        "awsRegion": "eu-central-1",
    }


def _json(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()
