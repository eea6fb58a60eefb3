"""The twins in memory of what functions send onwards: for tests and simulation only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.ports import Refusal, Row


class MemoryHistory:
    """Every row sent, by dataset and in order."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.rows: dict[str, list[Row]] = {}
        self._on_operation = on_operation

    def append(self, dataset: str, rows: Sequence[Row]) -> None:
        """Keep the rows."""
        self._on_operation("history.append")
        with LOCK:
            self.rows.setdefault(dataset, []).extend(rows)


class MemoryQuarantine:
    """Every refusal kept, by day and event key, and when it was put there."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[tuple[str, str], Refusal] = {}
        self.put_at: dict[tuple[str, str], datetime] = {}
        self._on_operation = on_operation

    def put(self, refusals: Sequence[Refusal], *, now: datetime) -> None:
        """Keep each refusal once."""
        self._on_operation("quarantine.put")
        with LOCK:
            put = {(r.received_at.date().isoformat(), r.event_key): r for r in refusals}
            self.held.update(put)
            self.put_at.update(dict.fromkeys(put, now))


class MemoryBus:
    """Every event published, in order."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.events: list[Mapping[str, Any]] = []
        self._on_operation = on_operation

    def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Keep the events as they travel."""
        self._on_operation("bus.publish")
        with LOCK:
            self.events.extend(map(msgspec.to_builtins, events))


class MemoryRequeue:
    """Every message queued again, in order."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.messages: list[tuple[tuple[bytes, ...], datetime]] = []
        self._on_operation = on_operation

    def send(self, events: Sequence[bytes], *, received_at: datetime) -> None:
        """Keep the message."""
        self._on_operation("requeue.send")
        with LOCK:
            self.messages.append((tuple(events), received_at))
