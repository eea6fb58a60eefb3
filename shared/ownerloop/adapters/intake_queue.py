"""The way onto a queue of events for whoever receives them from outside."""

from collections.abc import Sequence
from datetime import datetime

from ownerloop.adapters.envelope import pack
from ownerloop.adapters.queues import send_all


class PackedEvents:
    """A queue whose messages are packed events."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def send(self, events: Sequence[bytes], *, received_at: datetime) -> None:
        """Queue the events in as few messages as it takes; raise if any was not taken."""
        send_all(self._queue_url, pack(events, received_at=received_at))
