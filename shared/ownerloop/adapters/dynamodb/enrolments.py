"""What enrolment events change, in one transaction over Owners, Vehicles, Consents and Cases.

| table | pk | sk | attributes |
|---|---|---|---|
| Owners | `inbox#<event_key>` | `inbox` | `payload_hash`, `expires_at` (TTL, seconds) |
| Owners | `alias#<alias_id>` | `alias` | `person_id` |
| Owners | `person#<person_id>` | `profile` | see `owners` |
| Vehicles | `vehicle#<vehicle_id>` | `state` | see `vehicle_items` |
| Cases | `case#<case_key>` | `state` | see `cases` |
| Consents | `person#<person_id>` | `consent#<vehicle_id>#<purpose>#<at>#<kind>#<digest>` | the record |
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.cases import DynamoCases, case_values
from ownerloop.adapters.dynamodb.commands import Key, get_items, put_of, transact, version_before
from ownerloop.adapters.dynamodb.items import micros, sortable
from ownerloop.adapters.dynamodb.owners import DynamoOwners, owner_pk, owner_values
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.domain.cases import Case
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.ids import digest
from ownerloop.domain.owner import Owner
from ownerloop.ports import ConsentRecord, EnrolmentChange

_Part = tuple[str, dict[str, Any]]  # what it is called in a conflict, and its Put
# From the day it was applied, however long after its receipt: a queue and its dead-letter queue hold what comes again
# for 18 days at most, and a redrive begins them anew.
MARKER_KEPT = timedelta(days=35)


class DynamoEnrolments:
    """Owners, aliases, consents and car heads in their tables."""

    def __init__(self, owners_table: str, consents_table: str, vehicles_table: str, cases_table: str) -> None:
        self._owners, self._consents = owners_table, consents_table
        self._vehicles, self._cases = vehicles_table, cases_table

    def persons_of(self, alias_ids: Iterable[str]) -> dict[str, str]:
        """Return the person each alias points at now; one before first sight is absent."""
        keys = {alias_id: alias_key(alias_id) for alias_id in alias_ids}
        rows = get_items(self._owners, keys.values())
        return {alias_id: str(rows[key]["person_id"]) for alias_id, key in keys.items() if key in rows}

    def owners(self, person_ids: Iterable[str]) -> dict[str, Owner]:
        """Return each owner; version 0 where there is no item."""
        return DynamoOwners(self._owners).load(person_ids)

    def cases(self, case_keys: Iterable[str]) -> dict[str, Case]:
        """Return every asked case as last written; one without an item comes with version 0."""
        return DynamoCases(self._cases).of(case_keys)

    def applied(self, event_keys: Iterable[str]) -> set[str]:
        """Return those of the events whose marker the inbox holds."""
        keys = {inbox_key(event_key): event_key for event_key in event_keys}
        return {keys[key] for key in get_items(self._owners, keys)}

    def apply(self, change: EnrolmentChange) -> set[str]:
        """Write it all, or nothing: return the events marked before, or raise VersionConflictError if an item moved."""
        named = [*self._markers(change), *self._effects(change)]
        broken = transact([{"Put": part} for _, part in named], table=self._owners)
        names = [name for (name, _), reason in zip(named, broken, strict=bool(broken)) if reason]
        marked = {marker.event_key for marker in change.markers} & set(names)
        if names and not marked:
            raise VersionConflictError(item=names[0])
        return marked

    def _markers(self, change: EnrolmentChange) -> Iterator[_Part]:
        for marker in change.markers:
            item = marker_values(marker.event_key, payload_hash=marker.payload_hash, applied_at=marker.applied_at)
            yield marker.event_key, put_of(self._owners, item, when=expressions.ABSENT)

    def _effects(self, change: EnrolmentChange) -> Iterator[_Part]:
        for alias_id, person_id in change.aliases:
            yield alias_id, self._alias(alias_id, person_id)
        for owner in change.owners:
            yield owner.person_id, put_of(self._owners, owner_values(owner), **version_before(owner.version))
        for car in change.vehicles:
            yield car.vehicle_id, put_of(self._vehicles, vehicle_values(car), **version_before(car.version))
        for case in change.cases:
            yield case.case_key, put_of(self._cases, case_values(case), **version_before(case.version))
        for record in change.consent_records:
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


def marker_values(event_key: str, *, payload_hash: str, applied_at: datetime) -> dict[str, Any]:
    """Return the plain values of an event's inbox marker."""
    pk, sk = inbox_key(event_key)
    expires_at = int((applied_at + MARKER_KEPT).timestamp())
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
