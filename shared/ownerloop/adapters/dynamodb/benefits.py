"""Portraits, grants and stocks in the Benefits table.

| pk | sk | what |
|---|---|---|
| `person#<person_id>` | `portrait` | `version`, `body`: deflated JSON of the record, see `benefit_items` |
| `person#<person_id>` | `grant#<grant_id>` | one grant; its attributes are named like its fields |
| `benefit#<benefit_id>#<period>` | `stock` | `granted`, `spent_fen` |
"""

from collections.abc import Iterable, Sequence
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.benefit_items import GRANT, grant_values, record_from, record_values
from ownerloop.adapters.dynamodb.commands import Key, get_items, key_of, put_of, transact, version_before
from ownerloop.adapters.dynamodb.items import SCHEMA, attribute
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Grant, Stock, Voucher
from ownerloop.domain.errors import VersionConflictError

PORTRAIT, STOCK = "portrait", "stock"


class DynamoBenefits:
    """The Benefits table."""

    def __init__(self, benefits_table: str) -> None:
        self._table = benefits_table

    def load(self, person_ids: Iterable[str]) -> dict[str, BenefitRecord]:
        """Return each person's record; one without an item comes with version 0."""
        keys = {person_id: (person_pk(person_id), PORTRAIT) for person_id in person_ids}
        rows = get_items(self._table, keys.values())
        return {
            person_id: record_from(person_id, rows[key]) if key in rows else BenefitRecord(person_id=person_id)
            for person_id, key in keys.items()
        }

    def stocks(self, benefit_ids: Iterable[str], *, period: str) -> dict[str, Stock]:
        """Return what has gone of each benefit in the period of its budget."""
        keys = {benefit_id: stock_key(benefit_id, period) for benefit_id in benefit_ids}
        rows = get_items(self._table, keys.values())
        return {
            benefit_id: Stock(rows[key]["granted"], rows[key]["spent_fen"]) if key in rows else Stock()
            for benefit_id, key in keys.items()
        }

    def settle(self, record: BenefitRecord, new: Sequence[tuple[Grant, Voucher]]) -> frozenset[str]:
        """Write the record with its new grants and what they take, in one transaction; return what was used up.

        A lost answer is told by the transaction's own token; a later try meets the record's version and reads it anew.
        """
        pk = person_pk(record.person_id)
        item = {"pk": pk, "sk": PORTRAIT, **record_values(record)}
        parts: list[dict[str, Any]] = [{"Put": put_of(self._table, item, **version_before(record.version))}]
        for grant, voucher in new:
            values = {"pk": pk, "sk": GRANT + grant.grant_id, **grant_values(grant)}
            parts.append({"Put": put_of(self._table, values, when=expressions.ABSENT)})
            parts.append({"Update": self._taken_by(grant, voucher)})
        broken = transact(parts, table=self._table)
        if not broken:
            return frozenset()
        if broken[0] or any(broken[1::2]):
            raise VersionConflictError(item=record.person_id)
        return frozenset(grant.benefit_id for (grant, _), why in zip(new, broken[2::2], strict=True) if why)

    def _taken_by(self, grant: Grant, voucher: Voucher) -> dict[str, Any]:
        values = {
            ":one": 1,
            ":cost": grant.cost_fen,
            ":granted_max": voucher.stock - 1,
            ":spent_max": voucher.budget_fen - grant.cost_fen,
            ":schema": SCHEMA,
        }
        return {
            "TableName": self._table,
            "Key": key_of(stock_key(grant.benefit_id, grant.period)),
            "UpdateExpression": expressions.TAKE_A_GRANT,
            "ConditionExpression": expressions.ROOM_FOR_A_GRANT,
            "ExpressionAttributeNames": expressions.GRANT_NAMES,
            "ExpressionAttributeValues": {name: attribute(value) for name, value in values.items()},
        }


def person_pk(person_id: str) -> str:
    """Return the partition key of a person."""
    return f"person#{person_id}"


def stock_key(benefit_id: str, period: str) -> Key:
    """Return the primary key of what has gone of a benefit in a period."""
    return f"benefit#{benefit_id}#{period}", STOCK
