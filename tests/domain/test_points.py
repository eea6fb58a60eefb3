"""The points ledger: lots, debts and entries, and the laws that hold for any history."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.errors import InsufficientPointsError
from ownerloop.domain.points import Account, Entry, EntryKind, Lot, Programme, books, folded, liability
from ownerloop.domain.points_earning import Claim, earned, refunded, told
from ownerloop.domain.points_moves import charge, expire, is_closed, redeem, redeem_together, restore
from tests.points_builders import NOW, POLICY, TODAY, Deserved, a_lot, an_account, settling


def _settled(account: Account, lot: Deserved) -> Account:
    entry = settling(account, lot)
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

    account = _settled(an_account(may, june, july), a_lot("purchase#5", points=0, earned_on=date(2026, 5, 3)))

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
    account = _settled(account.with_entry(first), a_lot("new", points=10, expires_on=date(2027, 7, 1)))
    last = expire(account, on=date(2027, 7, 1), at=NOW)
    assert last is not None

    assert last.forgotten == ("old",)
    assert set(account.with_entry(last).lots) == {"new"}
    assert is_closed(account.lots["old"].terms, on=date(2027, 7, 1))


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


def test_only_what_has_had_its_day_lapses() -> None:
    account = an_account(a_lot("due", expires_on=TODAY), a_lot("good", expires_on=TODAY + timedelta(days=1)))

    entry = expire(account, on=TODAY, at=NOW)

    assert entry is not None
    assert [change.lot_id for change in entry.changes] == ["due"]
    assert account.with_entry(entry).balance == 100


def test_an_order_that_is_told_again_writes_no_entry_and_new_dates_touch_its_own_lot_alone() -> None:
    account = an_account(a_lot("one"), a_lot("two"))

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


def a_claim(*, fen: int = 128_800, on: date = TODAY, category: str = "accessories") -> Claim:
    return told(Claim("p_1", "purchase#1"), at=NOW, on=on, fen=fen, category=category)


def test_an_order_earns_by_its_category_and_double_for_who_was_at_risk_before_it() -> None:
    plain = earned(a_claim(), policy=POLICY, tier="core")
    insured = earned(a_claim(category="insurance"), policy=POLICY, tier=None)
    double = earned(a_claim(), policy=POLICY, tier="at_risk")

    assert [(terms.plain, terms.extra) for terms in (plain, insured, double) if terms] == [
        (128, 0),
        (25, 0),
        (128, 128),
    ]


def test_points_are_valid_to_the_end_of_the_month_two_years_on() -> None:
    terms = earned(a_claim(on=date(2026, 5, 31)), policy=POLICY, tier=None)

    assert terms is not None
    assert Lot("purchase#1", terms).is_usable(on=date(2028, 5, 31))
    assert not Lot("purchase#1", terms).is_usable(on=date(2028, 6, 1))


def test_a_refund_that_comes_before_its_purchase_waits_for_it() -> None:
    waiting = refunded(Claim("p_1", "purchase#1"), refund_id="f1", at=NOW, fen=28_800)

    bought = told(waiting, at=NOW, on=TODAY, fen=128_800, category="accessories")

    assert earned(waiting, policy=POLICY, tier=None) is None
    assert bought == refunded(a_claim(), refund_id="f1", at=NOW, fen=28_800)
    terms = earned(bought, policy=POLICY, tier=None)
    assert terms is not None
    assert terms.plain == 100


def test_a_refund_that_is_corrected_gives_back_what_was_told_last_as_the_tiers_take_it() -> None:
    once = refunded(a_claim(), refund_id="f1", at=NOW, fen=28_800)

    corrected = refunded(once, refund_id="f1", at=NOW + timedelta(seconds=1), fen=8_800)

    assert corrected.kept_fen == 120_000
    assert refunded(corrected, refund_id="f1", at=NOW, fen=28_800) == corrected


def test_an_order_earns_by_the_category_of_each_line_and_loses_no_more_to_rounding_for_having_many() -> None:
    parts = (("fitting", 900), ("insurance", 50_000), ("parts", 9_100))
    whole = told(Claim("p_1", "purchase#1"), at=NOW, on=TODAY, fen=60_000, category="insurance", parts=parts)
    half = refunded(whole, refund_id="f1", at=NOW, fen=30_000)

    points = [terms.plain for one in (whole, half) if (terms := earned(one, policy=POLICY, tier=None))]

    assert points == [10 + 10, 5 + 5]


def test_an_order_of_which_everything_was_given_back_keeps_no_points_whatever_its_lines_were() -> None:
    whole = told(Claim("p_1", "purchase#1"), at=NOW, on=TODAY, fen=3, category="parts", parts=(("a", 1), ("b", 2)))

    nothing = earned(refunded(whole, refund_id="f1", at=NOW, fen=9), policy=POLICY, tier=None)

    assert nothing is not None
    assert nothing.plain == 0


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
    claim = Claim("p_1", "purchase#1")
    for kind, number, fen in tellings:
        if kind == "told":
            at = NOW + timedelta(minutes=number)
            claim = told(claim, at=at, on=TODAY + timedelta(days=number), fen=fen, category="parts")
        else:
            claim = refunded(claim, refund_id=str(number % 2), at=NOW + timedelta(seconds=number), fen=fen)
    return claim


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 90), st.integers(0, 2)), max_size=10), st.randoms())
def test_the_same_facts_in_any_order_and_number_make_the_same_lots(
    facts: list[tuple[int, int, int]], chance: Random
) -> None:
    newest = {
        f"lot{which}": a_lot(f"lot{which}", points=points, extra=points * times) for which, points, times in facts
    }
    shuffled = [*newest.values(), *newest.values()]
    chance.shuffle(shuffled)

    assert an_account(*shuffled).lots == an_account(*newest.values()).lots


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=8),
    st.integers(1, 90),
    st.randoms(),
)
def test_the_same_facts_and_the_same_spending_leave_the_same_balance_and_debt(
    facts: list[tuple[int, int, int]], points: int, chance: Random
) -> None:
    first, last = ({f"lot{f[0]}": a_lot(f"lot{f[0]}", points=f[at]) for f in facts} for at in (1, 2))
    ends = set()
    for _ in range(3):
        account = an_account(*_mixed(first, chance))
        if account.usable(on=TODAY) < points:
            return
        account = account.with_entry(_redeemed(account, points))
        for lot in _mixed(last, chance):
            account = _settled(account, lot)
        ends.add((account.balance, account.debt))

    assert len(ends) == 1


def _mixed(lots: dict[str, Deserved], chance: Random) -> list[Deserved]:
    mixed = [*lots.values(), *lots.values()]
    chance.shuffle(mixed)
    return mixed


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
        assert entry.spent == (
            0 if entry.kind in {EntryKind.SETTLED, EntryKind.EXPIRED} else -_drawn_by(entry, entries)
        )
        assert sum(entry.postings().values()) == 0
        assert all(lot.remaining >= 0 and lot.expired >= 0 for lot in account.lots.values())
        assert account.debt >= 0
        assert account.debt == 0 or account.balance == 0
    assert folded("p_1", entries) == account
    posted = Counter(books(entries))
    assert sum(posted.values()) == 0
    assert (posted["person:p_1"], posted["debt:p_1"]) == (account.balance, -account.debt)
    assert posted[Programme.EARNED] == -sum(lot.granted for lot in account.lots.values())


def _drawn_by(entry: Entry, entries: list[Entry]) -> int:
    """Return what a redemption drew, or minus what the one given back had drawn."""
    if entry.kind is EntryKind.REDEEMED:
        return entry.points
    return -next(one.points for one in entries if one.kind is EntryKind.REDEEMED and one.cause == entry.cause)


def _moved(account: Account, move: Move, *, entries: list[Entry]) -> Entry | None:
    kind, which, points = move
    match kind:
        case "settle":
            on, extra = TODAY + timedelta(days=which * 10), points % 3 * points
            return settling(account, a_lot(f"lot{which}", points=points, extra=extra, expires_on=on))
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


def test_who_pays_for_what_anothers_lots_had_paid_owes_what_is_not_there() -> None:
    account = an_account(a_lot(points=30))

    after = account.with_entry(charge(account, 50, entry_id="c", cause="r_1", at=NOW))

    assert (after.balance, after.debt) == (0, 20)


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 60))
def test_what_was_charged_and_comes_back_leaves_as_much_as_was_never_charged(held: int, paid: int, earned: int) -> None:
    account = an_account(a_lot(points=held))
    charged = charge(account, paid, entry_id="c", cause="r_1", at=NOW)
    account = _settled(account.with_entry(charged), a_lot("purchase#2", points=earned))

    back = restore(account, charged, entry_id="b", at=NOW)

    after = account.with_entry(back)
    assert (after.balance, after.debt) == (held + earned, 0)
    assert sum(back.postings().values()) == sum(charged.postings().values()) == 0
