"""The working sheet of a round of enrolment: what was read, how events change it, and what is written together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from ownerloop.domain import enrolment as rules
from ownerloop.domain import evidence
from ownerloop.domain.arrival import Arrival
from ownerloop.domain.cases import OUTDATED, Case, answered, doubt_key, ended, open_doubt
from ownerloop.domain.clusters import counts_since
from ownerloop.domain.consent import DataClass, Purpose
from ownerloop.domain.enrolment import (
    CaseAnswered,
    ConsentGranted,
    ConsentWithdrawn,
    EnrolmentEvent,
    OdometerImported,
    OwnerRegistered,
    OwnerUnsubscribed,
    ServiceCompleted,
    VehicleHandedOver,
    VehicleLinked,
    car_name_of,
    owner_key_of,
)
from ownerloop.domain.errors import NoLiveConsentError, TimeOutOfRangeError
from ownerloop.domain.identity_events import IdentityLinked, MergeAsked, SplitAsked
from ownerloop.domain.owner import Owner, known_by
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.vehicle import Reading, Vehicle
from ownerloop.ports import ConsentRecord, EnrolmentChange, Marker

PARTS_MAX = 100  # of one TransactWriteItems
IMPORT_AGE_MAX = timedelta(days=20 * 366)  # an old system's reading from before that is a wrong date


@dataclass(slots=True)
class Sheet:
    """Owners and cars of a round by their ids, changed event by event; versions rise when it is written."""

    vehicle_ids: dict[str, str]  # by VIN, or by the case that an answer names
    person_ids: dict[str, str]  # by owner key
    new_aliases: dict[str, str]  # alias -> person drawn for it
    aliases: dict[str, str]  # by owner key
    owners: dict[str, Owner]
    vehicles: dict[str, Vehicle]
    marked: set[str]
    cases: dict[str, Case]
    forecast_policy: ForecastPolicy
    now: datetime
    folded: list[Arrival] = field(default_factory=list)
    records: dict[str, ConsentRecord] = field(default_factory=dict)  # by event key
    to_replan: set[str] = field(default_factory=set)
    imported_only: set[str] = field(default_factory=set)
    as_read: frozenset[Owner | Vehicle | Case] = frozenset()

    def __post_init__(self) -> None:
        self.as_read = frozenset((*self.owners.values(), *self.vehicles.values(), *self.cases.values()))

    def ids_of(self, event: EnrolmentEvent) -> tuple[str, str]:
        """Return the person and the car that an event names, each empty if it names none."""
        return self.person_ids.get(owner_key_of(event), ""), self.vehicle_ids.get(car_name_of(event), "")

    def fold(self, arrival: Arrival, *, now: datetime) -> None:
        """Change the sheet by one event, or refuse the event and change nothing."""
        person_id, vehicle_id = self.ids_of(arrival.event)
        if isinstance(arrival.event, CaseAnswered):
            self._answer(arrival.event, is_known=arrival.event_key in self._known)
        elif vehicle_id:
            self._change_car(arrival, person_id=person_id, vehicle_id=vehicle_id, now=now)
        if person_id:
            self.owners[person_id] = _changed_owner(self.owners[person_id], arrival.event, vehicle_id=vehicle_id)
        if record := _record(arrival.event, person_id=person_id, vehicle_id=vehicle_id):
            self.records[arrival.event_key] = record
        self.folded.append(arrival)

    def addresses(self, *, lost: set[str]) -> dict[str, str]:
        """Return the address of each person whose newest registration is on the sheet and was written."""
        found = {}
        for arrival in self.folded:
            event = arrival.event
            if arrival.event_key in lost or not isinstance(event, OwnerRegistered):
                continue
            person_id, _ = self.ids_of(event)
            if event.wecom_external_userid and self.owners[person_id].registered_at == event.at:
                found[person_id] = event.wecom_external_userid
        return found

    def vehicle_names(self, *, lost: set[str]) -> Iterator[tuple[str, VehicleLinked]]:
        """Return each link that says what aggregators call its car and was written, with the car."""
        for arrival in self.folded:
            event = arrival.event
            if arrival.event_key not in lost and isinstance(event, VehicleLinked) and event.aggregator_ids:
                yield self.vehicle_ids[event.vin], event

    @property
    def _known(self) -> set[str]:
        return self.marked | {arrival.event_key for arrival in self.folded}

    def _answer(self, event: CaseAnswered, *, is_known: bool) -> None:
        if is_known:
            return  # applied before: it closed its case, and is no second opinion
        case = self.cases[event.case_key]
        open_doubt(case)  # a case that takes no answer may have no car
        car, policy = self.vehicles[case.vehicle_id], self.forecast_policy
        closed, left = answered(case, car, answer=event.answer, at=event.at, policy=policy)
        self.cases[case.case_key], self.vehicles[car.vehicle_id] = closed, left
        self.imported_only.discard(car.vehicle_id)
        self.to_replan.add(car.vehicle_id)

    def _end_doubt(self, before: Vehicle, *, at: datetime) -> None:
        # What the former owner's readings asked has nobody left to answer it.
        case = self.cases.get(doubt_key(before))
        if case and case.is_open and self.vehicles[before.vehicle_id].state_epoch > before.state_epoch:
            self.cases[case.case_key] = ended(case, answer=OUTDATED, at=at)

    def _change_car(self, arrival: Arrival, *, person_id: str, vehicle_id: str, now: datetime) -> None:
        event, before = arrival.event, self.vehicles[vehicle_id]
        self.vehicles[vehicle_id] = _changed_vehicle(before, event, person_id=person_id, now=now)
        self._end_doubt(before, at=arrival.occurred_at)
        if isinstance(event, ConsentGranted | ConsentWithdrawn):
            return
        if arrival.is_import and vehicle_id not in self.to_replan - self.imported_only:
            self.imported_only.add(vehicle_id)
        else:
            self.imported_only.discard(vehicle_id)
        self.to_replan.add(vehicle_id)


@dataclass(slots=True)
class Ledger:
    """What the rounds of a batch named and wrote: history is told from it."""

    vehicle_ids: dict[str, str] = field(default_factory=dict)
    person_ids: dict[str, str] = field(default_factory=dict)
    vehicles: dict[str, Vehicle] = field(default_factory=dict)
    grouped: set[str] = field(default_factory=set)  # who is one with others
    applied: list[Arrival] = field(default_factory=list)

    def ids_of(self, event: EnrolmentEvent) -> tuple[str, str]:
        """Return the person and the car that an event names, each empty if it names none."""
        return self.person_ids.get(owner_key_of(event), ""), self.vehicle_ids.get(car_name_of(event), "")

    def note(self, sheet: Sheet, done: Sequence[Arrival]) -> None:
        """Add what was written of a sheet."""
        self.vehicle_ids |= sheet.vehicle_ids
        self.person_ids |= sheet.person_ids
        self.vehicles |= sheet.vehicles
        self.grouped |= {one.person_id for one in sheet.owners.values() if one.members or one.merged_into}
        self.applied += done

    def add(self, other: "Ledger") -> None:
        """Add what another part of the batch named and wrote."""
        self.vehicle_ids |= other.vehicle_ids
        self.person_ids |= other.person_ids
        self.vehicles |= other.vehicles
        self.grouped |= other.grouped
        self.applied += other.applied


def changes_of(sheet: Sheet, *, is_alone: bool) -> list[EnrolmentChange]:
    """Return what to write: events that share a person or a car together, and as many such groups as one write takes.

    With `is_alone` each group has a write of its own, so that a loser drags nobody along.
    """
    changes: list[EnrolmentChange] = []
    for group in _groups(sheet):
        change = _change_of(sheet, group)
        if not change.markers:
            continue
        if changes and not is_alone and changes[-1].parts + change.parts <= PARTS_MAX:
            changes[-1] = _joined(changes[-1], change)
        else:
            changes.append(change)
    return changes


def _groups(sheet: Sheet) -> list[list[Arrival]]:
    """Return the events in groups that share no person and no car, in the order of their first event."""
    groups: list[tuple[set[str], list[Arrival]]] = []
    for arrival in sheet.folded:
        names = {name for name in sheet.ids_of(arrival.event) if name}
        touched = [group for group in groups if group[0] & names]
        rest = [group for group in groups if not group[0] & names]
        merged = (names.union(*(group[0] for group in touched)), [a for group in touched for a in group[1]] + [arrival])
        groups = [*rest, merged]
    return [group for _, group in groups]


def _change_of(sheet: Sheet, group: Sequence[Arrival]) -> EnrolmentChange:
    new = [arrival for arrival in group if arrival.event_key not in sheet.marked]
    markers = {a.event_key: Marker(a.event_key, a.payload_hash, sheet.now) for a in new}
    named = [sheet.ids_of(arrival.event) for arrival in new]
    persons = _unique(person for person, _ in named)
    cars = _unique(car for _, car in named)
    changed = {*sheet.owners.values(), *sheet.vehicles.values()} - sheet.as_read
    owners = [sheet.owners[person] for person in persons if sheet.owners[person] in changed]
    vehicles = [sheet.vehicles[car] for car in cars if sheet.vehicles[car] in changed]
    keys = _unique(owner_key_of(arrival.event) for arrival in new)
    aliases = _unique(sheet.aliases[key] for key in keys)
    cases = [case for case in sheet.cases.values() if case.vehicle_id in cars and case not in sheet.as_read]
    return EnrolmentChange(
        markers=tuple(markers.values()),
        aliases=tuple((alias, sheet.new_aliases[alias]) for alias in aliases if alias in sheet.new_aliases),
        owners=tuple(replace(owner, version=owner.version + 1) for owner in owners),
        vehicles=tuple(replace(vehicle, version=vehicle.version + 1) for vehicle in vehicles),
        cases=tuple(replace(case, version=case.version + 1) for case in cases),
        consent_records=tuple({sheet.records[key]: None for key in markers if key in sheet.records}),
    )


def _joined(one: EnrolmentChange, other: EnrolmentChange) -> EnrolmentChange:
    return EnrolmentChange(
        markers=one.markers + other.markers,
        aliases=one.aliases + other.aliases,
        owners=one.owners + other.owners,
        vehicles=one.vehicles + other.vehicles,
        consent_records=one.consent_records + other.consent_records,
        cases=one.cases + other.cases,
    )


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


def _changed_owner(owner: Owner, event: EnrolmentEvent, *, vehicle_id: str) -> Owner:
    match event:
        case VehicleLinked() | VehicleHandedOver():
            return rules.keep_car(owner, vehicle_id)
        case OwnerRegistered():
            return rules.register(owner, event)
        case OwnerUnsubscribed():
            return rules.unsubscribe(owner, event)
        case IdentityLinked():
            return known_by(owner, event.at)
        case _:
            return owner


def _changed_vehicle(vehicle: Vehicle, event: EnrolmentEvent, *, person_id: str, now: datetime) -> Vehicle:
    match event:
        case VehicleLinked():
            return rules.link(vehicle, event, person_id=person_id)
        case VehicleHandedOver():
            return rules.hand_over(vehicle, event, person_id=person_id)
        case ServiceCompleted():
            return rules.complete_service(vehicle, event)
        case ConsentGranted():
            return rules.grant(vehicle, event, person_id=person_id)
        case ConsentWithdrawn():
            return rules.withdraw(vehicle, event, person_id=person_id)
        case OdometerImported():
            return _with_reading(vehicle, event, now=now)
        case OwnerRegistered() | OwnerUnsubscribed() | CaseAnswered() | IdentityLinked() | MergeAsked() | SplitAsked():
            return vehicle
        case _:
            assert_never(event)


def _with_reading(vehicle: Vehicle, event: OdometerImported, *, now: datetime) -> Vehicle:
    if event.at < now - IMPORT_AGE_MAX:
        raise TimeOutOfRangeError(reason="too_old", age_seconds=int((now - event.at).total_seconds()))
    known_at = vehicle.consent.known_at(now)
    classes = vehicle.consent.usable_classes(event.at, now=known_at, purpose=Purpose.MAINTENANCE)
    if DataClass.ODOMETER not in classes:
        raise NoLiveConsentError("no consent covers the reading at its time and now")
    reading = Reading(read_at=event.at, odometer_m=event.odometer_m, is_bare_date=event.is_bare_date)
    since = counts_since(vehicle)
    if since is not None and reading.read_at < since:
        return vehicle
    return replace(vehicle, evidence=evidence.merge(vehicle.evidence, [reading]))


def _record(event: EnrolmentEvent, *, person_id: str, vehicle_id: str) -> ConsentRecord | None:
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
