"""What a stack holds of health and benefits: the record of an owner, and what has gone of each benefit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from infra.importing.targets import outputs_of
from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.stack import Stack
from infra.points import desk as points
from ownerloop.adapters.dynamodb.benefit_items import record_from
from ownerloop.adapters.dynamodb.benefits import PORTRAIT, person_pk, stock_key
from ownerloop.adapters.dynamodb.commands import Key, key_of
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.owners import PROFILE, owner_from, owner_pk
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Stock

_TABLES = ("BenefitsTableName", "OwnersTableName")


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's Benefits table as of an instant."""

    points: points.Desk
    benefits_table: str
    owners_table: str

    @property
    def now(self) -> datetime:
        """Return the stack's clock."""
        return self.points.now

    def record(self, name: str) -> BenefitRecord | None:
        """Return the record behind a person's id or a dealer's owner key, None for nobody; a joined one is its head."""
        person_id = self.points.person_called(name)
        profile = self._item(self.owners_table, (owner_pk(person_id), PROFILE)) if person_id else None
        if profile is None:
            return None
        head = owner_from(read(profile)).head_id
        item = self._item(self.benefits_table, (person_pk(head), PORTRAIT))
        return record_from(head, read(item)) if item else BenefitRecord(person_id=head)

    def stock(self, benefit_id: str, *, period: str) -> Stock:
        """Return what has gone of the benefit in the period."""
        item = self._item(self.benefits_table, stock_key(benefit_id, period))
        values = read(item) if item else {"granted": 0, "spent_fen": 0}
        return Stock(values["granted"], values["spent_fen"])

    def _item(self, table: str, key: Key) -> dict[str, Any] | None:
        answer = self.points.dynamodb.get_item(TableName=table, Key=key_of(key), ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item


def local_desk(stack: Stack) -> Desk:
    """Return the desk of the local stack that is up."""
    return desk_of(STACK_NAME, lambda service: client(service, stack.endpoint), now=stack.now())


def deployed_desk(name: str) -> Desk:
    """Return the desk of a deployed stack, reached with the credentials and the region of the environment."""
    return desk_of(name, boto3.session.Session().client, now=datetime.now(UTC))


def desk_of(name: str, client_of: Callable[[str], Any], *, now: datetime) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    _, outputs = outputs_of(name, client_of, needed=_TABLES)
    return Desk(points.desk_of(name, client_of, now=now), *(outputs[table] for table in _TABLES))
