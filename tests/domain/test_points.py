"""The points ledger: how lots, debts and entries come of what is earned, spent, given back and left to lapse."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.errors import InsufficientPointsError
from ownerloop.domain.points import books, liability
from ownerloop.domain.points_earning import earned
from ownerloop.domain.points_moves import charge, expire, is_closed, redeem_together, restore
from tests.domain.ledgers import a_claim, redeemed, settled
from tests.points_builders import NOW, POLICY, TODAY, Deserved, a_lot, an_account, redeem, settling


def test_points_are_spent_from_the_lot_that_expires_first() -> None:
    account = an_account(a_lot("late", expires_on=date(2028, 6, 1)), a_lot("early", expires_on=date(2027, 6, 1)))

    after = account.with_entry(redeemed(account, 130))

    assert {lot_id: lot.remaining for lot_id, lot in after.lots.items()} == {"late": 70, "early": 0}


def test_a_lot_cannot_be_spent_on_the_day_it_expires() -> None:
    account = an_account(a_lot(points=10, expires_on=TODAY))

    with pytest.raises(InsufficientPointsError) as refused:
        redeemed(account, 1, on=TODAY)

    assert (refused.value.asked, refused.value.held) == (1, 0)
    assert redeemed(account, 10, on=TODAY - timedelta(days=1)).points == -10


def test_points_are_pending_until_the_goods_cannot_come_back() -> None:
    terms = earned(a_claim(), policy=POLICY, tier=None)
    assert terms is not None

    account = an_account(Deserved("purchase#1", terms))

    assert account.balance == 128
    assert account.usable(on=TODAY + timedelta(days=6)) == 0
    assert account.usable(on=TODAY + timedelta(days=7)) == 128


def test_nobody_spends_more_than_is_held_or_nothing_at_all() -> None:
    account = an_account(a_lot(points=10))

    for points in (0, -1, 11):
        with pytest.raises(InsufficientPointsError):
            redeemed(account, points)


def test_a_redemption_given_back_fills_the_same_lots_again() -> None:
    account = an_account(a_lot("a", points=50), a_lot("b", points=50, expires_on=date(2027, 1, 1)))
    spent = redeemed(account, 70)

    back = account.with_entry(spent).with_entry(restore(account.with_entry(spent), spent, entry_id="back", at=NOW))

    assert back.lots == account.lots


def test_points_of_goods_that_come_back_are_taken_from_what_remains() -> None:
    account = an_account(a_lot(points=100))

    after = settled(account, a_lot(points=40))

    assert (after.balance, after.debt) == (40, 0)


def test_spent_points_of_goods_that_come_back_are_owed_and_paid_by_what_is_earned_next() -> None:
    account = an_account(a_lot(points=100))
    account = account.with_entry(redeemed(account, 80))

    account = settled(account, a_lot(points=0))
    in_debt = (account.balance, account.debt)
    account = settled(account, a_lot("purchase#2", points=90))

    assert in_debt == (0, 80)
    assert (account.balance, account.debt) == (10, 0)


def test_of_one_year_only_the_first_orders_at_risk_are_doubled_whenever_they_were_told() -> None:
    may, june, july = (a_lot(f"purchase#{n}", extra=100, earned_on=date(2026, n, 3)) for n in (5, 6, 7))

    late = an_account(june, july, may)

    assert {lot_id: lot.granted for lot_id, lot in late.lots.items()} == {
        "purchase#5": 200,
        "purchase#6": 200,
        "purchase#7": 100,
    }
    assert late.lots == an_account(may, june, july).lots


def test_a_doubled_order_that_comes_back_leaves_its_doubling_to_the_next() -> None:
    may, june, july = (a_lot(f"purchase#{n}", extra=100, earned_on=date(2026, n, 3)) for n in (5, 6, 7))

    account = settled(an_account(may, june, july), a_lot("purchase#5", points=0, earned_on=date(2026, 5, 3)))

    assert [account.lots[f"purchase#{n}"].granted for n in (5, 6, 7)] == [0, 200, 200]


def test_one_redemption_can_draw_on_the_accounts_of_several_persons() -> None:
    wang = an_account(a_lot(points=50, expires_on=date(2027, 6, 1)))
    li = an_account(a_lot(points=50), person_id="p_2")

    entries = redeem_together([li, wang], 70, entry_id="r", cause="x", at=NOW, on=TODAY)

    assert {entry.person_id: entry.points for entry in entries} == {"p_1": -50, "p_2": -20}
    assert sum(entry.spent for entry in entries) == 70
    assert sum(books(entries).values()) == 0


def test_a_lot_that_lapsed_long_ago_is_forgotten_with_the_next_that_lapses() -> None:
    account = an_account(a_lot("old", points=0), a_lot("old", points=10, expires_on=date(2026, 6, 1)))
    first = expire(account, on=date(2026, 6, 1), at=NOW)
    assert first is not None
    account = settled(account.with_entry(first), a_lot("new", points=10, expires_on=date(2027, 7, 1)))
    last = expire(account, on=date(2027, 7, 1), at=NOW)
    assert last is not None

    assert last.forgotten == ("old",)
    assert set(account.with_entry(last).lots) == {"new"}
    assert is_closed(account.lots["old"].terms, on=date(2027, 7, 1))


def test_what_lapsed_is_no_debt_when_its_goods_come_back() -> None:
    account = an_account(a_lot(points=100, expires_on=TODAY))
    lapsed = expire(account, on=TODAY, at=NOW)
    assert lapsed is not None

    after = settled(account.with_entry(lapsed), a_lot(points=0, expires_on=TODAY))

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


def test_only_what_has_had_its_day_lapses() -> None:
    account = an_account(a_lot("due", expires_on=TODAY), a_lot("good", expires_on=TODAY + timedelta(days=1)))

    entry = expire(account, on=TODAY, at=NOW)

    assert entry is not None
    assert [change.lot_id for change in entry.changes] == ["due"]
    assert account.with_entry(entry).balance == 100


def test_an_order_that_is_told_again_writes_no_entry_and_new_dates_touch_its_own_lot_alone() -> None:
    account = an_account(a_lot("one"), a_lot("two", extra=10))

    assert settling(account, a_lot("one")) is None
    entry = settling(account, a_lot("one", expires_on=TODAY))

    assert entry is not None
    assert [change.lot_id for change in entry.changes] == ["one"]


def test_what_is_owed_to_owners_is_told_by_the_month_in_which_it_expires() -> None:
    accounts = [
        an_account(a_lot("a", points=10), a_lot("b", points=5, expires_on=date(2027, 1, 1))),
        an_account(a_lot("c", points=7)),
    ]

    assert liability(accounts) == {"2027-01": 5, "2028-06": 17}


def test_who_pays_for_what_anothers_lots_had_paid_owes_what_is_not_there() -> None:
    account = an_account(a_lot(points=30))

    after = account.with_entry(charge(account, 50, entry_id="c", cause="r_1", at=NOW))

    assert (after.balance, after.debt) == (0, 20)


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 60))
def test_what_was_charged_and_comes_back_leaves_as_much_as_was_never_charged(held: int, paid: int, earned: int) -> None:
    account = an_account(a_lot(points=held))
    charged = charge(account, paid, entry_id="c", cause="r_1", at=NOW)
    account = settled(account.with_entry(charged), a_lot("purchase#2", points=earned))

    back = restore(account, charged, entry_id="b", at=NOW)

    after = account.with_entry(back)
    assert (after.balance, after.debt) == (held + earned, 0)
    assert sum(back.postings().values()) == sum(charged.postings().values()) == 0
