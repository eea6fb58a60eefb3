"""Circuit breakers in the memory of one process.

A sandbox learns from its own calls only. That is enough: a breaker spares calls that would fail, and every call that is
made anyway is as safe as the first.
"""

from ownerloop.domain.breaker import Breaker


class ProcessBreakers:
    """One breaker a channel."""

    def __init__(self) -> None:
        self._held: dict[str, Breaker] = {}

    def of(self, channel: str) -> Breaker:
        """Return the channel's breaker; a closed one at first."""
        return self._held.get(channel, Breaker())

    def keep(self, channel: str, breaker: Breaker) -> None:
        """Remember the breaker until this process ends."""
        self._held[channel] = breaker
