"""The facts of an owner in the Owners table: `person#<person_id>` / `fact#<occurred_at>#<event_key>`, append-only.

Attributes are named like the fact's own, instants in microseconds, days as text, a line of an order as [category, fen
and, where told, fen of cost]; what is empty is left out.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.items import attribute, instant, iso, micros, read, sortable
from ownerloop.adapters.dynamodb.owners import owner_pk
from ownerloop.domain.facts import Fact, FactKind, Line

PREFIX = "fact#"
FACTS_MAX = 1_000  # of a person, read at once by who tells of them: 400 KB


class DynamoFacts:
    """What owners did, for those who only read."""

    def __init__(self, owners_table: str) -> None:
        self._table = owners_table

    def newest(self, person_id: str, *, facts_max: int) -> list[Fact]:
        """Return the person's newest facts, newest first."""
        pages = (
            client("dynamodb")
            .get_paginator("query")
            .paginate(TableName=self._table, **newest_first(person_id, facts_max=facts_max))
        )
        return [fact_from(read(item)) for page in pages for item in page["Items"]]


def newest_first(person_id: str, *, facts_max: int) -> dict[str, Any]:
    """Return the query of a paginator for so many of the person's newest facts, however large they are."""
    return {
        "KeyConditionExpression": expressions.FACTS_OF_A_PERSON,
        "ExpressionAttributeValues": {":pk": attribute(owner_pk(person_id)), ":prefix": attribute(PREFIX)},
        "ScanIndexForward": False,
        "PaginationConfig": {"MaxItems": facts_max, "PageSize": facts_max},
    }


def fact_values(fact: Fact) -> dict[str, Any]:
    """Return the plain values of the fact's item."""
    return {
        "pk": owner_pk(fact.person_id),
        "sk": f"{PREFIX}{sortable(fact.occurred_at)}#{fact.event_key}",
        "event_key": fact.event_key,
        "person_id": fact.person_id,
        "kind": str(fact.kind),
        "occurred_at": micros(fact.occurred_at),
        "received_at": micros(fact.received_at),
        "counts_on": iso(fact.on),
        "store_id": fact.store_id,
        "vehicle_id": fact.vehicle_id,
        "amount_fen": fact.amount_fen,
        "reference": fact.reference or None,
        "contact_id": fact.contact_id,
        "detail": fact.detail or None,
        "part": fact.part or None,
        "duration_s": fact.duration_s,
        "score": fact.score,
        "lines": [[value for value in line if value is not None] for line in fact.lines] or None,
    }


def fact_from(values: Mapping[str, Any]) -> Fact:
    """Return the fact of an item's plain values."""
    return Fact(
        event_key=values["event_key"],
        person_id=values["person_id"],
        kind=FactKind(values["kind"]),
        occurred_at=instant(values["occurred_at"]),
        received_at=instant(values["received_at"]),
        on=date.fromisoformat(values["counts_on"]),
        store_id=values.get("store_id"),
        vehicle_id=values.get("vehicle_id"),
        amount_fen=values.get("amount_fen"),
        reference=values.get("reference", ""),
        contact_id=values.get("contact_id"),
        detail=values.get("detail", ""),
        part=values.get("part", ""),
        duration_s=values.get("duration_s"),
        score=values.get("score"),
        lines=tuple(Line(*line) for line in values.get("lines", ())),
    )
