"""What the fleet puts on a queue: one event or broken body, the identity it will be accounted by, and the envelope."""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

_ARRAY_OF = 20
# A vehicle event costs a share of one write per car and batch, an enrolment a share of a transaction, an interaction a
# transaction of its own: ten messages of each must be done in half of the function's timeout.
_PACK_OF = {"vehicle_data": 150, "enrolment": 25, "interaction": 20}
_SINGLES_OF_A_ROUND = 3


class Lane(StrEnum):
    """The way that a parcel goes."""

    VEHICLE_DATA = "vehicle_data"
    ENROLMENT = "enrolment"
    INTERACTION = "interaction"
    CALLBACK = "callback"  # no queue: what WeCom tells over HTTP
    WEBHOOK = "webhook"  # no queue either: what an aggregator tells over HTTP


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event, or bytes that are none; bytes travel alone."""

    lane: Lane
    body: Mapping[str, Any] | bytes
    identity: str


def parcel(lane: Lane, event: Mapping[str, Any]) -> Parcel:
    """Return an event as a parcel; its identity follows from `source` and `id` (CloudEvents 1.0)."""
    return Parcel(lane=lane, body=event, identity=identity_of(event["source"], event["id"]))


def broken_parcel(lane: Lane, body: bytes) -> Parcel:
    """Return bytes without an identity of their own as a parcel; they count by themselves."""
    return Parcel(lane=lane, body=body, identity=hashlib.sha256(body).hexdigest()[:32])


def identity_of(source: str, event_id: str) -> str:
    """Return the identity of an event, counted here without the product's code."""
    return hashlib.sha256(f"{source}\x1f{event_id}".encode()).hexdigest()[:32]


def messages(parcels: Sequence[Parcel], *, received_at: datetime) -> Iterator[str]:
    """Yield the bodies that carry the parcels: some alone, some in an array, most packed.

    Every event is stamped with the instant at which it is put on the queue.
    """
    stamp = instant_text(received_at)
    events = [{**item.body, "receivedat": stamp} for item in parcels if not isinstance(item.body, bytes)]
    yield from (item.body.decode() for item in parcels if isinstance(item.body, bytes))
    singles, rest = events[:_SINGLES_OF_A_ROUND], events[_SINGLES_OF_A_ROUND:]
    yield from (json.dumps(event, ensure_ascii=False) for event in singles)
    array, rest = rest[:_ARRAY_OF], rest[_ARRAY_OF:]
    if array:
        yield json.dumps(array, ensure_ascii=False)
    pack_of = min((_PACK_OF[item.lane] for item in parcels), default=1)
    for start in range(0, len(rest), pack_of):
        yield packed(rest[start : start + pack_of])


def packed(events: Sequence[Mapping[str, Any]]) -> str:
    """Return a compressed batch as one message body."""
    text = json.dumps(list(events), ensure_ascii=False, separators=(",", ":"))
    squeezed = base64.b64encode(zlib.compress(text.encode(), 6)).decode()
    return json.dumps({"encoding": "zlib+base64", "count": len(events), "events": squeezed})


def instant_text(instant: datetime) -> str:
    """Return an instant as RFC 3339 in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def cloud_event(event_type: str, *, subject: str, at: datetime, data: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return a CloudEvent whose id follows from what it says, so that one seed always says the same."""
    said = json.dumps([event_type, subject, instant_text(at), data], sort_keys=True, ensure_ascii=False)
    return {
        "specversion": "1.0",
        "id": hashlib.sha256(said.encode()).hexdigest()[:24],
        "source": source,
        "type": event_type,
        "subject": subject,
        "time": instant_text(at),
        "datacontenttype": "application/json",
        "data": dict(data),
    }
