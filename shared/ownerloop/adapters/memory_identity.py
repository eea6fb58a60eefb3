"""The twins in memory of who is one person: for tests and simulation only."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ownerloop.adapters.memory import MemoryContacts, MemoryGates, MemoryOwners, MemoryVault, MemoryVehicles
from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Gate
from ownerloop.domain.identifying import Edge, Identifier, has_room, joined
from ownerloop.domain.identity import Group, IdentityChange, LogLine, group_from
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle


class MemoryIdentifierVault:
    """Identifiers and their surrogates, counted up."""

    def __init__(self, vault: MemoryVault | None = None, *, on_operation: OnOperation = at_once) -> None:
        self._vault = vault or MemoryVault()
        self._held: dict[tuple[str, str], str] = {}
        self._on_operation = on_operation

    def persons_at(self, addresses: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the person whom each address on a channel was told for last; the unknown are absent."""
        return self._vault.persons_at(addresses, channel=channel)

    def enrol_identifiers(self, identifiers: Iterable[Identifier]) -> dict[Identifier, str]:
        """Return the surrogate (`i_...`) of each identifier, drawing one at first sight."""
        drawn: dict[Identifier, str] = {}
        for one in identifiers:
            self._on_operation("vault.enrol_identifiers")
            with LOCK:
                drawn[one] = self._held.setdefault((one.kind, one.plain), f"i_{len(self._held) + 1:024x}")
        return drawn


class MemoryConsentHeads:
    """The cars with their consents, sharing the dict of the cars' twin."""

    def __init__(self, vehicles: MemoryVehicles | None = None, *, on_operation: OnOperation = at_once) -> None:
        self._vehicles = vehicles or MemoryVehicles()
        self._on_operation = on_operation

    def cars(self, vehicle_ids: Iterable[str]) -> dict[str, Vehicle]:
        """Return every asked car as last written; one without an item comes with version 0."""
        return self._vehicles.load(vehicle_ids)

    def keep(self, car: Vehicle) -> bool:
        """Write the car with its consents if the version before its own is held; return whether it is."""
        self._on_operation("consents.keep")
        with LOCK:
            held = self._vehicles.held.get(car.vehicle_id)
            if car.version - 1 != (held.version if held else 0):
                return False
            self._vehicles.held[car.vehicle_id] = car
        return True


class MemoryIdentities:
    """Evidence, groups and the log, sharing the dicts of profiles, gates and contacts."""

    def __init__(
        self,
        owners: MemoryOwners | None = None,
        gates: MemoryGates | None = None,
        contacts: MemoryContacts | None = None,
        *,
        on_operation: OnOperation = at_once,
    ) -> None:
        self._owners, self._gates = owners or MemoryOwners(), gates or MemoryGates()
        self._contacts = contacts or MemoryContacts()
        self.edges: dict[tuple[str, str], Edge] = {}
        self.lines: dict[str, list[LogLine]] = {}
        self._on_operation = on_operation

    def note(self, edges: Sequence[Edge]) -> list[Edge]:
        """Add the evidence to what is held; return all that its identifiers have now."""
        told: list[Edge] = []
        for edge in edges:
            self._on_operation("identities.note")
            with LOCK:
                held = self.edges.get(edge.key)
                about = {key: one for key, one in self.edges.items() if one.identifier_id == edge.identifier_id}
                if held is None and not has_room(edge, about.values()):
                    continue
                fresh = joined(held, edge)
                self.edges[edge.key] = fresh if fresh == held else replace(fresh, version=fresh.version + 1)
                about[edge.key] = self.edges[edge.key]
            told += sorted(about.values(), key=lambda one: one.key)
        return told

    def edges_of(self, person_ids: Iterable[str]) -> list[Edge]:
        """Return the evidence about each person, in order."""
        self._on_operation("identities.edges_of")
        with LOCK:
            held = sorted(self.edges.values(), key=lambda edge: (edge.kind, edge.identifier_id))
        return [edge for person_id in person_ids for edge in held if edge.person_id == person_id]

    def group_of(self, person_id: str) -> Group:
        """Return the group that the person belongs to, or raise VersionConflictError if it just changed."""
        self._on_operation("identities.profiles")
        with LOCK:
            head = self._owner(self._owner(person_id).head_id)
            owners = {person: self._owner(person) for person in (head.person_id, *head.members)}
        self._on_operation("identities.gates")
        with LOCK:
            gates = {person: self._gates.held.get(person) or Gate(person_id=person) for person in owners}
        return group_from(owners, gates, of=person_id)

    def log_of(self, person_id: str) -> list[LogLine]:
        """Return the lines of the person's log, oldest first."""
        self._on_operation("identities.log_of")
        with LOCK:
            return sorted(self.lines.get(person_id, ()), key=lambda line: (line.at, line.merge_id))

    def apply(self, change: IdentityChange) -> None:
        """Write it all, or raise VersionConflictError if an item moved and nothing was written."""
        self._on_operation("identities.apply")
        with LOCK:
            self._check(change)
            self._owners.held |= {owner.person_id: owner for owner in change.owners}
            self._gates.held |= {gate.person_id: gate for gate in change.gates}
            self._contacts.held |= {contact.contact_id: contact for contact in change.contacts}
            for person_id, line in change.lines:
                self.lines.setdefault(person_id, []).append(line)

    def _owner(self, person_id: str) -> Owner:
        return self._owners.held.get(person_id) or Owner(person_id=person_id)

    def _check(self, change: IdentityChange) -> None:
        asked = {
            **{owner.person_id: (owner.version, self._owners.held.get(owner.person_id)) for owner in change.owners},
            **{f"gate {g.person_id}": (g.version, self._gates.held.get(g.person_id)) for g in change.gates},
            **{c.contact_id: (c.version, self._contacts.held.get(c.contact_id)) for c in change.contacts},
        }
        for name, (version, held) in asked.items():
            if version - 1 != (held.version if held else 0):
                raise VersionConflictError(item=name)
        for person_id, line in change.lines:
            if any((one.at, one.merge_id) == (line.at, line.merge_id) for one in self.lines.get(person_id, ())):
                raise VersionConflictError(item=line.merge_id)
