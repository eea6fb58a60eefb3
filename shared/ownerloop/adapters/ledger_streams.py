"""Records of the table streams as entries of points and grants of benefits; apart, since the dispatcher reads none."""

from collections.abc import Mapping, Sequence
from typing import Any

from ownerloop.adapters.dynamodb.benefit_items import GRANT, grant_from
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.point_items import ENTRY, entry_of
from ownerloop.adapters.streams import images, is_a
from ownerloop.domain.benefits import Grant
from ownerloop.domain.points import Entry


def points_entries(records: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Return the new entries of the points ledger, in stream order; they are never changed."""
    return [
        entry_of(after)
        for before, after in map(images, records)
        if before is None and after is not None and is_a(after, "account#") and after["sk"]["S"].startswith(ENTRY)
    ]


def benefit_grants(records: Sequence[Mapping[str, Any]]) -> list[Grant]:
    """Return the new grants of benefits, in stream order; they are never changed."""
    return [
        grant_from(read(after))
        for before, after in map(images, records)
        if before is None and after is not None and is_a(after, "person#") and after["sk"]["S"].startswith(GRANT)
    ]
