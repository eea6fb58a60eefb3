"""The twin in memory of the deliveries by webhook: for tests and simulation only."""

from datetime import datetime

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.webhook import Claim, Delivery


class MemoryDeliveries:
    """The deliveries in a dict: key -> digest and whether it is finished."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, tuple[str, bool]] = {}
        self._on_operation = on_operation

    def claim(self, delivery: Delivery, *, now: datetime) -> Claim:  # noqa: ARG002  # a dict forgets nothing
        """Remember the delivery at first sight and return whose it is; one that was never finished is open again."""
        self._on_operation("deliveries.claim")
        with LOCK:
            digest, is_done = self.held.setdefault(delivery.key, (delivery.digest, False))
        if digest != delivery.digest:
            return Claim.OTHER
        return Claim.DONE if is_done else Claim.OPEN

    def finish(self, delivery: Delivery, *, now: datetime) -> None:  # noqa: ARG002  # a dict forgets nothing
        """Remember that everything in it is queued."""
        self._on_operation("deliveries.finish")
        with LOCK:
            self.held[delivery.key] = (delivery.digest, True)

    def is_done(self, delivery: Delivery) -> bool:
        """Return whether this very delivery was finished; nothing is remembered."""
        self._on_operation("deliveries.is_done")
        with LOCK:
            return self.held.get(delivery.key) == (delivery.digest, True)
