"""Which trouble befalls a call: decided by seed, recipient and text alone."""

from datetime import datetime, timedelta
from enum import StrEnum

from infra.simulator.chance import draw
from infra.simulator.settings import Shares

DISPATCH_SPAN = timedelta(minutes=1)


class CallFault(StrEnum):
    """What can happen to the first attempt at creating a task."""

    BUSY = "busy"
    RATE = "rate"
    HTTP_500 = "http_500"
    SLOW = "slow"
    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"


class PollFault(StrEnum):
    """What can happen to a question about a task."""

    BUSY = "poll_busy"
    DISPATCHING = "poll_dispatching"


def call_fault(shares: Shares, seed: int, *, recipient: str, text: str) -> CallFault | None:
    """Return the trouble of a first attempt, or None for most."""
    drawn, upper = draw(seed, "call", recipient, text), 0.0
    for fault in CallFault:
        upper += getattr(shares, fault.value)
        if drawn < upper:
            return fault
    return None


def poll_fault(shares: Shares, seed: int, *, subject: str, at: datetime, nth: int, is_young: bool) -> PollFault | None:
    """Return the trouble of the nth such poll at this instant; only a young task can still be dispatching."""
    parts = (subject, at.isoformat(), str(nth))
    if is_young and draw(seed, "dispatching", *parts) < shares.poll_dispatching:
        return PollFault.DISPATCHING
    if draw(seed, "poll", *parts) < shares.poll_busy:
        return PollFault.BUSY
    return None
