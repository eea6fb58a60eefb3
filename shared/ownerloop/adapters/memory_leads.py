"""The twins of the lead time's ports in memory: for tests and simulation only, never for `up` or `demo`."""

from collections.abc import Iterable, Sequence
from datetime import date

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.lead_evidence import Answer, Sending
from ownerloop.domain.lead_time import LeadTime


class MemoryLeadTimes:
    """The published lead times in a dict."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self._held: dict[str, LeadTime] = {}
        self._on_operation = on_operation

    def of_stores(self, store_ids: Iterable[str]) -> dict[str, LeadTime]:
        """Return the newest lead time of each store that has one."""
        self._on_operation("lead_times.of_stores")
        with LOCK:
            return {store_id: self._held[store_id] for store_id in sorted(set(store_ids)) if store_id in self._held}

    def publish(self, lead: LeadTime) -> None:
        """Write the store's lead time; one that is not newer than the one held changes nothing."""
        self._on_operation("lead_times.publish")
        with LOCK:
            held = self._held.get(lead.store_id)
            if held is None or held.version < lead.version:
                self._held[lead.store_id] = lead


class MemoryLeadEvidence:
    """The rows of evidence in two dicts."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self._sent: dict[tuple[str, str, str], Sending] = {}
        self._answered: dict[tuple[str, str, str], Answer] = {}
        self._on_operation = on_operation

    def sent(self, sendings: Sequence[Sending]) -> None:
        """Keep each sending; the same one again changes nothing."""
        self._on_operation("lead_evidence.sent")
        with LOCK:
            self._sent |= {(one.store_id, f"{one.sent_on:%Y-%m}", one.contact_id): one for one in sendings}

    def answered(self, answers: Sequence[Answer]) -> None:
        """Keep each answer; of a contact answered twice the first of a month stays."""
        self._on_operation("lead_evidence.answered")
        with LOCK:
            for one in answers:
                self._answered.setdefault((one.store_id, f"{one.booked_on:%Y-%m}", one.contact_id), one)

    def of_store(self, store_id: str, *, since: date, through: date) -> tuple[list[Sending], list[Answer]]:
        """Return what the store's months from `since` to `through` hold, each by day and contact."""
        self._on_operation("lead_evidence.of_store")
        first, last = f"{since:%Y-%m}", f"{through:%Y-%m}"
        with LOCK:
            sendings = [one for key, one in self._sent.items() if key[0] == store_id and first <= key[1] <= last]
            answers = [one for key, one in self._answered.items() if key[0] == store_id and first <= key[1] <= last]
        return (
            sorted(sendings, key=lambda one: (one.sent_on, one.contact_id)),
            sorted(answers, key=lambda one: (one.booked_on, one.contact_id)),
        )
