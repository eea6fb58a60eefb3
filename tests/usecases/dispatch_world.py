"""The dispatcher with one owner or more, in memory, and a process that dies between two of its writes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from ownerloop.adapters.memory import MemoryContacts, MemoryGates, MemoryOwners, MemoryVehicles
from ownerloop.adapters.memory_contacts import MemorySenders
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.dispatch_contacts import Dispatch, DispatchReport, dispatch
from tests.contact_builders import (
    ANN,
    NOW,
    a_car,
    a_head,
    a_policy,
    a_store,
    an_owner,
)


class CrashError(BaseException):
    """The process died here: nothing catches it."""


class Crash:
    """Dies at the n-th write of a kind, once."""

    def __init__(self, operation: str, *, at: int) -> None:
        self._operation, self._left = operation, at

    def __call__(self, operation: str) -> None:
        if operation == self._operation:
            self._left -= 1
            if self._left == 0:
                raise CrashError


class World:
    """Everything in memory, with the desk that dispatches over it."""

    def __init__(
        self, contacts: Iterable[Contact], *, owners: Iterable[Owner] = (), cars: Iterable[Vehicle] | None = None
    ) -> None:
        held = list(contacts)
        self.on_operation: Callable[[str], None] = lambda _: None
        hook = self._hook
        self.contacts = MemoryContacts(held, on_operation=hook)
        self.gates = MemoryGates(on_operation=hook)
        self.owners = MemoryOwners(owners or [an_owner()])
        self.vehicles = MemoryVehicles(
            cars
            if cars is not None
            else [
                replace(a_car(), vehicle_id=contact.vehicle_id, consent=a_head(contact.person_id)) for contact in held
            ]
        )
        self.senders = MemorySenders(on_operation=hook)
        self.desk = Dispatch(
            contacts=self.contacts,
            gates=self.gates,
            owners=self.owners,
            vehicles=self.vehicles,
            senders=self.senders,
            policy=a_policy(),
            stores={"sh-pudong": a_store()},
        )

    def _hook(self, operation: str) -> None:
        self.on_operation(operation)

    def dispatch(self, *persons: str, now: datetime = NOW) -> DispatchReport:
        return dispatch(persons or [ANN], desk=self.desk, now=now)

    def in_state(self, state: ContactState) -> list[str]:
        return sorted(c.contact_id for c in self.contacts.held.values() if c.state is state)

    def slots(self, person_id: str = ANN) -> list[str]:
        return sorted(entry.contact_id for entry in self.gates.load(person_id).entries)
