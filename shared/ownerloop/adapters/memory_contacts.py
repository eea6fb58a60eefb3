"""The twins in memory of what planning and dispatching start: for tests and simulation only."""

from collections.abc import Iterable
from datetime import datetime

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once


class MemorySenders:
    """Every start asked for, in order; `started` is what a test looks at."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.started: list[tuple[str, str]] = []
        self._on_operation = on_operation

    def start(self, *, channel: str, contact_id: str) -> None:
        """Keep the channel and the contact id."""
        self._on_operation("senders.start")
        with LOCK:
            self.started.append((channel, contact_id))


class MemoryStoreJobs:
    """Every job queued, in order; `queued` is what a test looks at."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.queued: list[tuple[str, str, datetime]] = []
        self._on_operation = on_operation

    def enqueue(self, job: str, *, store_ids: Iterable[str], now: datetime) -> None:
        """Keep one job a store."""
        self._on_operation("store_jobs.enqueue")
        with LOCK:
            self.queued += [(job, store_id, now) for store_id in store_ids]
