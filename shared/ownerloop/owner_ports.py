"""What the life of an owner needs from the world: interactions, facts and tiers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from ownerloop.domain.facts import Fact
from ownerloop.domain.interaction_change import Held, InteractionChange
from ownerloop.domain.interaction_policy import InteractionPolicy
from ownerloop.domain.portrait import AskRule
from ownerloop.domain.tier_cuts import Cuts
from ownerloop.domain.tier_policy import TierPolicy
from ownerloop.domain.tier_record import TierChange, TierRecord


class Directory(Protocol):
    """Who is meant by an identifier, where somebody was enrolled under it; nobody is enrolled by asking."""

    def vehicle_ids(self, vins: Iterable[str]) -> dict[str, str]:
        """Return the surrogate of each VIN that is known; the others are absent."""
        ...

    def alias_ids(self, owner_keys: Iterable[str]) -> dict[str, str]:
        """Return the alias of each owner key that is known; the others are absent."""
        ...

    def persons_at(self, addresses: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the person behind each address on a channel that is known; the others are absent."""
        ...


class Interactions(Protocol):
    """What owners do, each event with all its effects."""

    def person_of(self, alias_id: str) -> str | None:
        """Return the person an alias points at now, or None."""
        ...

    def person_of_case(self, case_key: str) -> str | None:
        """Return the person whose case it is, or None for one that nobody opened."""
        ...

    def held(self, person_id: str, *, event_key: str, case_key: str | None) -> Held:
        """Return what an event of the person is decided on; items that do not exist come with version 0."""
        ...

    def apply(self, change: InteractionChange) -> bool:
        """Write change and marker in one transaction; False if marked before; VersionConflictError if an item moved."""
        ...


class Facts(Protocol):
    """What owners did, for those who only read."""

    def newest(self, person_id: str, *, facts_max: int) -> list[Fact]:
        """Return the person's newest facts, newest first."""
        ...


class Tiers(Protocol):
    """The tier items, one a person who ever ordered anything."""

    def of_store(self, store_id: str) -> Iterable[str]:
        """Return every person registered in the store, with or without a tier item."""
        ...

    def of_shard(self, store_id: str, *, place: int) -> Iterable[str]:
        """Return those whom `ids.shard` puts in this place: all shards together are the store, each person once."""
        ...

    def load(self, person_ids: Iterable[str]) -> dict[str, TierRecord]:
        """Return each person's tier; one without an item comes with version 0."""
        ...

    def save(self, records: Sequence[TierRecord]) -> set[str]:
        """Write each tier whose stored version is its `version` - 1; return the persons who lost."""
        ...


class CutPoints(Protocol):
    """The cut points that the crowds of stores published, each for the days from its own on."""

    def in_force(self, store_id: str, *, on: date) -> Cuts | None:
        """Return the newest of the store that hold on the day, or None."""
        ...

    def publish(self, store_id: str, cuts: Cuts) -> bool:
        """Keep the cuts, or return False where that day or a later one has some: what was published stays."""
        ...


class TierPolicies(Protocol):
    """The policy of the tiers by day and store."""

    def __call__(self, on: date, *, store_id: str | None) -> TierPolicy:
        """Return the policy in force on the day with the cut points of the store's crowd; None is the policy's own."""
        ...


class TierShards(Protocol):
    """Where a store with more owners than one run holds is settled, shard by shard."""

    def start(self, store_id: str, *, as_of: date) -> None:
        """Start the settlement of the store as of the day, once however often it is asked for."""
        ...


class TierAnnouncement(Protocol):
    """How a change of tier is told to others."""

    def __call__(self, record: TierRecord, *, change: TierChange, store_id: str | None) -> Mapping[str, Any]:
        """Return the event; its id follows from the person and the version of the change."""
        ...


class PortraitAnnouncement(Protocol):
    """How it is told that a new look at a portrait is asked for."""

    def __call__(self, fact: Fact, *, store_id: str | None) -> Mapping[str, Any]:
        """Return the event; its id follows from the fact's own event."""
        ...


@dataclass(frozen=True, slots=True)
class PortraitDesk:
    """What facts ask for a new look at a portrait, by day, and how it is told."""

    rules_on: Callable[[date], Iterable[AskRule]]
    announcement: PortraitAnnouncement


@dataclass(frozen=True, slots=True)
class InteractionRules:
    """What interactions are decided by, in the version of the day.

    `store_zone` returns the name of a store's zone, or None for a store that nobody knows.
    """

    policy: Callable[[date], InteractionPolicy]
    tier_policy: TierPolicies
    store_zone: Callable[[str | None], str | None]
    announcement: TierAnnouncement
    portraits: PortraitDesk
