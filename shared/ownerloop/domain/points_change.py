"""What one event changes of the points, written in its own transaction."""

from dataclasses import dataclass

from ownerloop.domain.points import Account, Entry
from ownerloop.domain.points_earning import Claim
from ownerloop.domain.redemption import Redemption, Taken


@dataclass(frozen=True, slots=True)
class Posting:
    """One new entry, with the account as it is after it."""

    account: Account
    entry: Entry


@dataclass(frozen=True, slots=True)
class PointsChange:
    """Entries with their accounts, the claim they follow from, and what a redemption took; all or nothing.

    Each claim and redemption comes with its version already raised by one; an entry's number is its account's.
    """

    postings: tuple[Posting, ...] = ()
    claim: Claim | None = None
    redemption: Redemption | None = None
    taken: Taken | None = None
    group: tuple[str, int] | None = None  # the head of the group that was drawn on, and its profile's version as read


def posted(account: Account, entry: Entry) -> Posting:
    """Return the entry with the account after it."""
    return Posting(account.with_entry(entry), entry)
