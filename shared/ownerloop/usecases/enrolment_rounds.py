"""Rounds of enrolment events, read and written together: each event once, and a fault costs only its own."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ownerloop.domain.arrival import Arrival
from ownerloop.domain.cases import Case, doubt_key
from ownerloop.domain.enrolment import CaseAnswered, owner_key_of, vin_of
from ownerloop.domain.errors import CaseRefusedError, IdentityRefusedError, OwnerLoopError, VersionConflictError
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.vehicle import Vehicle
from ownerloop.identity_ports import People
from ownerloop.ports import (
    EnrolmentChange,
    Enrolments,
    History,
    Marker,
    Quarantine,
    Refusal,
    Surrogates,
    Vault,
    Vehicles,
)
from ownerloop.usecases.enrol_identities import link_shared_addresses
from ownerloop.usecases.enrolment_sheet import Ledger, Sheet, changes_of
from ownerloop.usecases.refusing import refusal_of

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue
FAULTS_MAX = 12  # met in one batch before the rest is left to the queue: halving finds one bad event of 25 in five
ROUND_EVENTS = 25  # read and written together: with every event on one owner that is under 100 parts
WECOM = "wecom"


@dataclass(slots=True)
class EnrolReport:
    """What became of a batch: keys that were applied, refusals, arrivals whose fault may heal, and those put off."""

    accepted: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    faulted: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    put_off: list[str] = field(default_factory=list)  # for want of time, not written

    def add(self, other: "EnrolReport") -> None:
        """Add what became of another part of the batch."""
        self.accepted += other.accepted
        self.refused += other.refused
        self.faulted += other.faulted
        self.faults += other.faults
        self.put_off += other.put_off


@dataclass(frozen=True, slots=True)
class EnrolmentWorld:
    """What enrolment needs: the ports, and the rules that bring a car's forecast up to date.

    `silence` counts what is due already as asked, so that an import starts no contact.
    """

    vault: Vault
    enrolments: Enrolments
    vehicles: Vehicles
    surrogates: Surrogates
    history: History
    quarantine: Quarantine
    forecast_policy: Callable[[datetime], ForecastPolicy]
    replan: Callable[[Vehicle, datetime], Vehicle]
    silence: Callable[[Vehicle, datetime], Vehicle]
    people: People


def settle_apart(
    part: list[Arrival], *, world: EnrolmentWorld, now: datetime, faults_max: int, may_begin: Callable[[], bool]
) -> tuple[Ledger, EnrolReport]:
    """Settle a round; one that meets a fault is tried again in halves, so that the fault costs only its own event.

    Halves for which no time is left stay faulted: one of them is.
    """
    if faults_max <= 0:
        return Ledger(), EnrolReport(faulted=[arrival.event_key for arrival in part])
    try:
        return _settle(part, world=world, now=now, may_begin=may_begin)
    except Exception as fault:  # noqa: BLE001  # reported and queued again; the other events must not pay for it
        met = EnrolReport(faults=[fault])
    if len(part) == 1 or not may_begin():
        met.faulted += [arrival.event_key for arrival in part]
        return Ledger(), met
    ledger = Ledger()
    for half in (part[: len(part) // 2], part[len(part) // 2 :]):
        left = faults_max - len(met.faults)
        of_half, became = settle_apart(half, world=world, now=now, faults_max=left, may_begin=may_begin)
        ledger.add(of_half)
        met.add(became)
    return ledger, met


def _settle(
    part: list[Arrival], *, world: EnrolmentWorld, now: datetime, may_begin: Callable[[], bool]
) -> tuple[Ledger, EnrolReport]:
    """Write a round and return who and what it named; losers are read again, alone with what they share."""
    ledger, report = Ledger(), EnrolReport()
    waiting = part
    for attempt in range(ATTEMPTS_MAX):
        sheet = _sheet(waiting, world=world, ledger=ledger, now=now)
        changes = _decide(sheet, waiting, world=world, now=now, report=report, is_alone=attempt > 0)
        lost, late = _write(changes, world=world, may_begin=may_begin)
        if lost and not may_begin():  # to read again
            lost, late = set(), lost | late
        _remember_addresses(sheet, lost=lost | late, world=world, now=now)
        done = [arrival for arrival in sheet.folded if arrival.event_key not in lost | late]
        ledger.note(sheet, done)
        report.accepted += [arrival.event_key for arrival in done]
        report.put_off += [arrival.event_key for arrival in sheet.folded if arrival.event_key in late]
        waiting = [arrival for arrival in sheet.folded if arrival.event_key in lost]
        if not waiting:
            break
    report.faulted += [arrival.event_key for arrival in waiting]
    return ledger, report


def _sheet(arrivals: Sequence[Arrival], *, world: EnrolmentWorld, ledger: Ledger, now: datetime) -> Sheet:
    """Return everything the arrivals name, read once a key."""
    vins = {vin for arrival in arrivals if (vin := vin_of(arrival.event))}
    owner_keys = {key for arrival in arrivals if (key := owner_key_of(arrival.event))}
    cars, aliases = world.vault.enrol_vehicles(sorted(vins)), world.vault.enrol_owners(sorted(owner_keys))
    known = world.enrolments.persons_of(sorted(aliases.values()))
    drawn = {alias: world.surrogates.fresh("p", of=alias) for alias in sorted(aliases.values()) if alias not in known}
    persons = {key: known.get(alias) or drawn[alias] for key, alias in aliases.items()}
    asked = {arrival.event.case_key for arrival in arrivals if isinstance(arrival.event, CaseAnswered)}
    cases = world.enrolments.cases(sorted(asked)) if asked else {}
    cars |= {key: case.vehicle_id for key, case in cases.items() if case.vehicle_id}
    vehicles = dict(world.vehicles.load(sorted(set(cars.values()))))
    return Sheet(
        vehicle_ids=ledger.vehicle_ids | cars,
        person_ids=ledger.person_ids | persons,
        new_aliases=drawn,
        aliases=aliases,
        owners=dict(world.enrolments.owners(sorted(set(persons.values())))),
        vehicles=vehicles,
        marked=world.enrolments.applied(arrival.event_key for arrival in arrivals),
        cases={**_doubts(vehicles.values(), world=world), **cases},
        forecast_policy=world.forecast_policy(now),
        now=now,
    )


def _doubts(vehicles: Iterable[Vehicle], *, world: EnrolmentWorld) -> dict[str, Case]:
    """Return the cases that cars in doubt may have, for they end with a change of hands."""
    keys = [doubt_key(vehicle) for vehicle in vehicles if vehicle.cluster_flag]
    return world.enrolments.cases(keys) if keys else {}


def _decide(
    sheet: Sheet,
    arrivals: Sequence[Arrival],
    *,
    world: EnrolmentWorld,
    now: datetime,
    report: EnrolReport,
    is_alone: bool,
) -> list[EnrolmentChange]:
    for arrival in arrivals:
        try:
            sheet.fold(arrival, now=now)
        except OwnerLoopError as error:
            report.refused.append(refused(arrival, error))
    for vehicle_id in sorted(sheet.to_replan):
        fresh = world.replan(sheet.vehicles[vehicle_id], now)
        sheet.vehicles[vehicle_id] = world.silence(fresh, now) if vehicle_id in sheet.imported_only else fresh
    return changes_of(sheet, is_alone=is_alone)


def _write(
    changes: Sequence[EnrolmentChange], *, world: EnrolmentWorld, may_begin: Callable[[], bool]
) -> tuple[set[str], set[str]]:
    """Return the events of which the change lost, and those for whose change, but for the first, no time was left."""
    lost: set[str] = set()
    for place, change in enumerate(changes):
        if place and not may_begin():
            return lost, {marker.event_key for late in changes[place:] for marker in late.markers}
        lost |= {marker.event_key for marker in _lost(change, world=world)}
    return lost, set()


def _lost(change: EnrolmentChange, *, world: EnrolmentWorld) -> Sequence[Marker]:
    """Return the markers of a change that was not written: an item moved, or somebody marked one of the events."""
    try:
        marked = world.enrolments.apply(change)
    except VersionConflictError:
        return change.markers
    return change.markers if marked else ()


def _remember_addresses(sheet: Sheet, *, lost: set[str], world: EnrolmentWorld, now: datetime) -> None:
    # After the profile, so that an older registration that changed nothing cannot bring an old address back.
    addresses = sheet.addresses(lost=lost)
    link_shared_addresses(addresses, owners=sheet.owners, people=world.people, now=now)
    for person_id, address in addresses.items():
        told_at = sheet.owners[person_id].registered_at or now
        world.vault.remember_address(person_id, channel=WECOM, address=address, told_at=told_at)
    for vehicle_id, event in sheet.vehicle_names(lost=lost):
        for source, name in event.aggregator_ids:
            world.vault.name_vehicle(vehicle_id, source=source, name=name, named_at=event.at)


def refused(arrival: Arrival, error: OwnerLoopError) -> Refusal:
    """Return the refusal of an event that broke a rule, with the field that did."""
    field = error.field if isinstance(error, CaseRefusedError | IdentityRefusedError) else "subject"
    return refusal_of(arrival, reason=error.reason, field=field, rule=str(error))
