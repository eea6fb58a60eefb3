"""Lots, policies and malls with defaults, so that a test of the points shows only what it is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ownerloop.domain.points import Account, Entry, Terms
from ownerloop.domain.points_change import Posting, posted
from ownerloop.domain.points_earning import EarningRule, PointsPolicy
from ownerloop.domain.points_moves import redeem_together, settle

TODAY = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Deserved:
    """A lot as its cause says it should be."""

    lot_id: str
    terms: Terms


def a_lot(
    lot_id: str = "purchase#1",
    *,
    points: int = 100,
    extra: int = 0,
    earned_on: date = date(2026, 4, 24),
    expires_on: date = date(2028, 6, 1),
) -> Deserved:
    return Deserved(lot_id, Terms(earned_on, date(2026, 5, 1), expires_on, points, extra))


def a_points_policy(**changes: Any) -> PointsPolicy:
    rules = (
        EarningRule("purchase", "*", 1_000, None),
        EarningRule("purchase", "insurance", 5_000, None),
        EarningRule("service_order_completed", "*", 1_000, None),
        EarningRule("check_in", "*", None, 5),
    )
    policy: dict[str, Any] = {
        "version": "points-1",
        "effective_on": date(2014, 1, 1),
        "rules": rules,
        "return_window_days": 7,
        "validity_months": 24,
        "raised_max": 2,
        "never_bought_days": 30,
        "multipliers": {"at_risk": 2},
    }
    return PointsPolicy(**policy | changes)


POLICY = a_points_policy()


def settling(account: Account, lot: Deserved) -> Entry | None:
    """Return the entry that brings the account to the lot, or None where it stands so already."""
    return settle(
        account,
        lot_id=lot.lot_id,
        terms=lot.terms,
        raised_max=lambda _: POLICY.raised_max,
        entry_id=f"e{account.version}",
        cause=lot.lot_id,
        policy_version=POLICY.version,
        at=NOW,
    )


def postings_of(account: Account, *lots: Deserved) -> list[Posting]:
    """Return the postings that bring the account to the lots, one after the other."""
    postings: list[Posting] = []
    for lot in lots:
        if entry := settling(account, lot):
            postings.append(posted(account, entry))
            account = postings[-1].account
    return postings


def an_account(*lots: Deserved, person_id: str = "p_1") -> Account:
    """Return the account that holds the lots."""
    postings = postings_of(Account(person_id), *lots)
    return postings[-1].account if postings else Account(person_id)


def redeem(account: Account, points: int, *, entry_id: str, cause: str, at: datetime, on: date) -> Entry:
    (entry,) = redeem_together([account], points, entry_id=entry_id, cause=cause, at=at, on=on)
    return entry


def folded(person_id: str, entries: Iterable[Entry]) -> Account:
    """Return the account that its entries say, in the order in which they were decided."""
    account = Account(person_id)
    for entry in sorted(entries, key=lambda one: one.number):
        account = account.with_entry(entry)
    return account
