"""What sending and settling over WeCom share: their rules, and one contact's conditional moves."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Gate, hold_also, release
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.recheck import has_visit_ahead, why_not
from ownerloop.domain.send_window import Clocks, clocks_of
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.wecom import WECOM_POLICY, WecomPolicy
from ownerloop.outreach_ports import WecomPorts
from ownerloop.usecases.following import gate_of, people

CHANNEL = "wecom"


@dataclass(frozen=True, slots=True)
class WecomRules:
    """The policies and stores of the day."""

    contact: ContactPolicy
    stores: Mapping[str, Store]
    wecom: WecomPolicy = WECOM_POLICY


@dataclass(slots=True)
class Moves:
    """The moves of one invocation, made with its ports and rules, at its instant, and counted."""

    ports: WecomPorts
    rules: WecomRules
    now: datetime
    made: Counter[tuple[str, str]] = field(default_factory=Counter)  # (state, reason)
    correlations: set[str | None] = field(default_factory=set)  # what the moved contacts began with

    def move(self, contact: Contact, state: ContactState, *, reason: str, **changes: object) -> Contact | None:
        """Return the contact in its next state, or None if somebody else moved it first."""
        changes = {"next_look_at": None, **changes}
        moved = contact.moved(state, reason=reason, at=self.now, **changes)
        try:
            self.ports.contacts.save(moved)
        except VersionConflictError:
            return None
        self.made[state.value, reason] += 1
        self.correlations.add(moved.correlation_id)
        return moved

    def must_move(self, contact: Contact, state: ContactState, *, reason: str, **changes: object) -> Contact:
        """Return the contact in its next state, or raise VersionConflictError."""
        moved = self.move(contact, state, reason=reason, **changes)
        if moved is None:
            raise VersionConflictError(item=contact.contact_id)
        return moved

    def end_unsent(self, contact: Contact, state: ContactState, *, reason: str) -> None:
        """End a contact of which no message is out, then give its slot back."""
        if self.move(contact, state, reason=reason) is not None:
            self._change_gate(contact, lambda gate: release(gate, contact.contact_id))

    def send_back(self, contact: Contact, *, reason: str, until: datetime | None) -> None:
        """Ask anew for a contact of which no message is out, not before `until`.

        Its slot is the dispatcher's to take: giving it back here could undo a reservation made in between.
        """
        forgotten = {"attempt_id": None, "task_id": None, "provider_message_id": None}
        waiting = {"release_at": until, "next_look_at": until or self.now, "reserved_day": None, "reserved_at": None}
        self.move(contact, ContactState.REQUESTED, reason=reason, **forgotten, **waiting)

    def hold_days(self, contact: Contact, days: Iterable[date]) -> None:
        """Take a slot of each day for a contact whose message may still go out then."""

        def held(gate: Gate) -> Gate:
            for day in days:
                gate = hold_also(gate, contact, day=day, now=self.now)
            return gate

        self._change_gate(contact, held)

    def keep_until(self, contact: Contact, day: date) -> None:
        """Give back the slots of later days than the one on which the message went out at the latest."""

        def kept(gate: Gate) -> Gate:
            entries = (e for e in gate.entries if e.contact_id != contact.contact_id or e.day <= day)
            return replace(gate, entries=tuple(entries))

        self._change_gate(contact, kept)

    def _change_gate(self, contact: Contact, change: Callable[[Gate], Gate]) -> None:
        for _ in range(self.rules.contact.gate_attempts_max):
            gate = gate_of(contact.person_id, gates=self.ports.gates)
            changed = change(gate)
            if changed == gate:
                return
            try:
                self.ports.gates.save(replace(changed, version=gate.version + 1))
            except VersionConflictError:
                continue
            return
        raise VersionConflictError(item=contact.person_id)


@dataclass(frozen=True, slots=True)
class People:
    """What is known now of the owners and cars behind some contacts, and where WeCom reaches them."""

    owners: Mapping[str, Owner]
    cars: Mapping[str, Vehicle]
    addresses: Mapping[str, str]
    stores: Mapping[str, Store]
    now: datetime

    def why_not(self, contact: Contact) -> str | None:
        """Return why the contact may not be sent any more, or None."""
        if contact.person_id not in self.addresses:
            return "no_address"
        car = self.cars[contact.vehicle_id]
        items = car.forecast.items if car.forecast else ()
        cycle = next((item.due_cycle for item in items if item.item == contact.item), None)
        owner = self.owners[contact.person_id]
        has_visit = has_visit_ahead(car, on=civil_day(self.now, self.zone(contact)))
        return why_not(contact, owner=owner, head=car.consent, cycle=cycle, now=self.now, has_visit=has_visit)

    def zone(self, contact: Contact) -> ZoneInfo:
        """Return the zone whose civil days count."""
        return self.clocks(contact)[0]

    def clocks(self, contact: Contact) -> Clocks:
        """Return the zones on none of which it may be quiet: of a group the head's, then those of the others."""
        return clocks_of(self.owners[contact.person_id], store_id=contact.store_id, stores=self.stores)


def people_behind(contacts: Iterable[Contact], *, moves: Moves) -> People:
    """Return what is stored now about the owners and cars of the contacts, with one read a table."""
    listed = list(contacts)
    persons = sorted({contact.person_id for contact in listed})
    return People(
        owners=people(moves.ports.owners, persons),
        cars=moves.ports.vehicles.load(sorted({contact.vehicle_id for contact in listed})),
        addresses=moves.ports.vault.addresses(persons, channel=CHANNEL),
        stores=moves.rules.stores,
        now=moves.now,
    )
