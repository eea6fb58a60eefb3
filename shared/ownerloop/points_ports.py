"""What the points need from the world: accounts and claims, the mall, and the rules by day."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.points import Account, Entry
from ownerloop.domain.points_change import Posting
from ownerloop.domain.points_earning import Claim, PointsPolicy
from ownerloop.domain.redemption import Mall, Redemption
from ownerloop.ports import Owners


class Points(Protocol):
    """What an event about points is decided on; what changes is written with its interaction."""

    def accounts(self, person_ids: Iterable[str]) -> dict[str, Account]:
        """Return every asked account as last written; one without an item comes with version 0."""
        ...

    def claim(self, person_id: str, claim_id: str) -> Claim:
        """Return the claim as last written, or an untold one of version 0."""
        ...

    def entry(self, person_id: str, number: int) -> Entry:
        """Return the entry of the account with this number, which must exist."""
        ...

    def redemption(self, redemption_key: str) -> Redemption | None:
        """Return the redemption as it was decided, or None for one that nobody told of."""
        ...

    def taken(self, item_ids: Iterable[str]) -> dict[str, int]:
        """Return how many of each item have left the mall, 0 for one that nobody took."""
        ...


class Ledger(Protocol):
    """The accounts as the programme sees them."""

    def lapsing(self, place: int, *, by: date) -> Iterable[str]:
        """Return the accounts of a shard of which something expires by the day, the earliest first."""
        ...

    def post(self, *postings: Posting, redemption: Redemption | None = None) -> bool:
        """Write entries, accounts and redemption in one transaction; False if somebody wrote one since it was read."""
        ...

    def entries(self, person_id: str) -> Iterable[Entry]:
        """Return every entry of the account in the order of their numbers."""
        ...


class PointsJobs(Protocol):
    """Work on the accounts that fans out by shard."""

    def enqueue(self, places: Iterable[int], *, now: datetime) -> None:
        """Queue the night's expiry for each shard."""
        ...


class RedemptionAnswers(Protocol):
    """How the answer to a redemption is told to others."""

    def redeemed(self, redemption: Redemption, *, at: datetime) -> Mapping[str, Any]:
        """Return the event for a redemption as it stands; its id follows from the redemption and its version."""
        ...

    def redemption_refused(
        self, redemption_key: str, *, event_key: str, error: MalformedEventError, at: datetime
    ) -> Mapping[str, Any]:
        """Return the event for a redemption whose event broke a rule; its id follows from that event."""
        ...


@dataclass(frozen=True, slots=True)
class PointsDesk:
    """Everything that earning and redeeming are decided with."""

    points: Points
    owners: Owners
    answers: RedemptionAnswers
    policy_on: Callable[[date], PointsPolicy]
    mall_on: Callable[[date], Mall]
