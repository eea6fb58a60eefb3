"""Queue records as a Lambda gets them: the events they hold, in slices that fit in memory."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ownerloop.adapters.envelope import unpack
from ownerloop.domain.changing import maker_of
from ownerloop.domain.report import RawEvent

SLICE_MAX_BYTES = 16 * 1024 * 1024  # expanded; a hundred compressed bombs never stand in memory side by side
_raw = maker_of(RawEvent)


def raw_events(record: Mapping[str, Any], *, now: datetime) -> list[RawEvent]:
    """Return the events of one queue record; a record that says nothing of its sending was sent now."""
    attributes = record.get("attributes") or {}
    body = record["body"]
    message_id = record["messageId"]
    unpacked = unpack(body)
    received_at = unpacked.received_at or _sent_at(attributes.get("SentTimestamp"), now)
    was_delivered = unpacked.was_delivered or int(attributes.get("ApproximateReceiveCount") or 1) > 1
    events = [_raw(event, received_at, message_id, was_delivered) for event in unpacked.events]
    if unpacked.rule:
        whole = body.encode(errors="surrogatepass")
        events.append(RawEvent(whole, received_at, message_id, was_delivered, rule=unpacked.rule))
    return events


def slices(
    records: Sequence[Mapping[str, Any]], *, now: datetime, max_bytes: int = SLICE_MAX_BYTES
) -> Iterator[list[RawEvent]]:
    """Yield the events of the records in order, message by message, no slice much larger than `max_bytes`."""
    events: list[RawEvent] = []
    size = 0
    for record in records:
        more = raw_events(record, now=now)
        length = 0
        for event in more:
            length += len(event.body)
        if events and size + length > max_bytes:
            yield events
            events, size = [], 0
        events += more
        size += length
    if events:
        yield events


def _sent_at(milliseconds: str | None, now: datetime) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds else now
