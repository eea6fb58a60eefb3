"""A stream of a table: one shard, its changes in order, a batch until it is done or given up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from infra.simulation.stage import Ended, Stage

Record = TypeVar("Record")
BATCH_MAX, RETRIES = 6, 5
POLL_MS = 1_000  # how often a shard is asked for changes; all are asked at the same moment
SECONDS = 30


@dataclass(slots=True)
class Stream(Generic[Record]):
    """Records and the function that takes them; after some retries a batch is left to whoever sweeps."""

    name: str
    stage: Stage
    handle: Callable[[Sequence[Record]], None]
    heard: Callable[[Ended], None]
    _waiting: list[Record] = field(default_factory=list)
    _done: int = 0
    _is_under_way: bool = False

    def offer(self, record: Record) -> None:
        """Put a change on the stream."""
        self._waiting.append(record)
        self._poll(tries=0)

    def _poll(self, *, tries: int) -> None:
        if self._is_under_way or not self._waiting:
            return
        self._is_under_way = True
        polled_ms = (self.stage.now_ms // POLL_MS + 1) * POLL_MS
        self.stage.at(polled_ms, lambda: self._begin(tries))

    def _begin(self, tries: int) -> None:
        batch = self._waiting[:BATCH_MAX]

        def ended(how: Ended) -> None:
            self.heard(how)
            self._is_under_way = False
            again = (how.died or how.fault is not None) and tries < RETRIES
            if not again:
                self._waiting, self._done = self._waiting[len(batch) :], self._done + len(batch)
            self._poll(tries=tries + 1 if again else 0)

        key = f"{self.name}.{self._done}.{tries}"
        self.stage.start(key, lambda: self.handle(batch), seconds=SECONDS, ended=ended)
