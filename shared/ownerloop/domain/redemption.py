"""The mall: what points buy, and what became of each redemption."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from ownerloop.domain.ids import digest


class RedemptionState(StrEnum):
    """What became of a redemption; it is decided once."""

    REDEEMED = "redeemed"
    REFUSED = "refused"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class MallItem:
    """One thing that points buy. `stock` counts what was ever put on offer."""

    item_id: str
    name_zh: str
    name_en: str
    points: int
    stock: int


@dataclass(frozen=True, slots=True)
class Mall:
    """What is on offer from a day on."""

    version: str
    effective_on: date
    items: Mapping[str, MallItem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Redemption:
    """One redemption as it was decided: for an item of the mall, or for points alone at a counter.

    `entries` are the places of its entries in the ledger: account and number.
    """

    redemption_key: str
    person_id: str
    state: RedemptionState
    reason: str
    decided_at: datetime
    version: int = 1
    item_id: str | None = None
    quantity: int = 0
    points: int = 0
    entries: tuple[tuple[str, int], ...] = ()

    def asks_the_same(self, *, item_id: str | None, quantity: int, points: int | None) -> bool:
        """Return whether somebody who asks for this asks for the same redemption again."""
        return (self.item_id, self.quantity) == (item_id, quantity) and points in {None, self.points}


@dataclass(frozen=True, slots=True)
class Taken:
    """How many of an item leave the mall (negative: come back); no more than `stock` may have left then."""

    item_id: str
    quantity: int
    stock: int


def redemption_key(source: str, redemption_id: str) -> str:
    """Return the one redemption that a source's number names."""
    return "r_" + digest(source, redemption_id)[:24]
