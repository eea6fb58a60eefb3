"""The owner as a person: profile, wishes and the way to reach them; identifiers stay in the vault."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Unsubscribe:
    """No more messages on this channel and topic (`*` is every one), over all brands of the group."""

    at: datetime
    channel: str
    topic: str


@dataclass(frozen=True, slots=True)
class Owner:
    """One person. `version` is 0 for a person who has no item yet; `daily_max` lies in 0-3."""

    person_id: str
    version: int = 0
    registered_at: datetime | None = None
    store_id: str | None = None
    zone: str | None = None
    language: str = "zh"
    daily_max: int = 3
    staff_userid: str | None = None
    channels: tuple[str, ...] = ()
    unsubscribes: tuple[Unsubscribe, ...] = ()
    vehicle_ids: tuple[str, ...] = ()  # every car ever linked; who owns it now is on the car
    merged_into: str | None = None

    def has_unsubscribed(self, *, channel: str, topic: str) -> bool:
        """Return whether the owner refused this channel for this topic."""
        return any(u.channel in {channel, "*"} and u.topic in {topic, "*"} for u in self.unsubscribes)
