"""A refused event made good: changed, held against the intake's own rules, and kept as carefully as the original.

What is kept names the car by its surrogate and holds only what a live consent allows, like what the intake sealed. The
VIN comes back from the vault at the moment of sending; where the vault forgot it, nothing can be sent any more.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.operation.audit import Line, record
from infra.operation.names import Names
from infra.operation.patching import merge_patched, patch_of
from infra.operation.quarantine import DAY, Row
from infra.operation.site import Site
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of, vehicle_pk
from ownerloop.adapters.intake_rules import intake_rules
from ownerloop.contracts.identity import decoded, identity_of
from ownerloop.contracts.intake import TelemetryV1
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import PREFIX
from ownerloop.contracts.parsing import parse_enrolment
from ownerloop.contracts.sealing import kept_body
from ownerloop.contracts.vocabulary import TELEMETRY
from ownerloop.domain.consent import Purpose
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.report import RawEvent
from ownerloop.usecases.arriving import sort_out

WEBHOOK = "webhook."
VEHICLE_DATA, ENROLMENT, INTERACTION = "VehicleDataQueue", "EnrolmentQueue", "InteractionQueue"


class NotMendedError(Exception):
    """The event cannot be sent as it would be: which field breaks which rule, or what is missing."""

    def __init__(self, *, field: str, rule: str) -> None:
        super().__init__(f"{field} {rule}".strip())
        self.field, self.rule = field, rule


@dataclass(frozen=True, slots=True)
class Ready:
    """An event that its intake will take, and the queue (by the template's name) that it goes to."""

    body: bytes
    queue: str


def mend(
    rows: Iterable[Row], *, patch: Any, settings: Sequence[str], site: Site, by: str
) -> tuple[list[str], dict[str, str]]:
    """Mend the rows as far as the changes make them good; return those mended, and why the others were left alone."""
    names = Names(site)
    done: list[str] = []
    refused: dict[str, str] = {}
    try:
        for row in rows:
            try:
                body = mended(row, patch=patch, settings=settings, site=site, names=names)
            except NotMendedError as error:
                refused[row.event_key] = str(error)
                continue
            if keep(row, body, by=by, site=site):
                done.append(row.event_key)
            else:
                refused[row.event_key] = "changed meanwhile"
    finally:
        if done:
            record(Line("mended", done[0], by, site.now, place="quarantine", keys=tuple(done)), site)
    return done, refused


def mended(row: Row, *, patch: Any, settings: Sequence[str], site: Site, names: Names) -> bytes:
    """Return what to keep of the row's event after the changes, or raise NotMendedError or BadPatchError."""
    document = decoded(row.body) if row.body else None
    if document is None:
        rule = "was never kept, because no live consent covered it: give it to redrive with --body"
        raise NotMendedError(field="body", rule=rule)
    changed = merge_patched(document, patch) if patch is not None else document
    for setting in settings:
        changed = merge_patched(changed, patch_of(setting, changed))
    vin = _vin(row, names)
    ready = checked(row, _with_vin(changed, row, vin), now=site.now)
    read_at = identity_of(ready.body).read_at or site.now
    classes = _classes(row, site, at=read_at)
    kept = kept_body(ready.body, classes=classes, vin=vin, vehicle_id=row.surrogate) if classes else None
    if kept is None:
        raise NotMendedError(field="data.signals", rule="holds nothing that a live consent allows to keep")
    return kept


def ready_of(row: Row, *, site: Site, names: Names, given: bytes | None = None) -> Ready:
    """Return the row's event as it goes back, from what is kept or from a body that the operator gives."""
    if given is not None:
        return checked(row, given, now=site.now)
    if row.body is None:
        raise NotMendedError(field="body", rule="was never kept: ask its source for it and give it with --body")
    return checked(row, _with_vin(decoded(row.body), row, _vin(row, names)), now=site.now)


def checked(row: Row, body: bytes, *, now: datetime) -> Ready:
    """Return the event if its intake will take it and it is the row's own; else raise NotMendedError."""
    if identity_of(body).event_key != row.event_key and _was_named(row):
        raise NotMendedError(field="source, id", rule="name another event than the one that was refused")
    kind = _kind(body)
    try:
        if kind == TELEMETRY:
            return _telemetry(row, body, now=now)
        if kind.startswith(PREFIX):
            parse_interaction(body)
            return Ready(body, INTERACTION)
        parse_enrolment(body)
        return Ready(body, ENROLMENT)
    except MalformedEventError as error:
        raise NotMendedError(field=error.field, rule=error.rule) from error


def keep(row: Row, body: bytes, *, by: str, site: Site) -> bool:
    """Keep the mended body beside the original; False where the row changed since it was read, and nothing is kept."""
    dynamodb = site.client("dynamodb")
    try:
        dynamodb.update_item(
            TableName=site.ids["QuarantineTable"],
            Key={"pk": {"S": f"{DAY}{row.day}"}, "sk": {"S": row.event_key}},
            UpdateExpression=expressions.MEND_QUARANTINED,
            ConditionExpression=expressions.QUARANTINED_AS_READ,
            ExpressionAttributeValues=_values(body=body, at=site.now.isoformat(), by=by, held=row.payload_hash),
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _telemetry(row: Row, body: bytes, *, now: datetime) -> Ready:
    raw = RawEvent(body, row.received_at, "mended")
    arrivals = sort_out([raw], contract=TelemetryV1(), rules=intake_rules(now.date()), now=now, seen=set())
    for rejected in arrivals.rejected:
        raise NotMendedError(field=rejected.field, rule=rejected.rule)
    return Ready(body, VEHICLE_DATA)


def _with_vin(event: Any, row: Row, vin: str) -> bytes:
    if not isinstance(event, dict):
        raise NotMendedError(field="body", rule="is a JSON object")
    received_at = row.received_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    whole = {"receivedat": received_at, **event}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).replace(row.surrogate, vin).encode()


def _vin(row: Row, names: Names) -> str:
    vin = names.vin_of(row.surrogate) if row.surrogate else None
    if vin is None:
        raise NotMendedError(field="subject", rule="is a car that the vault does not know, or no longer knows")
    return vin


def _classes(row: Row, site: Site, *, at: datetime) -> frozenset[str]:
    key = {"pk": {"S": vehicle_pk(row.surrogate)}, "sk": {"S": STATE}}
    answer = site.client("dynamodb").get_item(TableName=site.ids["VehiclesTable"], Key=key, ConsistentRead=True)
    if "Item" not in answer:
        return frozenset()
    consent = vehicle_of(answer["Item"]).consent
    return consent.usable_classes(at, now=consent.known_at(site.now), purpose=Purpose.MAINTENANCE)


def _was_named(row: Row) -> bool:
    """Return whether the refused event said who it was; one that did not was filed by the digest of its bytes."""
    if row.sealed is not None:
        event = decoded(row.sealed)
        return isinstance(event, dict) and bool(event.get("source")) and bool(event.get("id"))
    is_record = row.event_type.startswith(WEBHOOK)  # of a delivery, and no event yet
    return bool(row.event_type) and not is_record and row.field not in {"id", "source"}


def _kind(body: bytes) -> str:
    event = decoded(body)
    return str(event.get("type") or "") if isinstance(event, dict) else ""


def _values(**plain: Any) -> dict[str, Any]:
    return {f":{name}": value for name, value in written(plain).items() if name != "schema"}
