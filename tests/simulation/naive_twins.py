"""Plausible wrong ways to keep what the laws protect. Kept to show that the checks of the simulation can fail."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from infra.simulation.laws import DRIFTED, LOST, OVER_CAP, WITHDRAWN
from infra.simulation.tables import Parts
from ownerloop.adapters.memory import MemoryGates, MemoryVehicles
from ownerloop.adapters.memory_owners import MemoryInteractions
from ownerloop.adapters.memory_points import MemoryPoints
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Gate, reserve
from ownerloop.domain.interaction_change import InteractionChange
from ownerloop.domain.points_change import PointsChange
from ownerloop.domain.send_window import owner_zone
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.dispatch_contacts import Dispatch


class CountedGates(MemoryGates):
    """A gate that is read, counted and written back, whoever wrote it meanwhile."""

    def save(self, gate: Gate) -> None:
        """Write the gate."""
        self._on_operation("gates.save")
        self.held[gate.person_id] = gate


def count_then_send(persons: Iterable[str], *, desk: Dispatch, now: datetime, contact_ids: Iterable[str] = ()) -> None:
    """Read how many slots each person has taken, send what is asked for while there are fewer than three, count it."""
    gates = {person_id: desk.gates.load(person_id) for person_id in sorted(persons)}
    owners = desk.owners.load(gates)
    asked = desk.contacts.load(contact_ids).values()
    for person_id, gate in gates.items():
        owner, counted = owners[person_id], gate
        for contact in asked:
            if contact.person_id != person_id or contact.state is not ContactState.REQUESTED:
                continue
            zone = owner_zone(owner, store_id=contact.store_id, stores=desk.stores)
            limits = {"policy": desk.policy, "daily_max": owner.daily_max, "zone": zone, "now": now}
            taken = reserve(counted, contact, channel="wecom", **limits)  # type: ignore[arg-type]  # by name
            if isinstance(taken, Gate):
                with suppress(VersionConflictError):
                    desk.contacts.save(_reserved(contact, day=civil_day(now, zone), now=now))
                    desk.senders.start(channel="wecom", contact_id=contact.contact_id)
                counted = taken
        if counted is not gate:
            desk.gates.save(counted)


def _reserved(contact: Contact, *, day: date, now: datetime) -> Contact:
    return contact.moved(
        ContactState.RESERVED,
        reason="reserved",
        at=now,
        channel="wecom",
        reserved_day=day,
        reserved_at=now,
        next_look_at=now + timedelta(minutes=5),
    )


def start_again(*, desk: Dispatch, now: datetime) -> None:
    """Start the sender of whatever has a slot and was not sent."""
    for contact in desk.contacts.load(desk.contacts.due(now=now)).values():
        is_ours = contact.state is ContactState.RESERVED and now < contact.requested_at + timedelta(hours=9)
        look_at = now + timedelta(minutes=5) if is_ours else None
        with suppress(VersionConflictError):
            desk.contacts.save(replace(contact, version=contact.version + 1, next_look_at=look_at))
            if is_ours:
                desk.senders.start(channel="wecom", contact_id=contact.contact_id)


class LastWriteWins(MemoryVehicles):
    """Cars that are read, changed and written back, whoever wrote them meanwhile."""

    def save(self, vehicles: Sequence[Vehicle]) -> set[str]:
        """Write the cars as they were changed, each with the consents that stand on it."""
        for car in vehicles:
            self._on_operation("vehicles.save")
            held = self.held.get(car.vehicle_id)
            self.held[car.vehicle_id] = replace(car, consent=held.consent, version=held.version + 1) if held else car
        return set()


class RememberedConsents(MemoryVehicles):
    """Cars whose consents are looked up once, when all is there that planning needs, and believed ever after."""

    def __init__(self, cars: MemoryVehicles) -> None:
        super().__init__(on_operation=cars._on_operation)
        self.held = cars.held
        self._remembered: dict[str, ConsentHead] = {}

    def load(self, vehicle_ids: Iterable[str]) -> dict[str, Vehicle]:
        """Return the cars, each with the consents that were seen first."""
        found = super().load(vehicle_ids)
        for key, car in found.items():
            if car.consent.owners and len(car.consent.grants) > 1:
                self._remembered.setdefault(key, car.consent)
        return {key: replace(car, consent=self._remembered.get(key, car.consent)) for key, car in found.items()}


class LockThenEffect(MemoryInteractions):
    """An inbox that is marked first and followed by the effect."""

    def apply(self, change: InteractionChange) -> bool:
        """Mark the event, then write what it changes."""
        if change.event_key in self._enrolments.inbox:
            return False
        self._on_operation("interactions.mark")
        self._enrolments.inbox[change.event_key] = change.payload_hash
        self._on_operation("interactions.apply")
        self._check(change)
        self._points.write(change.points)
        self.facts[change.fact.person_id, change.fact.event_key] = change.fact
        if change.owner:
            self._owners.held[change.owner.person_id] = change.owner
        if change.tier:
            self._tiers.held[change.tier.person_id] = replace(change.tier, joined=())
        if change.case:
            self.cases[change.case.case_key] = change.case
        return True


class BalanceNumber(MemoryPoints):
    """Accounts that are read, added to and written back, as one would a number."""

    def check(self, change: PointsChange) -> None:
        """Find nothing wrong."""


@dataclass(frozen=True)
class Twin:
    """One naive twin: what it is put in the place of, and the laws of which it must be seen to break one."""

    name: str
    parts: Parts
    laws: frozenset[str]


TWINS = (
    Twin(
        "gate: read, count, send",
        Parts(gates=CountedGates, dispatch=count_then_send, sweep=start_again),
        frozenset({OVER_CAP}),
    ),
    Twin("inbox: lock, then effect", Parts(interactions=LockThenEffect), frozenset({LOST, DRIFTED})),
    Twin("vehicle: last write wins", Parts(vehicles=LastWriteWins), frozenset({DRIFTED})),
    Twin("consent: looked up once", Parts(cars_as_read=RememberedConsents), frozenset({WITHDRAWN})),
    Twin("points: a balance number", Parts(points=BalanceNumber), frozenset({DRIFTED})),
)
