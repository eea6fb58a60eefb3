"""Plausible wrong ways to keep what the laws protect. Kept to show that the checks of the simulation can fail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from infra.simulation.laws import DRIFTED, LOST, OVER_CAP, WITHDRAWN
from infra.simulation.tables import LaggingContacts, Parts
from ownerloop.adapters.memory import MemoryGates, MemoryVehicles
from ownerloop.adapters.memory_owners import MemoryInteractions
from ownerloop.adapters.memory_points import MemoryPoints
from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.contact import Contact
from ownerloop.domain.gate import Gate
from ownerloop.domain.interaction_change import InteractionChange
from ownerloop.domain.points_change import PointsChange
from ownerloop.domain.vehicle import Vehicle


class CountedGates(MemoryGates):
    """A gate that is read, counted and written back, whoever wrote it meanwhile."""

    def save(self, gate: Gate) -> None:
        """Write the gate."""
        self._on_operation("gates.save")
        self.held[gate.person_id] = gate


class OneByOne(LaggingContacts):
    """Contacts that are decided each by itself, as the message that names it comes."""

    def open_of(self, person_id: str) -> list[Contact]:  # noqa: ARG002  # nobody asks what else is open
        """Return nothing."""
        return []


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
    """Cars whose consents were looked up once, when there was something to plan."""

    def __init__(self, cars: Iterable[Vehicle] = (), **hooks: object) -> None:
        super().__init__(cars, **hooks)  # type: ignore[arg-type]  # as the twin takes them
        self._remembered: dict[str, ConsentHead] = {}

    def load(self, vehicle_ids: Iterable[str]) -> dict[str, Vehicle]:
        """Return the cars, each with the consents as they were first seen with an owner and a grant."""
        found = super().load(vehicle_ids)
        for key, car in found.items():
            if len(car.consent.grants) > 1:
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
    Twin("gate: read, count, send", Parts(gates=CountedGates, contacts=OneByOne), frozenset({OVER_CAP})),
    Twin("inbox: lock, then effect", Parts(interactions=LockThenEffect), frozenset({LOST, DRIFTED})),
    Twin("vehicle: last write wins", Parts(vehicles=LastWriteWins), frozenset({DRIFTED})),
    Twin("consent: looked up once", Parts(vehicles=RememberedConsents), frozenset({WITHDRAWN})),
    Twin("points: a balance number", Parts(points=BalanceNumber), frozenset({DRIFTED})),
)
