"""The tiers in the Owners table: `person#<person_id>` / `tier`, one item a person who ever ordered anything.

| attribute | what |
|---|---|
| `version` | every write is conditional on the one before |
| `occasions` | binary, 19 bytes an order (`domain.facts.pack`), at most 400 |
| `refunds` | binary, 24 bytes a refund (`domain.refunds.pack`), at most 100; absent where there are none |
| `state` | JSON: the fields of `TierState`; days as text |
| `settled`, `settled_on` | the tier of the last night, and since which night |
| `nights` | list of [day, tier], the newest 32 nights that settled another one |
| `changes` | list of [version, before, after, microseconds, cause], the newest eight |

A store's persons are found by their profiles, through the index `by_store` (`store_key` = `<store_id>#<shard 0-15>`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import get_items, put_versioned, query
from ownerloop.adapters.dynamodb.items import day_or_none, instant, iso, micros, packed, unpacked
from ownerloop.adapters.dynamodb.owners import owner_pk, store_key
from ownerloop.domain import facts, refunds
from ownerloop.domain.ids import SHARD_COUNT
from ownerloop.domain.tier_record import TierChange, TierRecord
from ownerloop.domain.tiers import Tier, TierState

TIER = "tier"


class DynamoTiers:
    """The tiers in the Owners table."""

    def __init__(self, owners_table: str) -> None:
        self._table = owners_table

    def of_store(self, store_id: str) -> Iterator[str]:
        """Return every person registered in the store; the index may lag by a moment."""
        for place in range(SHARD_COUNT):
            yield from self.of_shard(store_id, place=place)

    def of_shard(self, store_id: str, *, place: int) -> Iterator[str]:
        """Return the persons of one shard of the store's index."""
        key = {":key": store_key(store_id, place)}
        for row in query(self._table, "by_store", expressions.OWNERS_OF_A_STORE, key):
            yield row["pk"].removeprefix(owner_pk(""))

    def load(self, person_ids: Iterable[str]) -> dict[str, TierRecord]:
        """Return each person's tier; one without an item comes with version 0."""
        keys = {person_id: (owner_pk(person_id), TIER) for person_id in person_ids}
        rows = get_items(self._table, keys.values())
        return {
            person_id: tier_from(rows[key]) if key in rows else TierRecord(person_id=person_id)
            for person_id, key in keys.items()
        }

    def save(self, records: Sequence[TierRecord]) -> set[str]:
        """Write each tier whose stored version is its `version` - 1; return the persons who lost."""
        return {record.person_id for record in records if not put_versioned(self._table, tier_values(record))}


def tier_values(record: TierRecord) -> dict[str, Any]:
    """Return the plain values of the tier's item."""
    return {
        "pk": owner_pk(record.person_id),
        "sk": TIER,
        "person_id": record.person_id,
        "version": record.version,
        "occasions": facts.pack(record.occasions),
        "refunds": refunds.pack(record.refunds) or None,
        "state": packed(asdict(record.state)) if record.state else None,
        "settled": str(record.settled),
        "settled_on": iso(record.settled_on),
        "nights": [[iso(on), str(tier)] for on, tier in record.nights] or None,
        "changes": [[c.version, str(c.before), str(c.after), micros(c.at), c.cause] for c in record.changes],
    }


def tier_from(values: Mapping[str, Any]) -> TierRecord:
    """Return the tier of an item's plain values."""
    return TierRecord(
        person_id=values["person_id"],
        version=values["version"],
        occasions=facts.unpack(values["occasions"]),
        refunds=refunds.unpack(values.get("refunds", b"")),
        state=_state(unpacked(values["state"])) if "state" in values else None,
        settled=Tier(values["settled"]),
        settled_on=day_or_none(values.get("settled_on")),
        nights=tuple((date.fromisoformat(on), Tier(tier)) for on, tier in values.get("nights", ())),
        changes=tuple(
            TierChange(version, Tier(before), Tier(after), instant(at), cause)
            for version, before, after, at, cause in values["changes"]
        ),
    )


def _state(said: dict[str, Any]) -> TierState:
    days = {name: day_or_none(said[name]) for name in ("since", "waits_until")}
    own = {"tier": Tier(said["tier"]), "as_of": date.fromisoformat(said["as_of"]), "reasons": tuple(said["reasons"])}
    return TierState(**{**said, **days, **own})
