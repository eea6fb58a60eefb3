"""The tables of one simulated stack: the in-memory twins, every operation of theirs a place where others go on.

An index lags: what is read by `open_of`, `reserved_group` and `due` may be some moments old, as in the real table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from infra.simulation.stage import Stage
from ownerloop.adapters.memory import (
    CountedSurrogates,
    MemoryCases,
    MemoryContacts,
    MemoryEnrolments,
    MemoryGates,
    MemoryOwners,
    MemoryPriorsBook,
    MemoryVault,
    MemoryVehicles,
    MemoryWecomTasks,
)
from ownerloop.adapters.memory_identity import MemoryConsentHeads, MemoryIdentifierVault, MemoryIdentities
from ownerloop.adapters.memory_leads import MemoryLeadEvidence, MemoryLeadTimes
from ownerloop.adapters.memory_owners import MemoryInteractions, MemoryTiers
from ownerloop.adapters.memory_points import MemoryPoints
from ownerloop.adapters.memory_presence import MemoryPresenceBook
from ownerloop.adapters.memory_streams import MemoryBus, MemoryHistory, MemoryQuarantine
from ownerloop.adapters.memory_workshop import MemoryWorkshop
from ownerloop.domain.contact import Contact
from ownerloop.domain.identity import IdentityChange, LogLine
from ownerloop.domain.vehicle import Reading, Vehicle
from ownerloop.domain.wecom_task import send_group
from ownerloop.usecases.dispatch_contacts import dispatch, sweep

Port = TypeVar("Port")
Seen = Callable[[Contact | None, Contact], None]


def answered(port: Port, stage: Stage) -> Port:
    """Return the port as its users see it: what it did may get lost on the way back."""
    return cast(Port, _Answered(port, stage))


class _Answered:
    """Everything that the port has, each method with its answer at risk; made when it is first asked for."""

    def __init__(self, port: object, stage: Stage) -> None:
        self._port, self._stage = port, stage

    def __getattr__(self, name: str) -> Any:
        held = getattr(self._port, name)
        given = _at_risk(held, self._stage) if callable(held) else held
        self.__dict__[name] = given
        return given


def _at_risk(method: Callable[..., Any], stage: Stage) -> Callable[..., Any]:
    def asked(*said: Any, **named: Any) -> Any:
        found = method(*said, **named)
        task = stage.current
        if task is not None and task.left_behind is not None:
            stage.after_operation()
        return found

    return asked


class Watched(dict[str, Contact]):
    """The contacts, telling each write to a stream in its order; older images stay for indexes that lag."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen

    def __setitem__(self, key: str, contact: Contact) -> None:
        before = self.get(key)
        super().__setitem__(key, contact)
        self._seen(before, contact)

    def __ior__(self, others: Mapping[str, Contact]) -> "Watched":  # type: ignore[override,misc]  # of one kind only
        for key, contact in others.items():
            self[key] = contact
        return self


class LaggingContacts(MemoryContacts):
    """Contacts whose indexes are behind; `lag` says whether a write is seen at once or waits for the next look."""

    def __init__(self, *, on_operation: Callable[[str], None], seen: Seen, lag: Callable[[], bool]) -> None:
        super().__init__(on_operation=on_operation)
        self._tell, self._lag = seen, lag
        self.held = Watched(self._note)
        self._behind: list[Contact] = []
        self._index: dict[str, Contact] = {}
        self._by_person: dict[str, dict[str, None]] = {}

    def open_of(self, person_id: str) -> list[Contact]:
        """Return the person's contacts that have not ended, as the index has them."""
        self._on_operation("contacts.open_of")
        self._catch_up()
        mine = (self._index[key] for key in self._by_person.get(person_id, ()))
        return sorted((one for one in mine if not one.has_ended), key=lambda contact: contact.order)

    def reserved_group(self, group_key: str) -> list[Contact]:
        """Return the contacts that the index knows as reserved in the group, each as its item is now."""
        self._on_operation("contacts.reserved_group")
        self._catch_up()
        keys = [key for key, one in self._index.items() if send_group(one) == group_key]
        return sorted((self.held[key] for key in keys), key=lambda contact: contact.order)

    def due(self, *, now: datetime) -> list[str]:
        """Return the ids of contacts that the index knows as due, oldest first."""
        self._on_operation("contacts.due")
        self._catch_up()
        due = [(c.next_look_at, k) for k, c in self._index.items() if c.next_look_at and c.next_look_at <= now]
        return [key for _, key in sorted(due)]

    def next_look(self) -> datetime | None:
        """Return the first instant at which a contact is to be looked at."""
        return min((one.next_look_at for one in self.held.values() if one.next_look_at), default=None)

    def _note(self, before: Contact | None, after: Contact) -> None:
        self._behind.append(after)
        if not self._lag():
            self._catch_up()
        self._tell(before, after)

    def _catch_up(self) -> None:
        keep = self._behind[-1:] if self._behind and self._lag() else []
        for contact in self._behind[: len(self._behind) - len(keep)]:
            self._index[contact.contact_id] = contact
            mine = self._by_person.setdefault(contact.person_id, {})
            mine.pop(contact.contact_id, None)
            if not contact.has_ended:
                mine[contact.contact_id] = None
        self._behind = keep


