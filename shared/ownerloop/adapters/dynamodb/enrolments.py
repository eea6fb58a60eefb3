"""What one enrolment event changes, in one transaction over Owners, Vehicles and Consents.

| table | pk | sk | attributes |
|---|---|---|---|
| Owners | `inbox#<event_key>` | `inbox` | `payload_hash`, `expires_at` (TTL, seconds) |
| Owners | `alias#<alias_id>` | `alias` | `person_id` |
| Owners | `person#<person_id>` | `profile` | see `owners` |
| Vehicles | `vehicle#<vehicle_id>` | `state` | see `vehicle_items` |
| Consents | `person#<person_id>` | `consent#<vehicle_id>#<purpose>#<at>#<kind>#<digest>` | the record |
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import Key, get_item, get_items, put_of, transact, version_before
from ownerloop.adapters.dynamodb.items import micros, sortable
from ownerloop.adapters.dynamodb.owners import PROFILE, owner_from, owner_pk, owner_values
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.ids import digest
from ownerloop.domain.owner import Owner
from ownerloop.ports import ConsentRecord, EnrolmentChange

MARKER_KEPT = timedelta(days=35)  # longer than any queue and dead-letter queue can hold an event: 4 + 14 days


class DynamoEnrolments:
    """Owners, aliases, consents and car heads in their tables."""

    def __init__(self, owners_table: str, consents_table: str, vehicles_table: str) -> None:
        self._owners, self._consents, self._vehicles = owners_table, consents_table, vehicles_table

    def person_of(self, alias_id: str) -> str | None:
        """Return the person an alias points at now, or None before first sight."""
        values = get_item(self._owners, alias_key(alias_id)) or {}
        return values.get("person_id")

    def owner(self, person_id: str) -> Owner:
        """Return the owner; version 0 where there is no item."""
        values = get_item(self._owners, (owner_pk(person_id), PROFILE))
        return Owner(person_id=person_id) if values is None else owner_from(values)

    def was_applied(self, event_key: str) -> bool:
        """Return whether the inbox holds this event."""
        return bool(get_items(self._owners, [inbox_key(event_key)]))

    def apply(self, change: EnrolmentChange) -> bool:
        """Write change and marker in one transaction; False if marked before; VersionConflictError if an item moved."""
        named = [("inbox", self._marker(change)), *self._effects(change)]
        broken = transact([{"Put": part} for _, part in named], table=self._owners)
        if not broken:
            return True
        if broken[0]:
            return False
        item = next(name for (name, _), reason in zip(named, broken, strict=True) if reason)
        raise VersionConflictError(item=item)

    def _marker(self, change: EnrolmentChange) -> dict[str, Any]:
        item = marker_values(change.event_key, payload_hash=change.payload_hash, received_at=change.received_at)
        return put_of(self._owners, item, when=expressions.ABSENT)

    def _effects(self, change: EnrolmentChange) -> Iterator[tuple[str, dict[str, Any]]]:
        if change.alias:
            yield change.alias[0], self._alias(*change.alias)
        if owner := change.owner:
            yield owner.person_id, put_of(self._owners, owner_values(owner), **version_before(owner.version))
        if car := change.vehicle:
            yield car.vehicle_id, put_of(self._vehicles, vehicle_values(car), **version_before(car.version))
        if record := change.consent_record:
            yield "consent", put_of(self._consents, _record_values(record))

    def _alias(self, alias_id: str, person_id: str) -> dict[str, Any]:
        pk, sk = alias_key(alias_id)
        item = {"pk": pk, "sk": sk, "person_id": person_id}
        return put_of(self._owners, item, when=expressions.ALIAS_IS_FREE_OR_SAME, values={":person_id": person_id})


def alias_key(alias_id: str) -> Key:
    """Return the primary key of an alias."""
    return f"alias#{alias_id}", "alias"


def inbox_key(event_key: str) -> Key:
    """Return the primary key of an event's inbox marker."""
    return f"inbox#{event_key}", "inbox"


def marker_values(event_key: str, *, payload_hash: str, received_at: datetime) -> dict[str, Any]:
    """Return the plain values of an event's inbox marker."""
    pk, sk = inbox_key(event_key)
    expires_at = int((received_at + MARKER_KEPT).timestamp())
    return {"pk": pk, "sk": sk, "payload_hash": payload_hash, "expires_at": expires_at}


def _record_values(record: ConsentRecord) -> dict[str, Any]:
    classes = " ".join(sorted(record.classes))
    until = "" if record.until is None else sortable(record.until)
    mark = digest(classes, until, record.evidence, record.text_version)[:8]
    return {
        "pk": owner_pk(record.person_id),
        "sk": f"consent#{record.vehicle_id}#{record.purpose}#{sortable(record.at)}#{record.kind}#{mark}",
        "kind": record.kind,
        "granted_or_withdrawn_at": micros(record.at),
        "until": micros(record.until),
        "classes": classes,
        "evidence": record.evidence,
        "text_version": record.text_version,
    }
