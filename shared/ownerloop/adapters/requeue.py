"""The way back onto the queue for events of a packed message that met a fault, or were too many."""

from collections.abc import Sequence
from datetime import datetime

from ownerloop.adapters.envelope import pack
from ownerloop.adapters.queues import send_all

DELAY_SECONDS = 5  # long enough for another batch to finish with the same cars


class QueuedAgain:
    """The queue that the events came from."""

    def __init__(self, queue_url: str, *, delay_seconds: int = DELAY_SECONDS) -> None:
        self._queue_url, self._delay_seconds = queue_url, delay_seconds

    def send(self, events: Sequence[bytes], *, received_at: datetime) -> None:
        """Queue the events again as messages of their own, with the instant of their first receipt."""
        bodies = pack(events, received_at=received_at, was_delivered=True)
        send_all(self._queue_url, bodies, delay_seconds=self._delay_seconds)
