"""The twin in memory of the Cases table: for tests and simulation only."""

from collections.abc import Iterable
from datetime import datetime

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.cases import Case
from ownerloop.domain.errors import VersionConflictError


class MemoryCases:
    """The cases in a dict; `held` is what a test looks at."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, Case] = {}
        self._on_operation = on_operation

    def of(self, case_keys: Iterable[str]) -> dict[str, Case]:
        """Return every asked case as last written; one without an item comes with version 0."""
        self._on_operation("cases.of")
        with LOCK:
            return {key: self.held.get(key) or Case(case_key=key, person_id="") for key in case_keys}

    def open(self, cases: Iterable[Case]) -> None:
        """Keep each case unless there is one of its key, open or closed."""
        for case in cases:
            self._on_operation("cases.open")
            with LOCK:
                self.held.setdefault(case.case_key, case)

    def save(self, case: Case) -> None:
        """Keep the case if the held version is its `version` - 1, else raise VersionConflictError."""
        self._on_operation("cases.save")
        with LOCK:
            held = self.held.get(case.case_key)
            if case.version - 1 != (held.version if held else 0):
                raise VersionConflictError(item=case.case_key)
            self.held[case.case_key] = case

    def due(self, *, now: datetime) -> list[str]:
        """Return the keys of cases whose clocks want a look by now, longest due first."""
        self._on_operation("cases.due")
        with LOCK:
            waiting = [(case.look_at, key) for key, case in self.held.items() if case.look_at and case.look_at <= now]
        return [key for _, key in sorted(waiting)]
