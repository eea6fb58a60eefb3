"""The twin in memory of the points: for tests and simulation only."""

from collections.abc import Iterable
from datetime import date

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.ids import shard
from ownerloop.domain.points import Account, Entry
from ownerloop.domain.points_change import PointsChange, Posting
from ownerloop.domain.points_earning import Claim
from ownerloop.domain.redemption import Redemption


class MemoryPoints:
    """Accounts, entries, claims, redemptions and the mall in dicts; `held` and the others are what a test looks at."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, Account] = {}
        self.written: dict[tuple[str, int], Entry] = {}
        self.told: dict[tuple[str, str], Claim] = {}
        self.redemptions: dict[str, Redemption] = {}
        self.gone: dict[str, int] = {}
        self._on_operation = on_operation

    def accounts(self, person_ids: Iterable[str]) -> dict[str, Account]:
        """Return every asked account as last written; one without an item comes with version 0."""
        self._on_operation("points.accounts")
        with LOCK:
            return {person_id: self.held.get(person_id) or Account(person_id) for person_id in person_ids}

    def claim(self, person_id: str, claim_id: str) -> Claim:
        """Return the claim as last written, or an untold one of version 0."""
        self._on_operation("points.claim")
        with LOCK:
            return self.told.get((person_id, claim_id)) or Claim(person_id, claim_id)

    def entry(self, person_id: str, number: int) -> Entry:
        """Return the entry of the account with this number, which must exist."""
        self._on_operation("points.entry")
        with LOCK:
            return self.written[person_id, number]

    def redemption(self, redemption_key: str) -> Redemption | None:
        """Return the redemption as it was decided, or None for one that nobody told of."""
        self._on_operation("points.redemption")
        with LOCK:
            return self.redemptions.get(redemption_key)

    def taken(self, item_ids: Iterable[str]) -> dict[str, int]:
        """Return how many of each item have left the mall, 0 for one that nobody took."""
        self._on_operation("points.taken")
        with LOCK:
            return {item_id: self.gone.get(item_id, 0) for item_id in item_ids}

    def lapsing(self, place: int, *, by: date) -> list[str]:
        """Return the accounts of a shard of which something expires by the day, the earliest first."""
        self._on_operation("points.lapsing")
        with LOCK:
            due = [(one.next_expiry, key) for key, one in self.held.items() if shard(key) == place]
        return [key for on, key in sorted((on, key) for on, key in due if on and on <= by)]

    def post(self, *postings: Posting, redemption: Redemption | None = None) -> bool:
        """Write entries, accounts and redemption in one transaction; False if somebody wrote one since it was read."""
        self._on_operation("points.post")
        change = PointsChange(postings, redemption=redemption)
        with LOCK:
            try:
                self.check(change)
            except VersionConflictError:
                return False
            self.write(change)
        return True

    def entries(self, person_id: str) -> list[Entry]:
        """Return every entry of the account in the order of their numbers."""
        self._on_operation("points.entries")
        with LOCK:
            return [entry for (person, _), entry in sorted(self.written.items()) if person == person_id]

    def check(self, change: PointsChange) -> None:
        """Raise VersionConflictError if an item of the change was written since it was read, or no stock is left."""
        versions: dict[str, int] = {}
        for account in (posting.account for posting in change.postings):
            held = self.held.get(account.person_id)
            if account.version - 1 != versions.get(account.person_id, held.version if held else 0):
                raise VersionConflictError(item=account.person_id)
            versions[account.person_id] = account.version
        if claim := change.claim:
            known = self.told.get((claim.person_id, claim.claim_id))
            if claim.version - 1 != (known.version if known else 0):
                raise VersionConflictError(item=claim.claim_id)
        if redemption := change.redemption:
            decided = self.redemptions.get(redemption.redemption_key)
            if redemption.version - 1 != (decided.version if decided else 0):
                raise VersionConflictError(item=redemption.redemption_key)
        if (taken := change.taken) and self.gone.get(taken.item_id, 0) > taken.stock - taken.quantity:
            raise VersionConflictError(item=f"mall#{taken.item_id}")

    def write(self, change: PointsChange) -> None:
        """Write a change that was checked."""
        for posting in change.postings:
            self.held[posting.account.person_id] = posting.account
            self.written[posting.entry.person_id, posting.entry.number] = posting.entry
        if claim := change.claim:
            self.told[claim.person_id, claim.claim_id] = claim
        if redemption := change.redemption:
            self.redemptions[redemption.redemption_key] = redemption
        if taken := change.taken:
            self.gone[taken.item_id] = self.gone.get(taken.item_id, 0) + taken.quantity
