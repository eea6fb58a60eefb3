"""The Cases table: `case#<case_key>` / `state`, one item a complaint.

`opened_at` and `closed_at` hold the newest instant of each side in microseconds; `topic` that of the newest opening.
"""

from collections.abc import Mapping
from typing import Any

from ownerloop.adapters.dynamodb.commands import Key, get_item
from ownerloop.adapters.dynamodb.items import instant_or_none, micros
from ownerloop.domain.cases import Case

STATE = "state"


class DynamoCases:
    """The cases in the Cases table, for those who only read."""

    def __init__(self, cases_table: str) -> None:
        self._table = cases_table

    def load(self, case_key: str, *, person_id: str) -> Case:
        """Return the case as last written; one without an item comes with version 0."""
        values = get_item(self._table, item_key(case_key))
        return Case(case_key=case_key, person_id=person_id) if values is None else case_from(values)


def item_key(case_key: str) -> Key:
    """Return the primary key of a case."""
    return f"case#{case_key}", STATE


def case_values(case: Case) -> dict[str, Any]:
    """Return the plain values of the case's item."""
    pk, sk = item_key(case.case_key)
    return {
        "pk": pk,
        "sk": sk,
        "case_key": case.case_key,
        "person_id": case.person_id,
        "version": case.version,
        "topic": case.topic,
        "opened_at": micros(case.opened_at),
        "closed_at": micros(case.closed_at),
    }


def case_from(values: Mapping[str, Any]) -> Case:
    """Return the case of an item's plain values."""
    return Case(
        case_key=values["case_key"],
        person_id=values["person_id"],
        version=values["version"],
        topic=values["topic"],
        opened_at=instant_or_none(values.get("opened_at")),
        closed_at=instant_or_none(values.get("closed_at")),
    )
