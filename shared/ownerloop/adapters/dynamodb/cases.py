"""The Cases table: `case#<case_key>` / `state`, one item a complaint or doubt.

`opened_at` and `closed_at` hold the newest instant of each side in microseconds; `topic` that of the newest opening.
A doubt has `vehicle_id`, `state_epoch` and `doubt`, which packs three readings: the old chain's last, the run's first
and its newest. An open case is found through the index `open_by_store`: `open_key` is `<store>#<shard>` (`-` for no
store), `open_sort` the instant of its opening and its key. A complaint has `marks` and `taken` (`complaint_items`), and
while its clocks want a look it lies in the index `by_due` as `due` says, kind `case`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import Key, get_item, get_items, put, put_versioned
from ownerloop.adapters.dynamodb.complaint_items import marks_from, marks_of, taken_from, taken_of
from ownerloop.adapters.dynamodb.due import due_attributes, due_ids
from ownerloop.adapters.dynamodb.items import instant_or_none, micros, sortable
from ownerloop.domain.cases import Case, CaseKind
from ownerloop.domain.clusters import Doubt
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.evidence import pack, unpack
from ownerloop.domain.ids import shard

STATE = "state"
NO_STORE = "-"
_DUE_KIND = "case"


class DynamoCases:
    """The cases in the Cases table."""

    def __init__(self, cases_table: str) -> None:
        self._table = cases_table

    def load(self, case_key: str, *, person_id: str) -> Case:
        """Return the case as last written; one without an item comes with version 0."""
        values = get_item(self._table, item_key(case_key))
        return Case(case_key=case_key, person_id=person_id) if values is None else case_from(values)

    def of(self, case_keys: Iterable[str]) -> dict[str, Case]:
        """Return every asked case as last written; one without an item comes with version 0."""
        keys = {case_key: item_key(case_key) for case_key in case_keys}
        rows = get_items(self._table, keys.values())
        return {
            case_key: case_from(rows[key]) if key in rows else Case(case_key=case_key, person_id="")
            for case_key, key in keys.items()
        }

    def open(self, cases: Iterable[Case]) -> None:
        """Write each case unless there is one of its key, open or closed."""
        for case in cases:
            put(self._table, case_values(case), when=expressions.ABSENT)

    def save(self, case: Case) -> None:
        """Write the case if the stored version is its `version` - 1, else raise VersionConflictError."""
        if not put_versioned(self._table, case_values(case)):
            raise VersionConflictError(item=case.case_key)

    def due(self, *, now: datetime) -> list[str]:
        """Return the keys of cases whose clocks want a look by now, longest due first."""
        return due_ids(self._table, _DUE_KIND, now=now)


def item_key(case_key: str) -> Key:
    """Return the primary key of a case."""
    return f"case#{case_key}", STATE


def open_key(store_id: str | None, place: int) -> str:
    """Return the index key of a store's open cases in a shard."""
    return f"{store_id or NO_STORE}#{place}"


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
        "kind": str(case.kind),
        "store_id": case.store_id,
        "vehicle_id": case.vehicle_id or None,
        "answer": case.answer or None,
        "marks": marks_of(case.marks) or None,
        "taken": taken_of(case.taken) or None,
        "evidence": case.evidence or None,
        "look_at": micros(case.look_at),
        **_doubt_values(case.doubt),
        **_index_values(case),
        **due_attributes(_DUE_KIND, case.case_key, look_at=case.look_at, written_at=case.look_at),
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
        kind=CaseKind(values.get("kind", CaseKind.COMPLAINT)),
        store_id=values.get("store_id"),
        vehicle_id=values.get("vehicle_id", ""),
        answer=values.get("answer", ""),
        doubt=Doubt(values["state_epoch"], *unpack(values["doubt"])) if "doubt" in values else None,
        marks=marks_from(values),
        taken=taken_from(values),
        evidence=tuple(values.get("evidence", ())),
        look_at=instant_or_none(values.get("look_at")),
    )


def _doubt_values(doubt: Doubt | None) -> dict[str, Any]:
    if doubt is None:
        return {}
    return {"state_epoch": doubt.state_epoch, "doubt": pack((doubt.ended, doubt.began, doubt.newest))}


def _index_values(case: Case) -> dict[str, Any]:
    if not case.is_open or case.opened_at is None:
        return {}
    return {
        "open_key": open_key(case.store_id, shard(case.case_key)),
        "open_sort": f"{sortable(case.opened_at)}#{case.case_key}",
    }
