"""Points in the words of people and of programs: a statement, what is owed by month, and what the mall has left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from rich.table import Table

from infra.explain.words import Language, pick
from ownerloop.domain.points import Account, Entry, EntryKind
from ownerloop.domain.points_earning import Claim
from ownerloop.domain.redemption import Mall, MallItem

_KINDS = {
    EntryKind.SETTLED: ("入账", "settled"),
    EntryKind.REDEEMED: ("兑换", "redeemed"),
    EntryKind.RESTORED: ("退回", "given back"),
    EntryKind.EXPIRED: ("过期", "expired"),
}
_CAUSES = {
    "purchase": ("消费", "purchase"),
    "service_order_completed": ("维修保养", "workshop order"),
    "test_drive": ("试驾", "test drive"),
    "check_in": ("签到", "check-in"),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One account as of a day: where it stands and every entry that led there."""

    account: Account
    entries: Sequence[Entry]
    claims: Sequence[Claim]
    today: date
    never_bought_days: int

    @property
    def pending(self) -> int:
        """Return the points that can be spent later, not today."""
        lots = self.account.open_lots.values()
        return sum(lot.remaining for lot in lots if lot.terms.usable_from > self.today)

    @property
    def waiting(self) -> list[Claim]:
        """Return the refunds whose order nobody told of."""
        return [claim for claim in self.claims if claim.told_at is None]


def statement_lines(of: Statement, language: Language) -> list[str]:
    """Return where the account stands, a line a fact."""
    held, usable = of.account, of.account.usable(on=of.today)
    lines = [
        pick(
            language,
            f"{held.person_id}：余额 {held.balance} 分，今日可用 {usable} 分，待生效 {of.pending} 分",
            f"{held.person_id}: balance {held.balance}, usable today {usable}, pending {of.pending}",
        )
    ]
    if held.debt:
        lines.append(pick(language, f"欠 {held.debt} 分，由今后所得抵扣", f"owes {held.debt}, paid by what comes next"))
    if held.next_expiry:
        last_day = held.next_expiry - timedelta(days=1)
        lapsing = sum(lot.remaining for lot in held.open_lots.values() if lot.terms.expires_on == held.next_expiry)
        lines.append(pick(language, f"{lapsing} 分用到 {last_day} 为止", f"{lapsing} can be spent until {last_day}"))
    lines += [
        pick(
            language,
            f"退款 {claim.claim_id} 等待其订单（{of.never_bought_days} 天后视为从未购买）",
            f"a refund of {claim.claim_id} waits for its order (never bought after {of.never_bought_days} days)",
        )
        for claim in of.waiting
    ]
    return lines


def entries_table(of: Statement, language: Language) -> Table:
    """Return the entries with the balance after each, newest first."""
    table = Table()
    for zh, en in (("号", "no."), ("日期", "date"), ("类型", "kind"), ("事由", "cause")):
        table.add_column(pick(language, zh, en))
    for zh, en in (("积分", "points"), ("欠分", "debt"), ("余额", "balance")):
        table.add_column(pick(language, zh, en), justify="right")
    after = accumulate(entry.points for entry in of.entries)
    for entry, balance in reversed(list(zip(of.entries, after, strict=True))):
        table.add_row(
            str(entry.number),
            entry.decided_at.date().isoformat(),
            pick(language, *_KINDS[entry.kind]),
            _cause(entry.cause, language),
            f"{entry.points:+d}",
            f"{entry.debt:+d}" if entry.debt else "",
            str(balance),
        )
    return table


def statement_data(of: Statement) -> dict[str, Any]:
    """Return the statement as plain data."""
    held = of.account
    return {
        "person_id": held.person_id,
        "as_of": of.today.isoformat(),
        "balance": held.balance,
        "usable": held.usable(on=of.today),
        "pending": of.pending,
        "debt": held.debt,
        "lots": [
            {
                "lot_id": lot.lot_id,
                "remaining": lot.remaining,
                "earned_on": lot.terms.earned_on.isoformat(),
                "usable_from": lot.terms.usable_from.isoformat(),
                "expires_on": lot.terms.expires_on.isoformat(),
            }
            for lot in sorted(held.open_lots.values(), key=lambda lot: lot.drawn_in_order)
        ],
        "waiting_refunds": [claim.claim_id for claim in of.waiting],
        "entries": [
            {
                "number": entry.number,
                "entry_id": entry.entry_id,
                "at": entry.decided_at.isoformat(),
                "kind": str(entry.kind),
                "cause": entry.cause,
                "points": entry.points,
                "debt": entry.debt,
                "postings": entry.postings(),
                "policy_version": entry.policy_version,
            }
            for entry in of.entries
        ],
    }


def liability_table(owed: Mapping[str, int], language: Language) -> Table:
    """Return the points owed to owners by the month in which they expire."""
    table = Table()
    table.add_column(pick(language, "到期月份", "expires in"))
    table.add_column(pick(language, "积分", "points"), justify="right")
    for month, points in owed.items():
        table.add_row(month, str(points))
    return table


def mall_table(rows: Sequence[tuple[MallItem, int]], language: Language) -> Table:
    """Return the items of the mall with what has left and what is left of each."""
    table = Table()
    for zh, en in (("商品", "item"), ("名称", "name")):
        table.add_column(pick(language, zh, en))
    for zh, en in (("积分", "points"), ("库存", "stock"), ("已兑", "taken"), ("剩余", "left")):
        table.add_column(pick(language, zh, en), justify="right")
    for item, taken in rows:
        name = pick(language, item.name_zh, item.name_en)
        table.add_row(item.item_id, name, *map(str, (item.points, item.stock, taken, item.stock - taken)))
    return table


def mall_data(mall: Mall, rows: Sequence[tuple[MallItem, int]]) -> dict[str, Any]:
    """Return the mall as plain data."""
    items = [
        {
            "item_id": item.item_id,
            "name_zh": item.name_zh,
            "name_en": item.name_en,
            "points": item.points,
            "stock": item.stock,
            "taken": taken,
            "left": item.stock - taken,
        }
        for item, taken in rows
    ]
    return {"version": mall.version, "items": items}


def _cause(cause: str, language: Language) -> str:
    kind, _, rest = cause.partition("#")
    words = _CAUSES.get(kind)
    return f"{pick(language, *words)} {rest[:10]}" if words else cause
