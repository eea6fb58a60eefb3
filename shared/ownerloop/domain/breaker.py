"""A channel that failed clearly several times in a row rests for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Breaker:
    """How often a channel failed in a row, and until when it rests."""

    failures: int = 0
    open_until: datetime | None = None

    def rests_until(self, now: datetime) -> datetime | None:
        """Return when the channel may be tried again, or None if it may be tried now."""
        return self.open_until if self.open_until is not None and now < self.open_until else None

    def failed(self, *, now: datetime, failures_max: int, pause: timedelta) -> "Breaker":
        """Return the breaker after one more clear failure; it opens at the `failures_max`th in a row."""
        failures = self.failures + 1
        return Breaker(failures, now + pause if failures >= failures_max else None)
