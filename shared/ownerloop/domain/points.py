"""Points as a double-entry ledger of integers: lots, debts and the entries that move them.

A person's balance is the sum of what remains in their lots; nothing else is ever called a balance. Every entry's
postings sum to zero, so the sum over all accounts does too. A debt exists only while no lot holds anything: whatever
comes in pays it first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from ownerloop.domain.changing import changed_copy


class EntryKind(StrEnum):
    """What an entry did."""

    SETTLED = "settled"  # an order's or visit's points, as what is known of it now says
    REDEEMED = "redeemed"
    RESTORED = "restored"  # a redemption given back
    EXPIRED = "expired"
    PARTED = "parted"  # a redemption moved to the account of whoever asked for it, as a group was split


class Programme(StrEnum):
    """The programme's own accounts. They are no items: they are the fold of all entries."""

    EARNED = "programme:earned"
    SPENT = "programme:spent"
    EXPIRED = "programme:expired"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the cause of a lot says of it. Usable from `usable_from` to the day before `expires_on`.

    `plain` points are granted in any case, `extra` ones as well while the lot is among those that a multiplier raises.
    """

    earned_on: date
    usable_from: date
    expires_on: date
    plain: int = 0
    extra: int = 0


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one cause. `expired` of the `granted` lapsed; the rest was spent or paid a debt."""

    lot_id: str
    terms: Terms
    granted: int = 0
    remaining: int = 0
    expired: int = 0

    def is_usable(self, *, on: date) -> bool:
        """Return whether its points can be spent on the day; on the day it expires they cannot."""
        return self.terms.usable_from <= on < self.terms.expires_on

    @property
    def drawn_in_order(self) -> tuple[date, str]:
        """Return the place among the lots of an account: the earliest expiry is drawn first, ties by id."""
        return (self.terms.expires_on, self.lot_id)


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry does to one lot: the terms it leaves it at, and points granted, remaining and lapsed, signed."""

    lot_id: str
    terms: Terms
    granted: int = 0
    remaining: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger, never edited. `entry_id` is made by the source, so that a replay finds the answer."""

    entry_id: str
    person_id: str
    number: int  # counts the account's entries from 1: the version that the entry leaves the account at
    kind: EntryKind
    decided_at: datetime
    changes: tuple[Change, ...] = ()
    debt: int = 0  # how many points more (or fewer) the person owes
    spent: int = 0  # what the programme took in for goods or services, negative where it gave back
    cause: str = ""  # the order, redemption or run that it is about
    policy_version: str = ""
    asked_by: str = ""  # who redeemed: another person's lots may be drawn on while both are one group
    forgotten: tuple[str, ...] = ()  # lots that hold nothing and that no telling can change any more

    @property
    def points(self) -> int:
        """Return what it does to the balance."""
        return sum(change.remaining for change in self.changes)

    def postings(self) -> dict[str, int]:
        """Return what it posts to each account; the sum of a whole entry is zero."""
        posted = {
            f"person:{self.person_id}": self.points,
            f"debt:{self.person_id}": -self.debt,
            Programme.EARNED: -sum(change.granted for change in self.changes),
            Programme.EXPIRED: sum(change.expired for change in self.changes),
            Programme.SPENT: self.spent,
        }
        return {account: points for account, points in posted.items() if points}


@dataclass(frozen=True, slots=True)
class Account:
    """One person's lots and debt. `version` is 0 where there is no item yet."""

    person_id: str
    version: int = 0
    lots: Mapping[str, Lot] = field(default_factory=dict)
    debt: int = 0

    @property
    def balance(self) -> int:
        """Return the points that remain, pending ones among them."""
        return sum(lot.remaining for lot in self.lots.values())

    @property
    def open_lots(self) -> dict[str, Lot]:
        """Return the lots in which something remains."""
        return {lot_id: lot for lot_id, lot in self.lots.items() if lot.remaining}

    @property
    def next_expiry(self) -> date | None:
        """Return the first day on which something lapses, or None while nothing remains."""
        return min((lot.terms.expires_on for lot in self.open_lots.values()), default=None)

    def usable(self, *, on: date) -> int:
        """Return the points that can be spent on the day."""
        return sum(lot.remaining for lot in self.lots.values() if lot.is_usable(on=on))

    def with_entry(self, entry: Entry) -> "Account":
        """Return the account after the entry."""
        lots = dict(self.lots)
        for change in entry.changes:
            held = lots.get(change.lot_id) or Lot(change.lot_id, change.terms)
            lots[change.lot_id] = Lot(
                lot_id=change.lot_id,
                terms=change.terms,
                granted=held.granted + change.granted,
                remaining=held.remaining + change.remaining,
                expired=held.expired + change.expired,
            )
        for lot_id in entry.forgotten:
            lots.pop(lot_id, None)
        return changed_copy(self, version=entry.number, lots=lots, debt=self.debt + entry.debt)


def books(entries: Iterable[Entry]) -> dict[str, int]:
    """Return what stands in every account after the entries; the sum is zero."""
    posted: Counter[str] = Counter()
    for entry in entries:
        posted.update(entry.postings())
    return dict(posted)


def liability(accounts: Iterable[Account]) -> dict[str, int]:
    """Return the points that are still owed to owners, by the month (`yyyy-mm`) in which they expire."""
    owed: Counter[str] = Counter()
    for account in accounts:
        for lot in account.lots.values():
            if lot.remaining:
                owed[lot.terms.expires_on.isoformat()[:7]] += lot.remaining
    return dict(sorted(owed.items()))
