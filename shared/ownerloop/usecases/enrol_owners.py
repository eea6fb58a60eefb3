"""Owners, cars and consents come in: each event changes what it names, once, whatever the order of arrival."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from ownerloop.domain import enrolment as rules
from ownerloop.domain.enrolment import (
    ConsentGranted,
    ConsentWithdrawn,
    EnrolmentEvent,
    OwnerRegistered,
    OwnerUnsubscribed,
    ServiceCompleted,
    VehicleHandedOver,
    VehicleLinked,
)
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle
from ownerloop.ports import ConsentRecord, EnrolmentChange, Enrolments, History, Quarantine, Refusal, Row, Surrogates, Vault, Vehicles

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue
FUTURE_MAX = timedelta(minutes=5)
WECOM = "wecom"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One well-formed enrolment event as it came off the queue. `payload_hash` is over the event's own bytes."""

    event_key: str
    event_type: str
    occurred_at: datetime
    received_at: datetime
    payload_hash: str
    event: EnrolmentEvent


@dataclass(slots=True)
class EnrolReport:
    """What became of a batch: keys that were applied, refusals, and arrivals whose fault may heal."""

    accepted: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    faulted: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EnrolmentWorld:
    """What enrolment needs: the ports, and the rule that brings a car's forecast up to date."""

    vault: Vault
    enrolments: Enrolments
    vehicles: Vehicles
    surrogates: Surrogates
    history: History
    quarantine: Quarantine
    replan: Callable[[Vehicle, datetime], Vehicle]


def enrol(
    arrivals: Sequence[Arrival], *, world: EnrolmentWorld, now: datetime, refusals: Sequence[Refusal] = ()
) -> EnrolReport:
    """Apply every arrival with its inbox marker and record it in history; `refusals` are the malformed ones."""
    report = EnrolReport(refused=list(refusals))
    rows: list[Row] = []
    for arrival in arrivals:
        if arrival.occurred_at > arrival.received_at + FUTURE_MAX:
            report.refused.append(_in_the_future(arrival))
            continue
        try:
            vehicle_id, person_id = _apply(arrival, world=world, now=now)
        except VersionConflictError:
            report.faulted.append(arrival.event_key)
            continue
        report.accepted.append(arrival.event_key)
        rows.append(_row(arrival, vehicle_id=vehicle_id, person_id=person_id))
    if report.refused:
        world.quarantine.put(report.refused)
        world.history.append("refusals", [refusal_row(refusal) for refusal in report.refused])
    if rows:
        world.history.append("enrolments", rows)
    return report


def refusal_row(refusal: Refusal) -> Row:
    """Return the history row of a refusal."""
    return {
        "event_key": refusal.event_key,
        "event_type": refusal.event_type,
        "reason": refusal.reason,
        "field": refusal.field,
        "rule": refusal.rule,
        "vehicle_id": refusal.surrogate,
        "received_at": refusal.received_at,
    }


def _apply(arrival: Arrival, *, world: EnrolmentWorld, now: datetime) -> tuple[str, str]:
    for attempt in range(1, ATTEMPTS_MAX + 1):
        change, vehicle_id, person_id = _change(arrival, world=world, now=now)
        try:
            world.enrolments.apply(change)
        except VersionConflictError:
            if attempt == ATTEMPTS_MAX:
                raise
            continue
        _remember_address(arrival.event, change.owner, vault=world.vault)
        return vehicle_id, person_id
    raise AssertionError("the last attempt returns or raises")


def _change(arrival: Arrival, *, world: EnrolmentWorld, now: datetime) -> tuple[EnrolmentChange, str, str]:
    event = arrival.event
    alias, person_id = _person(event, world=world)
    vehicle = _vehicle(event, world=world)
    owner: Owner | None = None
    match event:
        case OwnerRegistered():
            owner = rules.register(world.enrolments.owner(person_id), event)
        case OwnerUnsubscribed():
            owner = rules.unsubscribe(world.enrolments.owner(person_id), event)
        case VehicleLinked() | VehicleHandedOver() | ServiceCompleted() | ConsentGranted() | ConsentWithdrawn():
            pass
        case _:
            assert_never(event)
    changed = _changed_vehicle(vehicle, event, person_id=person_id, world=world, now=now) if vehicle else None
    change = EnrolmentChange(
        event_key=arrival.event_key,
        payload_hash=arrival.payload_hash,
        received_at=arrival.received_at,
        alias=alias,
        owner=replace(owner, version=owner.version + 1) if owner else None,
        vehicle=replace(changed, version=changed.version + 1) if changed else None,
        consent_record=_record(event, vehicle_id=vehicle.vehicle_id, person_id=person_id) if vehicle else None,
    )
    return change, vehicle.vehicle_id if vehicle else "", person_id


