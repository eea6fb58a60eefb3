"""The laws of the points, held against a ledger and against the events alone.

What each owner must have been granted is worked out from the events, without the ledger's own rules.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from ownerloop.domain.interactions import (
    InteractionArrival,
    PointsRedeemed,
    Purchase,
    RedemptionReturned,
    Refund,
    Touch,
)
from ownerloop.domain.points import Account, Entry, EntryKind, books
from ownerloop.domain.redemption import Mall, Redemption, RedemptionState, redemption_key
from ownerloop.points_ports import Ledger, Points
from tests.adapters.full_items import surrogate
from tests.points_builders import folded

SOURCE = "urn:example:storm"


def key_of(number: int) -> str:
    return f"owner-{number}"


def person_of(key: str) -> str:
    return surrogate("p", int(key.removeprefix("owner-")))


def counted(
    arrivals: Sequence[InteractionArrival], *, points: Points, ledger: Ledger, persons: Sequence[str], mall: Mall
) -> Counter[str]:
    """Hold every law of the ledger against what was delivered; return what was counted."""
    entries = {person: list(ledger.entries(person)) for person in persons}
    accounts = points.accounts(persons)
    every = [entry for of in entries.values() for entry in of]
    posted = books(every)
    assert sum(posted.values()) == 0
    for person in persons:
        _check_account(accounts[person], entries[person], posted)
    redemptions = _redemptions(points, arrivals)
    _check_mall(points, redemptions, posted, mall)
    _check_earned(entries, arrivals)
    seen: Counter[str] = Counter({f"{entry.kind} entries": 0 for entry in every})
    seen.update(f"{entry.kind} entries" for entry in every)
    seen.update(f"redemptions {one.reason}" for one in redemptions.values())
    seen.update({"events": len(arrivals), "entries": len(every)})
    seen.update({"entries that leave a debt": sum(entry.debt > 0 for entry in every)})
    seen.update({"lots forgotten": sum(len(entry.forgotten) for entry in every)})
    seen.update({"points held": sum(one.balance for one in accounts.values())})
    seen.update({"points owed to us": sum(one.debt for one in accounts.values())})
    return seen


def _check_account(held: Account, entries: Sequence[Entry], posted: dict[str, int]) -> None:
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert folded(held.person_id, entries) == held
    assert posted.get(f"person:{held.person_id}", 0) == held.balance
    assert posted.get(f"debt:{held.person_id}", 0) == -held.debt
    assert held.debt == 0 or held.balance == 0
    account = Account(held.person_id)
    for entry in entries:
        account = account.with_entry(entry)
        assert sum(entry.postings().values()) == 0
        assert account.debt >= 0
        assert all(lot.remaining >= 0 and lot.expired >= 0 for lot in account.lots.values())
        if entry.kind is EntryKind.REDEEMED:
            assert entry.spent == -entry.points


def _redemptions(points: Points, arrivals: Sequence[InteractionArrival]) -> dict[str, Redemption]:
    ids = {
        said.redemption_id
        for arrival in arrivals
        if isinstance(said := arrival.interaction, PointsRedeemed | RedemptionReturned)
    }
    held = {key: points.redemption(key) for key in (redemption_key(SOURCE, one) for one in ids)}
    return {key: one for key, one in held.items() if one}


def _check_mall(points: Points, redemptions: dict[str, Redemption], posted: dict[str, int], mall: Mall) -> None:
    kept = [one for one in redemptions.values() if one.state is RedemptionState.REDEEMED]
    assert posted.get("programme:spent", 0) == sum(one.points for one in kept)
    taken = points.taken(mall.items)
    assert taken == {item: sum(one.quantity for one in kept if one.item_id == item) for item in mall.items}
    assert all(taken[item.item_id] <= item.stock for item in mall.items.values())


def _check_earned(entries: dict[str, list[Entry]], arrivals: Sequence[InteractionArrival]) -> None:
    # From the events alone: the newest telling of each order, less its refunds, and a visit once a day.
    told: dict[str, dict[str, tuple[datetime, date, int, str]]] = defaultdict(dict)
    given_back: dict[str, dict[str, dict[str, tuple[datetime, int]]]] = defaultdict(lambda: defaultdict(dict))
    for arrival in arrivals:
        said = arrival.interaction
        person = person_of(arrival.subject)
        telling = (arrival.occurred_at, arrival.occurred_at.date())
        if isinstance(said, Purchase):
            new = (*telling, said.amount_fen, said.category)
            told[person][said.order_id] = max(new, told[person].get(said.order_id, new))
        elif isinstance(said, Refund):
            backs = given_back[person][said.order_id]
            back = (arrival.occurred_at, said.amount_fen)
            backs[said.refund_id] = max(back, backs.get(said.refund_id, back))
        elif isinstance(said, Touch):
            told[person][f"visit {telling[1]}"] = (*telling, 0, "")
    for person, of in entries.items():
        granted = sum(change.granted for entry in of for change in entry.changes)
        assert granted == sum(
            5
            if name.startswith("visit")
            else max(0, fen - sum(back for _, back in given_back[person][name].values()))
            // (5_000 if category == "insurance" else 1_000)
            for name, (_, _, fen, category) in told[person].items()
        )
