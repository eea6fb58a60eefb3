"""The way back onto the queue for events of a packed message that met a fault, were too many, or found no time."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ownerloop.adapters.envelope import pack
from ownerloop.adapters.queues import send_all

DELAY_SECONDS = 5  # long enough for another batch to finish with the same cars
KEPT_SHARE = 3  # a third of an invocation is kept for what was begun last, its record and the way back of the rest


def in_time(context: Any) -> Callable[[], bool]:
    """Return what says whether an invocation may begin another event; without Lambda's context it always may.

    A slow table would else end the invocation, and five of those would dead-letter messages that are healthy.
    """
    if context is None:
        return lambda: True
    kept_ms = context.get_remaining_time_in_millis() / KEPT_SHARE
    return lambda: bool(context.get_remaining_time_in_millis() > kept_ms)


class QueuedAgain:
    """The queue that the events came from."""

    def __init__(self, queue_url: str, *, delay_seconds: int = DELAY_SECONDS) -> None:
        self._queue_url, self._delay_seconds = queue_url, delay_seconds

    def send(self, events: Sequence[bytes], *, received_at: datetime) -> None:
        """Queue the events again as messages of their own, with the instant of their first receipt."""
        bodies = pack(events, received_at=received_at, was_delivered=True)
        send_all(self._queue_url, bodies, delay_seconds=self._delay_seconds)
