"""Laws of points: entries sum to zero, accounts are the fold of theirs, the mall gave what was redeemed."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from infra.operation.verifying.findings import Finding
from infra.operation.verifying.scratch import Scratch
from ownerloop.adapters.dynamodb.items import packed, unpacked
from ownerloop.adapters.dynamodb.point_items import ENTRY, HEAD, REDEMPTION, STOCK, account_from, entry_from
from ownerloop.domain.points import Account, Entry, EntryKind
from ownerloop.domain.redemption import Mall, RedemptionState


class PointsLaws:
    """What is seen of the Points table, and what follows once everything was seen."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self.spent = 0  # by redemptions that stand

    def see_points_table(self, values: dict[str, Any]) -> None:
        """Take in an item of the Points table."""
        name, part = values["pk"].partition("#")[2], values["sk"]
        if part == HEAD:
            self._scratch.add("head", name, _kept(values))
        elif part.startswith(ENTRY):
            self._scratch.add("entry", name, int(part.removeprefix(ENTRY)), _kept(values))
        elif part == STOCK:
            self._scratch.add("taken", name, values["taken"], 1)
        elif part == REDEMPTION and values["state"] == RedemptionState.REDEEMED:
            self.spent += values["points"]
            if values.get("item_id"):
                self._scratch.add("taken", values["item_id"], values["quantity"], 0)

    def findings(self, mall: Mall) -> Iterator[Finding]:
        """Yield what was found."""
        yield from self._ledger()
        yield self._stock(mall)

    def _ledger(self) -> Iterator[Finding]:
        zero = Finding("points_sum_zero", ("每笔分录合计为零", "every entry sums to zero"))
        fold = Finding("points_balance", ("余额等于批次与分录之和", "balance = lots = fold of the entries"))
        books = Finding("points_books", ("已兑换等于兑换记录", "what was spent is what was redeemed"))
        spent = 0
        for person, entries in self._accounts():
            account, wrong = Account(person), ""
            for number, entry in enumerate(entries, start=1):
                zero.checked += 1
                spent += entry.spent
                if sum(entry.postings().values()):
                    zero.breaks(entry.entry_id, f"is off by {sum(entry.postings().values())}")
                account = account.with_entry(entry)
                wrong = wrong or _wrong(entry, account, number)
            fold.checked += 1
            if wrong or (wrong := self._differs(account)):
                fold.breaks(person, wrong)
        for (person,) in self._scratch.rows("SELECT person FROM head WHERE person NOT IN (SELECT person FROM entry)"):
            fold.breaks(person, "has an account and no entries")
        books.checked = 1
        if spent != self.spent:
            books.breaks("programme:spent", f"holds {spent}, and {self.spent} were redeemed")
        yield from (zero, fold, books)

    def _accounts(self) -> Iterator[tuple[str, Iterable[Entry]]]:
        rows = self._scratch.rows("SELECT person, item FROM entry ORDER BY person, number")
        for person, of in groupby(rows, key=itemgetter(0)):
            yield person, (entry_from(_of(item)) for _, item in of)

    def _differs(self, folded: Account) -> str:
        row = next(self._scratch.rows("SELECT item FROM head WHERE person = ?", folded.person_id), None)
        if row is None:
            return "has entries and no account"
        held = account_from(_of(row[0]))
        return "" if held == folded else f"holds {held.balance}, and its entries come to {folded.balance}"

    def _stock(self, mall: Mall) -> Finding:
        found = Finding("stock", ("商城出库等于兑换且不超库存", "the mall gave what was redeemed, and had it"))
        for item, gone, redeemed in self._scratch.rows(
            """SELECT item, sum(quantity * stands), sum(quantity * (1 - stands)) FROM taken GROUP BY item"""
        ):
            found.checked += 1
            if gone != redeemed:
                found.breaks(item, f"{gone} left and {redeemed} were redeemed")
            if item in mall.items and gone > mall.items[item].stock:
                found.breaks(item, f"{gone} left of {mall.items[item].stock}")
        return found


def _wrong(entry: Entry, account: Account, number: int) -> str:
    if entry.number != number:
        return f"lacks entry {number}"
    if any(lot.remaining < 0 or lot.expired < 0 for lot in account.lots.values()):
        return f"has a negative lot after entry {number}"
    if account.debt < 0 or (account.debt and account.balance):
        return f"owes {account.debt} and holds {account.balance} after entry {number}"
    if entry.kind is EntryKind.REDEEMED and entry.spent != -entry.points:
        return f"spent {entry.spent} for {-entry.points} points in entry {number}"
    return ""


def _kept(values: dict[str, Any]) -> bytes:
    return packed({name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()})


def _of(kept: bytes) -> dict[str, Any]:
    values: dict[str, Any] = unpacked(kept)
    return values | {name: bytes.fromhex(values[name]) for name in ("lots", "changes") if name in values}
