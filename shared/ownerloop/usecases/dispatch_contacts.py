"""Dispatching: per person, who gets the day's few slots; then one start of the sender for each group of equal texts."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.contact import BEFORE_SENDING, Contact, ContactState
from ownerloop.domain.deciding import Decision, decide
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import UNSETTLED_DAYS, Gate
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.recheck import has_visit_ahead
from ownerloop.domain.send_window import clocks_of
from ownerloop.domain.vehicle import Vehicle
from ownerloop.outreach_ports import Contacts, Gates, Senders
from ownerloop.ports import Owners, Vehicles
from ownerloop.usecases.apart import Faults
from ownerloop.usecases.following import groups

SWEEP_CONTACTS_MAX = 500  # about 25 ms each end in half of the function's 30 s; the next sweep comes within a minute
SWEEP_PAGE = 100
Written = TypeVar("Written", Contact, Gate)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What dispatching needs: the ports, the policy of the day and the stores for their zones."""

    contacts: Contacts
    gates: Gates
    owners: Owners
    vehicles: Vehicles
    senders: Senders
    policy: ContactPolicy
    stores: Mapping[str, Store]


@dataclass(slots=True)
class DispatchReport:
    """What happened: moves by state, senders started (first contact of each group), persons left to the sweep.

    `correlations` are the events and jobs that the moved contacts began with, `capped` those held at the day's cap.
    """

    moves: Counter[ContactState] = field(default_factory=Counter)
    started: list[str] = field(default_factory=list)
    left_to_sweep: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    correlations: set[str | None] = field(default_factory=set)
    capped: int = 0

    @property
    def facts(self) -> dict[str, int]:
        """Return what is counted, in the names of the metrics."""
        moves = {f"Contacts{state.value.title()}": moves for state, moves in self.moves.items()}
        return {
            **moves,
            "ContactsHeldAtCap": self.capped,
            "SendersStarted": len(self.started),
            "PersonsLeftToSweep": len(self.left_to_sweep),
        }

    def moved(self, contact: Contact) -> None:
        """Note one move."""
        self.moves[contact.state] += 1
        self.capped += contact.state is ContactState.HELD and contact.reason == "daily_cap"
        self.correlations.add(contact.correlation_id)


@dataclass(frozen=True, slots=True)
class _Known:
    # One group: the head, everybody in it, and what is open of theirs.
    owner: Owner
    members: Mapping[str, Owner]
    contacts: tuple[Contact, ...]
    vehicles: Mapping[str, Vehicle]


def dispatch(
    person_ids: Iterable[str], *, desk: Dispatch, now: datetime, contact_ids: Iterable[str] = ()
) -> DispatchReport:
    """Decide every open contact of each person, write it, then start the senders; persons and groups in a fixed order.

    `contact_ids` are contacts that caused this, read besides the index, which may not know them yet. Persons who were
    joined are decided as one. A person whose item somebody else keeps writing is left to the sweep. One person's fault
    keeps nobody else waiting; the first is raised when all had their turn.
    """
    persons = sorted(set(person_ids))
    causes = sorted(set(contact_ids))
    report = DispatchReport()
    to_send = _settle_each(_know(persons, causes, desk=desk), causes, desk=desk, now=now, report=report)
    for contact in _first_of_groups(to_send):
        desk.senders.start(channel=contact.channel or "", contact_id=contact.contact_id)
        report.started.append(contact.contact_id)
    report.faults.raise_first()
    return report


def sweep(*, desk: Dispatch, now: datetime) -> DispatchReport:
    """Dispatch whatever is due to be looked at: releases, lost starts, sendings in doubt, ends of validity."""
    ours = {*BEFORE_SENDING, ContactState.SENDING}
    due = desk.contacts.due(now=now)
    held: list[Contact] = []
    for start in range(0, len(due), SWEEP_PAGE):
        page = desk.contacts.load(due[start : start + SWEEP_PAGE]).values()
        held += [contact for contact in page if contact.state in ours]
        if len(held) >= SWEEP_CONTACTS_MAX:
            break
    people = {contact.person_id for contact in held}
    return dispatch(people, desk=desk, now=now, contact_ids=[contact.contact_id for contact in held])


def _settle_each(
    known: Sequence[_Known], causes: Sequence[str], *, desk: Dispatch, now: datetime, report: DispatchReport
) -> list[Contact]:
    reserved: list[Contact] = []
    by_head = {one.owner.person_id: one for one in known}

    def settle_groups(heads: Sequence[str]) -> None:
        for head in heads:
            reserved.extend(_settle(by_head[head], causes, desk=desk, now=now, report=report))

    for head in by_head:
        report.faults.spare([head], settle_groups)
    return reserved


