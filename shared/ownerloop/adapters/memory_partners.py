"""The twins in memory of partners and of the queues of their events: for tests and simulation only."""

from collections.abc import Sequence
from datetime import datetime

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.partner import Partner


class MemoryPartners:
    """The partners in a dict."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, Partner] = {}
        self._on_operation = on_operation

    def load(self, partner_id: str) -> Partner | None:
        """Return the partner, or None."""
        self._on_operation("partners.load")
        with LOCK:
            return self.held.get(partner_id)

    def of_principal(self, principal: str) -> Partner | None:
        """Return the partner that calls by this principal, or None."""
        self._on_operation("partners.of_principal")
        with LOCK:
            return next((partner for partner in self.held.values() if principal in partner.principals), None)

    def save(self, partner: Partner) -> None:
        """Keep the partner."""
        self._on_operation("partners.save")
        with LOCK:
            self.held[partner.partner_id] = partner


class MemoryEventQueue:
    """Every event queued, in order, with the instant it was received."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.events: list[tuple[bytes, datetime]] = []
        self._on_operation = on_operation

    def send(self, events: Sequence[bytes], *, received_at: datetime) -> None:
        """Keep the events."""
        self._on_operation("event_queue.send")
        with LOCK:
            self.events += [(event, received_at) for event in events]
