"""Records of the table streams as changes of cars, contacts, points and benefits; other items are passed over."""

from collections.abc import Mapping, Sequence
from typing import Any

from ownerloop.adapters.dynamodb.benefit_items import GRANT, grant_from
from ownerloop.adapters.dynamodb.contact_items import contact_of
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.point_items import ENTRY, entry_of
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of
from ownerloop.domain.benefits import Grant
from ownerloop.domain.changes import ContactChange, VehicleChange
from ownerloop.domain.points import Entry

Image = Mapping[str, Any]


def vehicle_changes(records: Sequence[Mapping[str, Any]]) -> list[VehicleChange]:
    """Return the changes of cars, in stream order."""
    return [
        VehicleChange(before=vehicle_of(before) if before else None, after=vehicle_of(after))
        for before, after in map(_images, records)
        if after is not None and _is_a(after, "vehicle#") and after["sk"]["S"] == STATE
    ]


def contact_changes(records: Sequence[Mapping[str, Any]]) -> list[ContactChange]:
    """Return the changes of contacts, in stream order."""
    return [
        ContactChange(before=contact_of(before) if before else None, after=contact_of(after))
        for before, after in map(_images, records)
        if after is not None and _is_a(after, "contact#")
    ]


def points_entries(records: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Return the new entries of the points ledger, in stream order; they are never changed."""
    return [
        entry_of(after)
        for before, after in map(_images, records)
        if before is None and after is not None and _is_a(after, "account#") and after["sk"]["S"].startswith(ENTRY)
    ]


def benefit_grants(records: Sequence[Mapping[str, Any]]) -> list[Grant]:
    """Return the new grants of benefits, in stream order; they are never changed."""
    return [
        grant_from(read(after))
        for before, after in map(_images, records)
        if before is None and after is not None and _is_a(after, "person#") and after["sk"]["S"].startswith(GRANT)
    ]


def _images(record: Mapping[str, Any]) -> tuple[Image | None, Image | None]:
    change = record["dynamodb"]
    return change.get("OldImage"), change.get("NewImage")


def _is_a(image: Image, prefix: str) -> bool:
    return str(image["pk"]["S"]).startswith(prefix)
