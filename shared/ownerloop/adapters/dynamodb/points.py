"""Accounts, claims, redemptions and the mall in the Points table; its items are described in `point_items`.

The index `by_expiry` (`expiry_key`, `expires_on`) holds the accounts in which something remains, by shard.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import get_item, get_items, key_of, put_of, query, transact, version_before
from ownerloop.adapters.dynamodb.items import SCHEMA, attribute
from ownerloop.adapters.dynamodb.point_items import (
    ENTRY,
    account_from,
    account_key,
    account_pk,
    account_values,
    claim_from,
    claim_key,
    claim_values,
    entry_from,
    entry_key,
    entry_values,
    expiry_key,
    redemption_from,
    redemption_item_key,
    redemption_values,
    stock_key,
)
from ownerloop.domain.points import Account, Entry
from ownerloop.domain.points_change import PointsChange, Posting
from ownerloop.domain.points_earning import Claim
from ownerloop.domain.redemption import Redemption, Taken

BY_EXPIRY = "by_expiry"


class DynamoPoints:
    """The points in their table."""

    def __init__(self, points_table: str) -> None:
        self._table = points_table

    def accounts(self, person_ids: Iterable[str]) -> dict[str, Account]:
        """Return every asked account as last written; one without an item comes with version 0."""
        keys = {person_id: account_key(person_id) for person_id in person_ids}
        rows = get_items(self._table, keys.values()) if keys else {}
        return {
            person_id: account_from(rows[key]) if key in rows else Account(person_id) for person_id, key in keys.items()
        }

    def claim(self, person_id: str, claim_id: str) -> Claim:
        """Return the claim as last written, or an untold one of version 0."""
        values = get_item(self._table, claim_key(person_id, claim_id))
        return claim_from(values) if values else Claim(person_id, claim_id)

    def entry(self, person_id: str, number: int) -> Entry:
        """Return the entry of the account with this number, which must exist."""
        values = get_item(self._table, entry_key(person_id, number))
        assert values is not None, "an entry is never deleted"  # noqa: S101  # what cannot happen
        return entry_from(values)

    def redemption(self, redemption_key: str) -> Redemption | None:
        """Return the redemption as it was decided, or None for one that nobody told of."""
        values = get_item(self._table, redemption_item_key(redemption_key))
        return redemption_from(values) if values else None

    def taken(self, item_ids: Iterable[str]) -> dict[str, int]:
        """Return how many of each item have left the mall, 0 for one that nobody took."""
        keys = {item_id: stock_key(item_id) for item_id in item_ids}
        rows = get_items(self._table, keys.values()) if keys else {}
        return {item_id: rows[key]["taken"] if key in rows else 0 for item_id, key in keys.items()}


class DynamoLedger:
    """The accounts as the programme sees them."""

    def __init__(self, points_table: str) -> None:
        self._table = points_table

    def lapsing(self, place: int, *, by: date) -> Iterator[str]:
        """Return the accounts of a shard of which something expires by the day, the earliest first."""
        values = {":key": expiry_key(place), ":day": by.isoformat()}
        for row in query(self._table, BY_EXPIRY, expressions.ACCOUNTS_LAPSING, values):
            yield row["pk"].removeprefix(account_pk(""))

    def post(self, *postings: Posting, redemption: Redemption | None = None) -> bool:
        """Write entries, accounts and redemption in one transaction; False if somebody wrote one since it was read."""
        parts = [part for _, part in points_parts(self._table, PointsChange(postings, redemption=redemption))]
        return not transact(parts, table=self._table)

    def entries(self, person_id: str) -> Iterator[Entry]:
        """Return every entry of the account in the order of their numbers."""
        values = {":pk": account_pk(person_id), ":prefix": ENTRY}
        return map(entry_from, query(self._table, None, expressions.PARTS_OF_AN_ACCOUNT, values))


def points_parts(table: str, change: PointsChange) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return what the change is called and writes, part by part, for the transaction that it belongs to."""
    # An account with several entries is written once: as the last leaves it, over the version before the first.
    firsts = {posting.entry.person_id: posting.entry.number for posting in reversed(change.postings)}
    for account in {posting.account.person_id: posting.account for posting in change.postings}.values():
        held = version_before(firsts[account.person_id])
        yield account_pk(account.person_id), {"Put": put_of(table, account_values(account), **held)}
    for posting in change.postings:
        entry = posting.entry
        yield entry.entry_id, {"Put": put_of(table, entry_values(entry), when=expressions.ABSENT)}
    if claim := change.claim:
        yield claim.claim_id, {"Put": put_of(table, claim_values(claim), **version_before(claim.version))}
    if redemption := change.redemption:
        held = version_before(redemption.version)
        yield redemption.redemption_key, {"Put": put_of(table, redemption_values(redemption), **held)}
    if taken := change.taken:
        yield f"mall#{taken.item_id}", {"Update": _taken_of(table, taken)}


def _taken_of(table: str, taken: Taken) -> dict[str, Any]:
    values = {":quantity": taken.quantity, ":limit": taken.stock - taken.quantity, ":schema": SCHEMA}
    return {
        "TableName": table,
        "Key": key_of(stock_key(taken.item_id)),
        "UpdateExpression": expressions.TAKE_FROM_STOCK,
        "ConditionExpression": expressions.ROOM_IS_LEFT,
        "ExpressionAttributeNames": expressions.STOCK_NAMES,
        "ExpressionAttributeValues": {name: attribute(value) for name, value in values.items()},
    }
