"""Whom the simulated provider of a standing stack knows: the imported owners with an address and a staff member."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones


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
    with owners.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            address, staff = (row.get("wecom_external_userid") or "").strip(), (row.get("staff_userid") or "").strip()
            zone = (row.get("zone") or "").strip()
            if address and staff:
                found = {"external_userid": address, "person": row["owner_key"].strip(), "staff": [staff]}
                yield found | ({"zone": zone} if zone in available_timezones() else {})
