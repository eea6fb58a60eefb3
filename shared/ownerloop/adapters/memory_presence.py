"""The twin of the presence rows in memory: for tests and simulation only, never for `up` or `demo`."""

from collections.abc import Iterable

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.presence import Presence, joined


class MemoryPresenceBook:
    """The facts in a list; `held` is what a test looks at."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: list[Presence] = []
        self._on_operation = on_operation

    def note(self, facts: Iterable[Presence]) -> None:
        """Keep the facts, each hour from its first to its last sight."""
        self._on_operation("presence.note")
        with LOCK:
            self.held = joined([*self.held, *facts])
