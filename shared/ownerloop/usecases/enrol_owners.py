"""Owners, cars and consents come in: each event changes what it names, once, whatever the order of arrival."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from ownerloop.domain import enrolment as rules
from ownerloop.domain import evidence
from ownerloop.domain.arrival import Arrival
from ownerloop.domain.consent import DataClass, Purpose
from ownerloop.domain.enrolment import (
    ConsentGranted,
    ConsentWithdrawn,
    EnrolmentEvent,
    OdometerImported,
    OwnerRegistered,
    OwnerUnsubscribed,
    ServiceCompleted,
    VehicleHandedOver,
    VehicleLinked,
)
from ownerloop.domain.errors import NoLiveConsentError, OwnerLoopError, TimeOutOfRangeError, VersionConflictError
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Reading, Vehicle
from ownerloop.ports import (
    ConsentRecord,
    EnrolmentChange,
    Enrolments,
    History,
    Quarantine,
    Refusal,
    Row,
    Surrogates,
    Vault,
    Vehicles,
)
from ownerloop.usecases.enrolment_rows import enrolment_row, reading_rows, refusal_row
from ownerloop.usecases.rebasing import rebased

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue
FUTURE_MAX = timedelta(minutes=5)
IMPORT_AGE_MAX = timedelta(days=20 * 366)  # an old system's reading from before that is a wrong date
WECOM = "wecom"


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
    replan: Callable[[Vehicle, datetime], Vehicle]  # forecast and reminder day as of now
    silence: Callable[
        [Vehicle, datetime], Vehicle
    ]  # counts what is due already as asked, so that an import starts no contact


def enrol(
    arrivals: Sequence[Arrival], *, world: EnrolmentWorld, now: datetime, refusals: Sequence[Refusal] = ()
) -> EnrolReport:
    """Apply every arrival with its inbox marker and record it in history; `refusals` are the malformed ones."""
    report = EnrolReport(refused=list(refusals))
    rows: list[Row] = []
    readings: list[Row] = []
    for arrival in arrivals:
        if arrival.occurred_at > arrival.received_at + FUTURE_MAX:
            rule = "lies more than 5 minutes after it was received"
            report.refused.append(_refusal(arrival, reason="future_time", field="time", rule=rule))
            continue
        try:
            applied = _apply(arrival, world=world, now=now)
        except VersionConflictError:
            report.faulted.append(arrival.event_key)
            continue
        except OwnerLoopError as error:
            report.refused.append(_refusal(arrival, reason=error.reason, field="subject", rule=str(error)))
            continue
        report.accepted.append(arrival.event_key)
        rows.append(enrolment_row(arrival, change=applied))
        readings += reading_rows(arrival, change=applied)
    if report.refused:
        world.quarantine.put(report.refused)
        world.history.append("refusals", [refusal_row(refusal) for refusal in report.refused])
    if rows:
        world.history.append("enrolments", rows)
    if readings:
        world.history.append("readings", readings)
    return report


def _apply(arrival: Arrival, *, world: EnrolmentWorld, now: datetime) -> EnrolmentChange:
    for attempt in range(1, ATTEMPTS_MAX + 1):
        change = _change(arrival, world=world, now=now)
        try:
            world.enrolments.apply(change)
        except VersionConflictError:
            if attempt == ATTEMPTS_MAX:
                raise
            continue
        _remember_address(arrival.event, change.owner, vault=world.vault)
        return change
    raise AssertionError("the last attempt returns or raises")


def _change(arrival: Arrival, *, world: EnrolmentWorld, now: datetime) -> EnrolmentChange:
    event = arrival.event
    alias, person_id = _person(event, world=world)
    vehicle = _vehicle(event, world=world)
    owner = _changed_owner(event, person_id=person_id, vehicle=vehicle, world=world)
    changed = _changed_vehicle(vehicle, event, person_id=person_id, world=world, now=now) if vehicle else None
    if changed and arrival.is_import:
        changed = world.silence(changed, now)
    return EnrolmentChange(
        event_key=arrival.event_key,
        payload_hash=arrival.payload_hash,
        received_at=arrival.received_at,
        alias=alias,
        owner=replace(owner, version=owner.version + 1) if owner else None,
        vehicle=replace(changed, version=changed.version + 1) if changed else None,
        consent_record=_record(event, vehicle_id=vehicle.vehicle_id, person_id=person_id) if vehicle else None,
    )


def _changed_owner(
    event: EnrolmentEvent, *, person_id: str, vehicle: Vehicle | None, world: EnrolmentWorld
) -> Owner | None:
    match event:
        case VehicleLinked() | VehicleHandedOver() if vehicle:
            return rules.keep_car(world.enrolments.owner(person_id), vehicle.vehicle_id)
        case OwnerRegistered():
            return rules.register(world.enrolments.owner(person_id), event)
        case OwnerUnsubscribed():
            return rules.unsubscribe(world.enrolments.owner(person_id), event)
        case _:
            return None


def _person(event: EnrolmentEvent, *, world: EnrolmentWorld) -> tuple[tuple[str, str] | None, str]:
    match event:
        case ServiceCompleted() | OdometerImported():
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
            return rebased(vehicle, event, replan=world.replan, now=now)
        case ConsentGranted():
            return rules.grant(vehicle, event, person_id=person_id)
        case ConsentWithdrawn():
            return rules.withdraw(vehicle, event, person_id=person_id)
        case OdometerImported():
            return world.replan(_with_reading(vehicle, event, now=now), now)
        case OwnerRegistered() | OwnerUnsubscribed():
            return None
        case _:
            assert_never(event)


def _record(event: EnrolmentEvent, *, vehicle_id: str, person_id: str) -> ConsentRecord | None:
    match event:
        case ConsentGranted():
            kind, at, proof, text_version = "granted", event.valid_from, event.evidence, event.text_version
        case ConsentWithdrawn():
            kind, at, proof, text_version = "withdrawn", event.at, "", ""
        case _:
            return None
    return ConsentRecord(
        person_id=person_id,
        vehicle_id=vehicle_id,
        purpose=event.purpose,
        kind=kind,
        at=at,
        until=event.valid_until if isinstance(event, ConsentGranted) else None,
        classes=event.classes,
        evidence=proof,
        text_version=text_version,
    )


def _remember_address(event: EnrolmentEvent, owner: Owner | None, *, vault: Vault) -> None:
    # After the profile, so that an older registration that changed nothing cannot bring an old address back.
    if not isinstance(event, OwnerRegistered) or owner is None or owner.registered_at != event.at:
        return
    if event.wecom_external_userid:
        vault.remember_address(owner.person_id, channel=WECOM, address=event.wecom_external_userid)


def _with_reading(vehicle: Vehicle, event: OdometerImported, *, now: datetime) -> Vehicle:
    if event.at < now - IMPORT_AGE_MAX:
        raise TimeOutOfRangeError(reason="too_old", age_seconds=int((now - event.at).total_seconds()))
    classes = vehicle.consent.usable_classes(event.at, now=now, purpose=Purpose.MAINTENANCE)
    if DataClass.ODOMETER not in classes:
        raise NoLiveConsentError("no consent covers the reading at its time and now")
    reading = Reading(read_at=event.at, odometer_m=event.odometer_m, is_bare_date=event.is_bare_date)
    return replace(vehicle, evidence=evidence.merge(vehicle.evidence, [reading]))


def _refusal(arrival: Arrival, *, reason: str, field: str, rule: str) -> Refusal:
    return Refusal(
        event_key=arrival.event_key,
        event_type=arrival.event_type,
        reason=reason,
        field=field,
        rule=rule,
        payload_hash=arrival.payload_hash,
        received_at=arrival.received_at,
    )
