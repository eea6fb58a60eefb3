"""The points ledger: lots, debts and entries, and the laws that hold for any history."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.errors import InsufficientPointsError
from ownerloop.domain.points import Account, Entry, Lot, books, folded, liability
from ownerloop.domain.points_earning import Claim, EarningRule, PointsPolicy, earned, refunded, told
from ownerloop.domain.points_moves import expire, redeem, restore, settle

TODAY = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 2, tzinfo=UTC)
POLICY = PointsPolicy(
    version="points-1",
    effective_on=date(2014, 1, 1),
    rules=(
        EarningRule("purchase", "*", 1_000, None),
        EarningRule("purchase", "insurance", 5_000, None),
        EarningRule("check_in", "*", None, 5),
    ),
    return_window_days=7,
    validity_months=24,
    multipliers={"at_risk": 2},
)


def a_lot(lot_id: str = "purchase#1", *, points: int = 100, expires_on: date = date(2028, 6, 1)) -> Lot:
    return Lot(lot_id, usable_from=date(2026, 5, 1), expires_on=expires_on, granted=points)


def an_account(*lots: Lot) -> Account:
    account = Account("p_1")
    for lot in lots:
        account = _settled(account, lot)
    return account


def _settled(account: Account, lot: Lot) -> Account:
    entry = settle(
        account, lot=lot, entry_id=f"e{account.version}", cause=lot.lot_id, policy_version="points-1", at=NOW
    )
    return account.with_entry(entry) if entry else account


def _redeemed(account: Account, points: int, *, on: date = TODAY) -> Entry:
    return redeem(account, points, entry_id=f"r{account.version}", cause=f"redemption{account.version}", at=NOW, on=on)


def test_points_are_spent_from_the_lot_that_expires_first() -> None:
    account = an_account(a_lot("late", expires_on=date(2028, 6, 1)), a_lot("early", expires_on=date(2027, 6, 1)))

    after = account.with_entry(_redeemed(account, 130))

    assert {lot_id: lot.remaining for lot_id, lot in after.lots.items()} == {"late": 70, "early": 0}


def test_a_lot_cannot_be_spent_on_the_day_it_expires() -> None:
    account = an_account(a_lot(points=10, expires_on=TODAY))

    with pytest.raises(InsufficientPointsError) as refused:
        _redeemed(account, 1, on=TODAY)

    assert (refused.value.asked, refused.value.held) == (1, 0)
    assert _redeemed(account, 10, on=TODAY - timedelta(days=1)).points == -10


def test_points_are_pending_until_the_goods_cannot_come_back() -> None:
    lot = earned(a_claim(), policy=POLICY, tier=None)
    assert lot is not None

    account = an_account(lot)

    assert account.balance == 128
    assert account.usable(on=TODAY + timedelta(days=6)) == 0
    assert account.usable(on=TODAY + timedelta(days=7)) == 128


def test_nobody_spends_more_than_is_held_or_nothing_at_all() -> None:
    account = an_account(a_lot(points=10))

    for points in (0, -1, 11):
        with pytest.raises(InsufficientPointsError):
            _redeemed(account, points)


def test_a_redemption_given_back_fills_the_same_lots_again() -> None:
    account = an_account(a_lot("a", points=50), a_lot("b", points=50, expires_on=date(2027, 1, 1)))
    spent = _redeemed(account, 70)

    back = account.with_entry(spent).with_entry(
        restore(account.with_entry(spent), spent, entry_id="back", at=NOW),
    )

    assert back.lots == account.lots


def test_points_of_goods_that_come_back_are_taken_from_what_remains() -> None:
    account = an_account(a_lot(points=100))

    after = _settled(account, a_lot(points=40))

    assert (after.balance, after.debt) == (40, 0)


def test_spent_points_of_goods_that_come_back_are_owed_and_paid_by_what_is_earned_next() -> None:
    account = an_account(a_lot(points=100))
    account = account.with_entry(_redeemed(account, 80))

    account = _settled(account, a_lot(points=0))
    in_debt = (account.balance, account.debt)
    account = _settled(account, a_lot("purchase#2", points=90))

    assert in_debt == (0, 80)
    assert (account.balance, account.debt) == (10, 0)


def test_what_lapsed_is_no_debt_when_its_goods_come_back() -> None:
    account = an_account(a_lot(points=100, expires_on=TODAY))
    lapsed = expire(account, on=TODAY, at=NOW)
    assert lapsed is not None

    after = _settled(account.with_entry(lapsed), a_lot(points=0, expires_on=TODAY))

    assert (after.balance, after.debt) == (0, 0)
    assert after.lots["purchase#1"].expired == 0


def test_a_lot_lapses_once_and_a_restored_one_lapses_again() -> None:
    account = an_account(a_lot(points=100, expires_on=TODAY))
    spent = redeem(account, 30, entry_id="r", cause="x", at=NOW, on=TODAY - timedelta(days=1))
    account = account.with_entry(spent)
    first = expire(account, on=TODAY, at=NOW)
    assert first is not None
    account = account.with_entry(first)
    again = expire(account, on=TODAY, at=NOW)

    account = account.with_entry(restore(account, spent, entry_id="back", at=NOW))
    last = expire(account, on=TODAY + timedelta(days=1), at=NOW)

    assert (first.points, again) == (-70, None)
    assert last is not None
    assert last.points == -30


def test_what_is_owed_to_owners_is_told_by_the_month_in_which_it_expires() -> None:
    accounts = [
        an_account(a_lot("a", points=10), a_lot("b", points=5, expires_on=date(2027, 1, 1))),
        an_account(a_lot("c", points=7)),
    ]

    assert liability(accounts) == {"2027-01": 5, "2028-06": 17}


def a_claim(*, fen: int = 128_800, on: date = TODAY, category: str = "accessories") -> Claim:
    return told(Claim("purchase#1", "purchase"), at=NOW, on=on, fen=fen, category=category)


def test_an_order_earns_by_its_category_and_double_for_who_was_at_risk_before_it() -> None:
    plain = earned(a_claim(), policy=POLICY, tier="core")
    insured = earned(a_claim(category="insurance"), policy=POLICY, tier=None)
    double = earned(a_claim(), policy=POLICY, tier="at_risk")

    assert [lot.granted for lot in (plain, insured, double) if lot] == [128, 25, 256]


def test_points_are_valid_to_the_end_of_the_month_two_years_on() -> None:
    lot = earned(a_claim(on=date(2026, 5, 31)), policy=POLICY, tier=None)

    assert lot is not None
    assert lot.is_usable(on=date(2028, 5, 31))
    assert not lot.is_usable(on=date(2028, 6, 1))


def test_a_refund_that_comes_before_its_purchase_waits_for_it() -> None:
    waiting = refunded(Claim("purchase#1", "purchase"), refund_id="f1", fen=28_800)

    bought = told(waiting, at=NOW, on=TODAY, fen=128_800, category="accessories")

    assert earned(waiting, policy=POLICY, tier=None) is None
    assert bought == refunded(a_claim(), refund_id="f1", fen=28_800)
    lot = earned(bought, policy=POLICY, tier=None)
    assert lot is not None
    assert lot.granted == 100


Tellings = st.lists(
    st.one_of(
        st.tuples(st.just("told"), st.integers(0, 3), st.integers(0, 90_000)),
        st.tuples(st.just("refund"), st.integers(0, 3), st.integers(0, 90_000)),
    ),
    max_size=8,
)


@given(Tellings, st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_what_is_told_earns_the_same_lot(
    tellings: list[tuple[str, int, int]], chance: Random
) -> None:
    shuffled = [*tellings, *tellings[:3]]
    chance.shuffle(shuffled)

    assert _as_told(shuffled) == _as_told(tellings)


def _as_told(tellings: list[tuple[str, int, int]]) -> Claim:
    claim = Claim("purchase#1", "purchase")
    for kind, number, fen in tellings:
        if kind == "told":
            at = NOW + timedelta(minutes=number)
            claim = told(claim, at=at, on=TODAY + timedelta(days=number), fen=fen, category="parts")
        else:
            claim = refunded(claim, refund_id=str(number), fen=fen)
    return claim


Move = tuple[str, int, int]
Moves = st.lists(
    st.tuples(st.sampled_from(["settle", "redeem", "restore", "expire"]), st.integers(0, 5), st.integers(0, 120)),
    max_size=40,
)


@settings(max_examples=200)
@given(Moves)
def test_the_laws_of_the_ledger_hold_after_every_move(moves: list[Move]) -> None:
    account, entries = Account("p_1"), list[Entry]()
    for move in moves:
        entry = _moved(account, move, entries=entries)
        if entry is None:
            continue
        before, account = account, account.with_entry(entry)
        entries.append(entry)

        assert account.balance == before.balance + entry.points
        assert sum(entry.postings().values()) == 0
        assert all(lot.remaining >= 0 and lot.expired >= 0 for lot in account.lots.values())
        assert account.debt >= 0
        assert account.debt == 0 or account.balance == 0
    assert folded("p_1", entries) == account
    posted = Counter(books(entries))
    assert sum(posted.values()) == 0
    assert (posted["person:p_1"], posted["debt:p_1"]) == (account.balance, -account.debt)


def _moved(account: Account, move: Move, *, entries: list[Entry]) -> Entry | None:
    kind, which, points = move
    match kind:
        case "settle":
            lot = a_lot(f"lot{which}", points=points, expires_on=TODAY + timedelta(days=which * 10))
            return settle(account, lot=lot, entry_id="s", cause="", policy_version="", at=NOW)
        case "redeem":
            held = account.usable(on=TODAY)
            return _redeemed(account, min(points, held)) if min(points, held) else None
        case "restore":
            given_back = {entry.cause for entry in entries if entry.entry_id == "back"}
            spent = [e for e in entries if e.kind == "redeemed" and e.cause not in given_back]
            if not spent:
                return None
            one = spent[which % len(spent)]
            return restore(account, one, entry_id="back", at=NOW)
        case _:
            return expire(account, on=TODAY + timedelta(days=which * 10), at=NOW)
