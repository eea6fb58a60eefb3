"""Records of the table streams as changes of cars and contacts; other items are passed over."""

from collections.abc import Mapping, Sequence
from typing import Any

from ownerloop.adapters.dynamodb.contact_items import contact_of
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of
from ownerloop.domain.changes import ContactChange, VehicleChange

Image = Mapping[str, Any]


def vehicle_changes(records: Sequence[Mapping[str, Any]]) -> list[VehicleChange]:
    """Return the changes of cars, in stream order."""
    return [
        VehicleChange(before=vehicle_of(before) if before else None, after=vehicle_of(after))
        for before, after in map(images, records)
        if after is not None and is_a(after, "vehicle#") and after["sk"]["S"] == STATE
    ]


def contact_changes(records: Sequence[Mapping[str, Any]]) -> list[ContactChange]:
    """Return the changes of contacts, in stream order."""
    return [
        ContactChange(before=contact_of(before) if before else None, after=contact_of(after))
        for before, after in map(images, records)
        if after is not None and is_a(after, "contact#")
    ]


def images(record: Mapping[str, Any]) -> tuple[Image | None, Image | None]:
    """Return what the item was and what it is, None where it was not there."""
    change = record["dynamodb"]
    return change.get("OldImage"), change.get("NewImage")


def is_a(image: Image, prefix: str) -> bool:
    """Return whether the item's key begins so."""
    return str(image["pk"]["S"]).startswith(prefix)
