"""Whom the simulated provider of a standing stack knows: the imported owners with an address and a staff member."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from infra.csv_files import csv_rows

_COLUMNS = ("owner_key", "wecom_external_userid", "staff_userid", "zone")


def introduce(owners: Path, people: Path) -> int:
    """Make the provider know the owners of an import file that it does not know yet; return how many those are."""
    known: list[dict[str, Any]] = json.loads(people.read_text(encoding="utf-8"))["people"]
    taken = {row["external_userid"] for row in known}
    new = {row["external_userid"]: row for row in _rows(owners) if row["external_userid"] not in taken}
    if new:
        draft = people.with_name(f"{people.name}.next")
        draft.write_text(json.dumps({"people": [*known, *new.values()]}, indent=1), encoding="utf-8")
        draft.replace(people)
    return len(new)


def _rows(owners: Path) -> Iterator[dict[str, Any]]:
    for _, row in csv_rows(owners, needed=_COLUMNS[:1], optional=_COLUMNS[1:]):
        if row and row["wecom_external_userid"] and row["staff_userid"]:
            staff = [row["staff_userid"]]
            found = {"external_userid": row["wecom_external_userid"], "person": row["owner_key"], "staff": staff}
            yield found | ({"zone": row["zone"]} if row["zone"] in available_timezones() else {})
