"""The event bus: decisions as CloudEvents in the detail of EventBridge entries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from ownerloop.adapters.dynamodb.direct import ask
from ownerloop.adapters.packing import in_batches

ENTRIES_MAX = 10  # of one PutEvents, whose entries together have the limit of 256 KiB
_OTHER_BYTES_MAX = 512  # what else counts: a source and a type of at most 256 and 128 bytes, 14 for the time


class EventsNotPublishedError(RuntimeError):
    """The bus took only some of the events; `codes` says why it did not take the others."""

    def __init__(self, *, codes: Sequence[str]) -> None:
        super().__init__(f"{len(codes)} events were not taken: {', '.join(sorted(set(codes)))}")
        self.codes = tuple(codes)


class EventBridge:
    """One event bus."""

    def __init__(self, event_bus_name: str) -> None:
        self._event_bus_name = event_bus_name

    def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Publish every event; raise EventsNotPublishedError once all were tried and some were not taken."""
        codes: list[str] = []
        for entries in in_batches(map(self._entry, events), _bytes_of, count_max=ENTRIES_MAX):
            answer = ask("events", "PutEvents", {"Entries": entries})
            codes += [entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry]
        if codes:
            raise EventsNotPublishedError(codes=codes)

    def _entry(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "EventBusName": self._event_bus_name,
            "Source": event["source"],
            "DetailType": event["type"],
            "Time": _seconds(event["time"]),
            "Detail": msgspec.json.encode(event).decode(),
        }


@lru_cache(maxsize=64)  # what a batch publishes happened at one instant
def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def _bytes_of(entry: Mapping[str, Any]) -> int:
    return _OTHER_BYTES_MAX + len(entry["Detail"].encode())