class Stamped(dict[str, Any]):
    """Items with the step of the stage at which each was written first."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.at: dict[str, int] = {}
        self._stage = stage

    def __setitem__(self, key: str, item: Any) -> None:
        self.at.setdefault(key, self._stage.steps)
        super().__setitem__(key, item)

    def __ior__(self, others: Mapping[str, Any]) -> "Stamped":  # type: ignore[override,misc]  # of one kind only
        for key, item in others.items():
            self[key] = item
        return self


class StampedIdentities(MemoryIdentities):
    """Identities that tell when each group changed."""

    def __init__(self, *tables: Any, stage: Stage) -> None:
        super().__init__(*tables, on_operation=stage.before_operation)
        self.changed: list[tuple[int, LogLine]] = []
        self._stage = stage

    def apply(self, change: IdentityChange) -> None:
        """Write it all, or nothing, and keep the step."""
        super().apply(change)
        self.changed += [(self._stage.steps, line) for _, line in change.lines[:1]]


class WatchedCars(dict[str, Vehicle]):
    """The cars, keeping what each knew at the moment in which its maintenance consent was taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.known_then: dict[str, tuple[Reading, ...]] = {}

    def __setitem__(self, key: str, car: Vehicle) -> None:
        if key not in self.known_then and any(one.purpose == "maintenance" for one in car.consent.withdrawals):
            self.known_then[key] = tuple(car.evidence)
        super().__setitem__(key, car)

    def __ior__(self, others: Mapping[str, Vehicle]) -> "WatchedCars":  # type: ignore[override,misc]  # of one kind
        for key, car in others.items():
            self[key] = car
        return self


@dataclass(frozen=True, slots=True)
class Parts:
    """Which twins a stack is made of; a test puts a naive one in the place of one."""

    vehicles: type[MemoryVehicles] = MemoryVehicles
    cars_as_read: Callable[[MemoryVehicles], MemoryVehicles] = lambda held: held  # by intake and sending
    gates: type[MemoryGates] = MemoryGates
    points: type[MemoryPoints] = MemoryPoints
    interactions: type[MemoryInteractions] = MemoryInteractions
    dispatch: Callable[..., object] = dispatch
    sweep: Callable[..., object] = sweep


@dataclass
class Tables:
    """Everything stored. The attributes are the twins themselves; users get them through `answered`."""

    stage: Stage
    parts: Parts
    seen: Seen
    lag: Callable[[], bool]
    surrogates: CountedSurrogates = field(default_factory=CountedSurrogates)

    def __post_init__(self) -> None:
        hook = self.stage.before_operation
        self.owners = MemoryOwners(on_operation=hook)
        self.vehicles = self.parts.vehicles(on_operation=hook)
        self.vault = MemoryVault(self.surrogates, on_operation=hook)
        self.cases = MemoryCases(on_operation=hook)
        self.enrolments = MemoryEnrolments(self.owners, self.vehicles, cases=self.cases, on_operation=hook)
        self.inbox = self.enrolments.inbox = Stamped(self.stage)
        self.cars = self.vehicles.held = WatchedCars()
        self.contacts = LaggingContacts(on_operation=hook, seen=self.seen, lag=self.lag)
        self.gates = self.parts.gates(on_operation=hook)
        self.tasks = MemoryWecomTasks(on_operation=hook)
        self.points = self.parts.points(on_operation=hook)
        self.tiers = MemoryTiers(self.owners, on_operation=hook)
        self.workshop = MemoryWorkshop(on_operation=hook)
        self.evidence = MemoryLeadEvidence(on_operation=hook)
        self.leads = MemoryLeadTimes(on_operation=hook)
        self.priors = MemoryPriorsBook(on_operation=hook)
        self.presence = MemoryPresenceBook(on_operation=hook)
        self.history, self.quarantine = MemoryHistory(on_operation=hook), MemoryQuarantine(on_operation=hook)
        self.bus = MemoryBus(on_operation=hook)
        self.interactions = self.parts.interactions(
            self.owners,
            self.vehicles,
            self.tiers,
            self.enrolments,
            workshop=self.workshop,
            contacts=self.contacts,
            points=self.points,
            on_operation=hook,
        )
        self.identities = StampedIdentities(self.owners, self.gates, self.contacts, stage=self.stage)
        self.consents = MemoryConsentHeads(self.vehicles, on_operation=hook)
        self.identifiers = MemoryIdentifierVault(self.vault, on_operation=hook)

    def person_of(self, owner_key: str) -> str:
        """Return the person who was enrolled under the key; it is only asked from outside."""
        alias_id = self.vault._held["owner", owner_key]  # noqa: SLF001  # looked at, as an operator would
        return self.enrolments.aliases[alias_id]

    def car_of(self, vin: str) -> str:
        """Return the surrogate of the car; it is only asked from outside."""
        return self.vault._held["vin", vin]  # noqa: SLF001  # looked at, as an operator would