def _person(event: EnrolmentEvent, *, world: EnrolmentWorld) -> tuple[tuple[str, str] | None, str]:
    match event:
        case ServiceCompleted():
            return None, ""
        case VehicleHandedOver():
            owner_key = event.to_owner_key
        case _:
            owner_key = event.owner_key
    alias_id = world.vault.enrol_owner(owner_key)
    known = world.enrolments.person_of(alias_id)
    if known is not None:
        return None, known
    person_id = world.surrogates.fresh("p", of=alias_id)
    return (alias_id, person_id), person_id


def _vehicle(event: EnrolmentEvent, *, world: EnrolmentWorld) -> Vehicle | None:
    match event:
        case OwnerRegistered() | OwnerUnsubscribed():
            return None
        case _:
            vehicle_id = world.vault.enrol_vehicle(event.vin)
            return world.vehicles.load([vehicle_id])[vehicle_id]


def _changed_vehicle(
    vehicle: Vehicle, event: EnrolmentEvent, *, person_id: str, world: EnrolmentWorld, now: datetime
) -> Vehicle | None:
    match event:
        case VehicleLinked():
            return world.replan(rules.link(vehicle, event, person_id=person_id), now)
        case VehicleHandedOver():
            return world.replan(rules.hand_over(vehicle, event, person_id=person_id), now)
        case ServiceCompleted():
            return world.replan(rules.complete_service(vehicle, event), now)
        case ConsentGranted():
            return rules.grant(vehicle, event, person_id=person_id)
        case ConsentWithdrawn():
            return rules.withdraw(vehicle, event, person_id=person_id)
        case OwnerRegistered() | OwnerUnsubscribed():
            return None
        case _:
            assert_never(event)


def _record(event: EnrolmentEvent, *, vehicle_id: str, person_id: str) -> ConsentRecord | None:
    match event:
        case ConsentGranted():
            kind, at, until = "granted", event.valid_from, event.valid_until
            evidence, text_version = event.evidence, event.text_version
        case ConsentWithdrawn():
            kind, at, until = "withdrawn", event.at, None
            evidence, text_version = "", ""
        case _:
            return None
    return ConsentRecord(
        person_id=person_id,
        vehicle_id=vehicle_id,
        purpose=event.purpose,
        kind=kind,
        at=at,
        until=until,
        classes=event.classes,
        evidence=evidence,
        text_version=text_version,
    )


def _remember_address(event: EnrolmentEvent, owner: Owner | None, *, vault: Vault) -> None:
    # After the profile, so that an older registration that changed nothing cannot bring an old address back.
    if not isinstance(event, OwnerRegistered) or owner is None or owner.registered_at != event.at:
        return
    if event.wecom_external_userid:
        vault.remember_address(owner.person_id, channel=WECOM, address=event.wecom_external_userid)


def _row(arrival: Arrival, *, vehicle_id: str, person_id: str) -> Row:
    return {
        "event_key": arrival.event_key,
        "event_type": arrival.event_type,
        "vehicle_id": vehicle_id,
        "person_id": person_id,
        "occurred_at": arrival.occurred_at,
        "received_at": arrival.received_at,
    }


def _in_the_future(arrival: Arrival) -> Refusal:
    return Refusal(
        event_key=arrival.event_key,
        event_type=arrival.event_type,
        reason="future_time",
        field="time",
        rule="lies more than 5 minutes after it was received",
        payload_hash=arrival.payload_hash,
        received_at=arrival.received_at,
    )
