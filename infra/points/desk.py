"""What a stack holds of points: accounts with their entries and claims, what the mall gave away, who is meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.reaching import Reach, item_of, rows_of
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.enrolments import alias_key
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.point_items import (
    CLAIM,
    ENTRY,
    account_from,
    account_key,
    account_pk,
    claim_from,
    entry_from,
    expiry_key,
    stock_key,
)
from ownerloop.adapters.dynamodb.points import BY_EXPIRY
from ownerloop.domain.ids import SHARD_COUNT
from ownerloop.domain.points import Account, Entry
from ownerloop.domain.points_earning import Claim

_TABLES = ("PointsTableName", "VaultTableName", "OwnersTableName")
PERSON = "p_"


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's points as of an instant."""

    dynamodb: Any
    points_table: str
    vault_table: str
    owners_table: str
    now: datetime

    def person_called(self, name: str) -> str | None:
        """Return the person behind a person's id or a dealer's owner key, or None; the vault is read for keys only."""
        if name.startswith(PERSON):
            return name
        for row in self._pages(
            "scan",
            TableName=self.vault_table,
            FilterExpression="owner_key = :name",
            ExpressionAttributeValues={":name": {"S": name}},
        ):
            alias = self._item(self.owners_table, alias_key(row["pk"].removeprefix("alias#")))
            return str(alias["person_id"]) if alias else None
        return None

    def account(self, person_id: str) -> Account:
        """Return the account as last written; one that was never opened comes with version 0."""
        values = self._item(self.points_table, account_key(person_id))
        return account_from(values) if values else Account(person_id)

    def entries(self, person_id: str) -> list[Entry]:
        """Return every entry of the account in the order of their numbers."""
        return [entry_from(row) for row in self._parts_of(person_id, ENTRY)]

    def claims(self, person_id: str) -> list[Claim]:
        """Return every claim of the account by its id."""
        return [claim_from(row) for row in self._parts_of(person_id, CLAIM)]

    def open_accounts(self) -> Iterator[Account]:
        """Return every account in which something remains."""
        for place in range(SHARD_COUNT):
            for row in self._pages(
                "query",
                TableName=self.points_table,
                IndexName=BY_EXPIRY,
                KeyConditionExpression=expressions.ACCOUNTS_WITH_POINTS,
                ExpressionAttributeValues={":key": {"S": expiry_key(place)}},
            ):
                yield self.account(row["pk"].removeprefix(account_pk("")))

    def taken(self, item_id: str) -> int:
        """Return how many of an item have left the mall."""
        values = self._item(self.points_table, stock_key(item_id))
        return int(values["taken"]) if values else 0

    def _parts_of(self, person_id: str, prefix: str) -> Iterator[dict[str, Any]]:
        return self._pages(
            "query",
            TableName=self.points_table,
            KeyConditionExpression=expressions.PARTS_OF_AN_ACCOUNT,
            ExpressionAttributeValues={":pk": {"S": account_pk(person_id)}, ":prefix": {"S": prefix}},
            ConsistentRead=True,
        )

    def _pages(self, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
        return rows_of(self.dynamodb, operation, **request)

    def _item(self, table: str, key: tuple[str, str]) -> dict[str, Any] | None:
        item = item_of(self.dynamodb, table, key)
        return read(item) if item else None


def desk_of(reach: Reach) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    points_table, vault_table, owners_table = reach.outputs(*_TABLES)
    return Desk(reach.client("dynamodb"), points_table, vault_table, owners_table, reach.now)
