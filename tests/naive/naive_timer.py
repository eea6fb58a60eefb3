"""A timer as it is often written: due, flag not set, set the flag, tell. Kept to show that the checks fail on it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any, Protocol

from ownerloop.adapters.memory_cases import MemoryCases
from ownerloop.domain.complaint_marks import episodes
from ownerloop.domain.complaints import ComplaintRules, next_look, pending, taken
from ownerloop.ports import Bus


class Words(Protocol):
    """How a level is told."""

    def __call__(self, *said: Any, **more: Any) -> Mapping[str, Any]:
        """Return the event."""
        ...


class NaiveTimer:
    """Flags read before they are written, without a condition, and told under an id of the moment."""

    def __init__(
        self, cases: MemoryCases, bus: Bus, rules: ComplaintRules, note: Words, on_operation: Callable[[str], None]
    ) -> None:
        self._cases, self._bus, self._rules, self._note = cases, bus, rules, note
        self._on_operation = on_operation
        self._ids = count()

    def sweep(self, now: datetime) -> None:
        """Set the flags of what is due and tell it."""
        for key in self._cases.due(now=now):
            case = self._cases.of([key])[key]
            fresh = pending(case, rules=self._rules, now=now)
            done = taken(case, fresh, now=now)
            self._on_operation("cases.save")
            self._cases.held[key] = replace(done, look_at=next_look(done, rules=self._rules, now=now))
            story = {episode.opened_at: episode for episode in episodes(case.marks)}
            for one in fresh:
                told = {"level": one.level, "due_at": one.due_at, "callback_due_at": one.due_at, "at": now}
                event = self._note(case, story[one.opened_at], **told)
                self._bus.publish([{**event, "id": str(next(self._ids))}])
