"""What a stack holds of a store's lead time: what is published, and the evidence behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import boto3

from infra.importing.targets import outputs_of
from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.stack import Stack
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import key_of
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.lead_evidence import (
    BOOKED,
    SENT,
    answer_of,
    evidence_pk,
    months_between,
    sending_of,
)
from ownerloop.adapters.dynamodb.lead_times import lead_key, lead_of
from ownerloop.domain.lead_evidence import Answer, Sending
from ownerloop.domain.lead_time import LeadTime

_TABLE = "WorkshopTableName"


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's Workshop table as of an instant."""

    dynamodb: Any
    workshop_table: str
    now: datetime

    def lead_time(self, store_id: str) -> LeadTime | None:
        """Return what is published for the store, or None."""
        key = key_of(lead_key(store_id))
        answer = self.dynamodb.get_item(TableName=self.workshop_table, Key=key, ConsistentRead=True)
        return lead_of(store_id, read(answer["Item"])) if "Item" in answer else None

    def evidence(self, store_id: str, *, since: date, through: date) -> tuple[list[Sending], list[Answer]]:
        """Return the store's messages and answers of the months from `since` to `through`."""
        rows = [row for month in months_between(since, through) for row in self._month(store_id, month)]
        sendings = [sending_of(row, store_id) for row in rows if row["sk"].endswith(SENT)]
        return sendings, [answer_of(row, store_id) for row in rows if row["sk"].endswith(BOOKED)]

    def _month(self, store_id: str, month: str) -> Iterator[dict[str, Any]]:
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.workshop_table,
            KeyConditionExpression=expressions.EVIDENCE_OF_A_MONTH,
            ExpressionAttributeValues={":pk": {"S": evidence_pk(store_id, month)}},
        )
        for page in pages:
            yield from map(read, page["Items"])


def local_desk(stack: Stack) -> Desk:
    """Return the desk of the local stack that is up."""
    return desk_of(STACK_NAME, lambda service: client(service, stack.endpoint), now=stack.now())


def deployed_desk(name: str) -> Desk:
    """Return the desk of a deployed stack, reached with the credentials and the region of the environment."""
    return desk_of(name, boto3.session.Session().client, now=datetime.now(UTC))


def desk_of(name: str, client_of: Callable[[str], Any], *, now: datetime) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    _, outputs = outputs_of(name, client_of, needed=(_TABLE,))
    return Desk(client_of("dynamodb"), workshop_table=outputs[_TABLE], now=now)