def _settle(
    known: _Known, causes: Sequence[str], *, desk: Dispatch, now: datetime, report: DispatchReport
) -> list[Contact]:
    # A loser of any write reads everything again; what it had reserved by then is still its to send.
    reserved: dict[str, Contact] = {}
    waiting = [known]
    for _ in range(desk.policy.gate_attempts_max):
        lost = [one for one in waiting if not _try(one, reserved, desk=desk, now=now, report=report)]
        if not lost:
            return list(reserved.values())
        seen = {*causes, *(contact.contact_id for one in lost for contact in one.contacts)}
        waiting = _know(sorted({person for one in lost for person in one.members}), sorted(seen), desk=desk)
    report.left_to_sweep += [one.owner.person_id for one in waiting]
    return list(reserved.values())


def _try(known: _Known, reserved: dict[str, Contact], *, desk: Dispatch, now: datetime, report: DispatchReport) -> bool:
    gate = desk.gates.load(known.owner.person_id)
    if gate.merged_into is not None or {gate.person_id, *gate.members} != set(known.members):
        return False  # the group is another one since its profiles were read
    return _commit(_decide(known, gate, desk=desk, now=now), reserved, desk=desk, report=report)


def _decide(known: _Known, gate: Gate, *, desk: Dispatch, now: datetime) -> Decision:
    store_id = known.contacts[0].store_id if known.contacts else None
    zone, *also = clocks_of(known.owner, store_id=store_id, stores=desk.stores)
    today = civil_day(now, zone)
    open_ids = {contact.contact_id for contact in known.contacts}
    since = today - timedelta(days=UNSETTLED_DAYS)
    others = [entry.contact_id for entry in gate.entries if entry.day >= since and entry.contact_id not in open_ids]
    ended = desk.contacts.load(others).values() if others else ()
    forecasts = [(v.vehicle_id, v.forecast) for v in known.vehicles.values() if v.forecast is not None]
    return decide(
        [*known.contacts, *ended],
        gate,
        owner=known.owner,
        heads={vehicle_id: vehicle.consent for vehicle_id, vehicle in known.vehicles.items()},
        cycles={(vehicle_id, item.item): item.due_cycle for vehicle_id, f in forecasts for item in f.items},
        policy=desk.policy,
        zone=zone,
        now=now,
        also=tuple(also),
        visiting=frozenset(v.vehicle_id for v in known.vehicles.values() if has_visit_ahead(v, on=today)),
        members=known.members,
    )


def _commit(decision: Decision, reserved: dict[str, Contact], *, desk: Dispatch, report: DispatchReport) -> bool:
    for contact in decision.before_gate:
        if not _won(desk.contacts.save, contact):
            return False
        reserved.pop(contact.contact_id, None)
        report.moved(contact)
    if decision.gate is not None and not _won(desk.gates.save, decision.gate):
        return False
    for contact in decision.after_gate:
        if not _won(desk.contacts.save, contact):
            return False
        reserved[contact.contact_id] = contact
        report.moved(contact)
    return True


def _won(save: Callable[[Written], None], item: Written) -> bool:
    try:
        save(item)
    except VersionConflictError:
        return False
    return True


def _know(persons: Sequence[str], causes: Sequence[str], *, desk: Dispatch) -> list[_Known]:
    known = groups(desk.owners, persons)
    everybody = sorted({person for members in known.values() for person in members})
    newest: dict[str, Contact] = {c.contact_id: c for person in everybody for c in desk.contacts.open_of(person)}
    for contact in desk.contacts.load(causes).values() if causes else ():
        held = newest.get(contact.contact_id)
        if held is None or held.version < contact.version:
            newest[contact.contact_id] = contact
    vehicles = desk.vehicles.load(sorted({contact.vehicle_id for contact in newest.values()}))
    in_order = sorted(newest.values(), key=lambda contact: contact.order)
    return [_known_of(head, members, in_order, vehicles) for head, members in known.items()]


def _known_of(
    head: str, members: Mapping[str, Owner], contacts: Sequence[Contact], vehicles: Mapping[str, Vehicle]
) -> _Known:
    mine = tuple(contact for contact in contacts if contact.person_id in members)
    cars = {contact.vehicle_id: vehicles[contact.vehicle_id] for contact in mine}
    return _Known(owner=members[head], members=members, contacts=mine, vehicles=cars)


def _first_of_groups(contacts: Iterable[Contact]) -> list[Contact]:
    first: dict[tuple[object, ...], Contact] = {}
    for contact in sorted(contacts, key=lambda contact: contact.order):
        first.setdefault((contact.channel, contact.staff_userid, contact.text, contact.reserved_day), contact)
    return list(first.values())
