"""The owner as a person: profile, wishes and the way to reach them; identifiers stay in the vault."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar


@dataclass(frozen=True, slots=True, order=True)
class Unsubscribe:
    """No more messages on this channel and topic (`*` is every one), over all brands of the group."""

    at: datetime
    channel: str
    topic: str


@dataclass(frozen=True, slots=True, order=True)
class Subscribe:
    """Messages on this channel and topic are welcome again, from this instant on."""

    at: datetime
    channel: str
    topic: str


Wish = TypeVar("Wish", Unsubscribe, Subscribe)


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
    subscribes: tuple[Subscribe, ...] = ()
    open_cases: tuple[str, ...] = ()  # complaints that are not closed; any of them pauses promotion
    known_since: datetime | None = None  # the first registration; `registered_at` is the newest
    team: str | None = None  # the team in the store that serves the owner
    birthday: str | None = None  # month and day, `MM-DD`: nobody needs the year
    members: tuple[str, ...] = ()  # on the head of a group: the persons that were joined to it
    joined: tuple["Owner", ...] = ()  # the rest of the group as read, where a rule counts for all of it; never stored

    @property
    def head_id(self) -> str:
        """Return who heads the group that the person belongs to: the person alone, where nobody was joined."""
        return self.merged_into or self.person_id

    def has_unsubscribed(self, *, channel: str, topic: str) -> bool:
        """Return whether the newest word on this channel and topic is a refusal; of equal instants the refusal is.

        In a group each member's word stands by itself: the welcome of one does not undo the refusal of another.
        """
        if self.joined and any(one.has_unsubscribed(channel=channel, topic=topic) for one in self.joined):
            return True
        if not self.unsubscribes:  # as with nearly everybody, asked for every message
            return False
        refused = [wish.at for wish in self.unsubscribes if _covers(wish, channel, topic)]
        if not refused:
            return False
        welcome = [wish.at for wish in self.subscribes if _covers(wish, channel, topic)]
        return not welcome or max(refused) >= max(welcome)


def known_by(owner: Owner, at: datetime) -> Owner:
    """Return the owner known since the instant at the latest."""
    return replace(owner, known_since=min(owner.known_since or owner.registered_at or at, at))


def unsubscribed(owner: Owner, wish: Unsubscribe) -> Owner:
    """Return the owner with this refusal; of equal ones the newest instant is kept, so order does not matter."""
    return replace(owner, unsubscribes=_newest((*owner.unsubscribes, wish)))


def subscribed(owner: Owner, wish: Subscribe) -> Owner:
    """Return the owner with this welcome; of equal ones the newest instant is kept, so order does not matter."""
    return replace(owner, subscribes=_newest((*owner.subscribes, wish)))


def _covers(wish: Unsubscribe | Subscribe, channel: str, topic: str) -> bool:
    return wish.channel in (channel, "*") and wish.topic in (topic, "*")


def _newest(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    newest = {(wish.channel, wish.topic): wish for wish in sorted(wishes)}
    return tuple(sorted(newest.values()))
