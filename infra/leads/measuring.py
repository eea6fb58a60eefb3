"""The measured figures of a store's first messages: how many were answered by a booking, by lead and by arm."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

from ownerloop.domain.lead_learning import Outcome
from ownerloop.domain.lead_time import Arm

Name = TypeVar("Name", int, str)
WEEK = 7
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some messages were answered by a booking."""

    sent: int
    booked: int

    @property
    def rate(self) -> float | None:
        """Return the share; None of nothing."""
        return self.booked / self.sent if self.sent else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the share (Wilson 1927); None of nothing."""
        if not self.sent:
            return None
        share, spread = self.booked / self.sent, _Z95**2 / self.sent
        middle = share + spread / 2
        width = sqrt(share * (1 - share) * spread + spread**2 / 4)
        return (middle - width) / (1 + spread), (middle + width) / (1 + spread)


def by_lead(found: Iterable[Outcome]) -> dict[int, Share]:
    """Return the share of each week of leads, by its first day; leads count from the message to the median due day."""
    return _shares((one.lead_days // WEEK * WEEK, one) for one in found)


def by_arm(found: Sequence[Outcome]) -> dict[str, Share]:
    """Return the share of each arm, an arm without messages too."""
    known = {str(arm): Share(0, 0) for arm in Arm}
    return known | _shares((one.sending.arm, one) for one in found)


def _shares(named: Iterable[tuple[Name, Outcome]]) -> dict[Name, Share]:
    groups: dict[Name, list[Outcome]] = {}
    for name, one in named:
        groups.setdefault(name, []).append(one)
    return {
        name: Share(sent=len(groups[name]), booked=sum(one.answer is not None for one in groups[name]))
        for name in sorted(groups)
    }
