"""What a stack holds of a store's lead time: what is published, and the evidence behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from infra.reaching import Reach, item_of, rows_of
from ownerloop.adapters.dynamodb import expressions
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


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's Workshop table as of an instant."""

    dynamodb: Any
    workshop_table: str
    now: datetime

    def lead_time(self, store_id: str) -> LeadTime | None:
        """Return what is published for the store, or None."""
        item = item_of(self.dynamodb, self.workshop_table, lead_key(store_id))
        return lead_of(store_id, read(item)) if item else None

    def evidence(self, store_id: str, *, since: date, through: date) -> tuple[list[Sending], list[Answer]]:
        """Return the store's messages and answers of the months from `since` to `through`."""
        rows = [row for month in months_between(since, through) for row in self._month(store_id, month)]
        sendings = [sending_of(row, store_id) for row in rows if row["sk"].endswith(SENT)]
        return sendings, [answer_of(row, store_id) for row in rows if row["sk"].endswith(BOOKED)]

    def _month(self, store_id: str, month: str) -> Iterator[dict[str, Any]]:
        return rows_of(
            self.dynamodb,
            "query",
            TableName=self.workshop_table,
            KeyConditionExpression=expressions.EVIDENCE_OF_A_MONTH,
            ExpressionAttributeValues={":pk": {"S": evidence_pk(store_id, month)}},
        )


def desk_of(reach: Reach) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    (workshop_table,) = reach.outputs("WorkshopTableName")
    return Desk(reach.client("dynamodb"), workshop_table, reach.now)
