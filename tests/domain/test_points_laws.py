"""The laws of the points ledger, for any history: balances are sums of lots, never negative, the same in any order."""

from collections import Counter
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.points import Account, Entry, EntryKind, Programme, books
from ownerloop.domain.points_moves import expire, restore
from tests.domain.ledgers import redeemed, settled
from tests.points_builders import NOW, TODAY, Deserved, a_lot, an_account, folded, settling


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
        account = account.with_entry(redeemed(account, points))
        for lot in _mixed(last, chance):
            account = settled(account, lot)
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
            return redeemed(account, min(points, held)) if min(points, held) else None
        case "restore":
            given_back = {entry.cause for entry in entries if entry.entry_id == "back"}
            spent = [e for e in entries if e.kind == "redeemed" and e.cause not in given_back]
            if not spent:
                return None
            one = spent[which % len(spent)]
            return restore(account, one, entry_id="back", at=NOW)
        case _:
            return expire(account, on=TODAY + timedelta(days=which * 10), at=NOW)
