"""Moves of a points ledger that are written at once."""

from datetime import date

from ownerloop.domain.points import Account, Entry
from ownerloop.domain.points_earning import Claim, told
from tests.points_builders import NOW, TODAY, Deserved, redeem, settling


def settled(account: Account, lot: Deserved) -> Account:
    entry = settling(account, lot)
    return account.with_entry(entry) if entry else account


def redeemed(account: Account, points: int, *, on: date = TODAY) -> Entry:
    return redeem(account, points, entry_id=f"r{account.version}", cause=f"redemption{account.version}", at=NOW, on=on)


def a_claim(*, fen: int = 128_800, on: date = TODAY, category: str = "accessories") -> Claim:
    return told(Claim("p_1", "purchase#1"), at=NOW, on=on, fen=fen, category=category)
