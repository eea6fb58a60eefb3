"""The cut points in the Owners table: `store#<store_id>` / `cuts`, one item a store that ever published some.

`versions` is a list of [day from which they hold, policy version, owners, cuts of days, cuts of fen], oldest first, the
newest 32; `version` is what every write is conditional on.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ownerloop.adapters.dynamodb.commands import Key, get_item, put_versioned
from ownerloop.adapters.dynamodb.items import iso
from ownerloop.domain.tier_cuts import Cuts

KEPT = 32
_SORT_KEY = "cuts"


class DynamoCutPoints:
    """The cut points in the Owners table."""

    def __init__(self, owners_table: str) -> None:
        self._table = owners_table

    def in_force(self, store_id: str, *, on: date) -> Cuts | None:
        """Return the newest of the store that hold on the day, or None."""
        _, versions = self._held(store_id)
        return in_force(versions, on=on)

    def publish(self, store_id: str, cuts: Cuts) -> bool:
        """Keep the cuts, or return False where that day or a later one has some: what was published stays."""
        version, versions = self._held(store_id)
        if versions and versions[-1].effective_on >= cuts.effective_on:
            return False
        kept = [*versions, cuts][-KEPT:]
        item = {"pk": store_pk(store_id), "sk": _SORT_KEY, "version": version + 1, "versions": list(map(_row, kept))}
        return put_versioned(self._table, item)

    def _held(self, store_id: str) -> tuple[int, list[Cuts]]:
        item = get_item(self._table, cuts_key(store_id))
        return (item["version"], cuts_from(item)) if item else (0, [])


def store_pk(store_id: str) -> str:
    """Return the partition key of what the Owners table holds of a store."""
    return f"store#{store_id}"


def cuts_key(store_id: str) -> Key:
    """Return the primary key of a store's cut points."""
    return store_pk(store_id), _SORT_KEY


def cuts_from(values: Mapping[str, Any]) -> list[Cuts]:
    """Return every version of a store's cut points, oldest first, of an item's plain values."""
    return list(map(_cuts, values["versions"]))


def in_force(versions: Sequence[Cuts], *, on: date) -> Cuts | None:
    """Return the newest version that holds on the day, or None."""
    return next((cuts for cuts in reversed(versions) if cuts.effective_on <= on), None)


def _row(cuts: Cuts) -> list[Any]:
    return [iso(cuts.effective_on), cuts.policy_version, cuts.owners, list(cuts.frequency), list(cuts.money_fen)]


def _cuts(row: list[Any]) -> Cuts:
    effective_on, policy_version, owners, frequency, money_fen = row
    return Cuts(policy_version, date.fromisoformat(effective_on), owners, tuple(frequency), tuple(money_fen))
