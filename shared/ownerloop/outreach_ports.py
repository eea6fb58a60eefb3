"""What contacting owners needs from the world: contacts, gates, the provider and its functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ownerloop.domain.breaker import Breaker
from ownerloop.domain.contact import Contact
from ownerloop.domain.gate import Gate
from ownerloop.domain.wecom import Answer, Order, SendStatus
from ownerloop.domain.wecom_task import WecomTask
from ownerloop.ports import Owners, Vehicles


class Addresses(Protocol):
    """The vault for those who only send."""

    def addresses(self, person_ids: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the address of each person who has one on the channel."""
        ...


class Contacts(Protocol):
    """The contacts, one item each."""

    def request(self, contacts: Sequence[Contact]) -> list[str]:
        """Put each contact that does not exist yet; return the ids that are new."""
        ...

    def load(self, contact_ids: Iterable[str]) -> dict[str, Contact]:
        """Return each contact that exists, as last written."""
        ...

    def open_of(self, person_id: str) -> list[Contact]:
        """Return the person's contacts that have not ended, in their order."""
        ...

    def reserved_group(self, group_key: str) -> list[Contact]:
        """Return the reserved contacts of one send group (`domain.wecom_task.send_group`), in their order."""
        ...

    def save(self, contact: Contact) -> None:
        """Write the contact if the stored version is its `version` - 1, else raise VersionConflictError."""
        ...

    def due(self, *, now: datetime) -> list[str]:
        """Return the ids of contacts the sweep must look at by now, oldest first."""
        ...


class Gates(Protocol):
    """One gate item per person."""

    def load(self, person_id: str) -> Gate:
        """Return the gate as last written; version 0 where there is none."""
        ...

    def save(self, gate: Gate) -> None:
        """Write the gate if the stored version is its `version` - 1, else raise VersionConflictError."""
        ...


class WecomTasks(Protocol):
    """The WeCom tasks, one item each."""

    def create(self, task: WecomTask) -> bool:
        """Put the task if there is none of its id; return whether it is new."""
        ...

    def load(self, task_id: str) -> WecomTask | None:
        """Return the task as last written, or None."""
        ...

    def save(self, task: WecomTask) -> None:
        """Write the task if the stored version is its `version` - 1, else raise VersionConflictError."""
        ...

    def due(self, *, now: datetime) -> list[str]:
        """Return the ids of tasks to look at by now, oldest first."""
        ...


class Wecom(Protocol):
    """The provider of group messages; a question without a usable answer raises ProviderUnavailableError."""

    def link_url(self, task_id: str) -> str:
        """Return the address in a task's link, by which the task is known again."""
        ...

    def create_task(self, order: Order, *, now: datetime) -> Answer:
        """Ask for a task and return what is known of it then; never asks twice for what may have been done."""
        ...

    def find_task(self, link_url: str, *, since: datetime, until: datetime, now: datetime) -> str | None:
        """Return the msgid of the task with this link made in the span, or None if the provider has none."""
        ...

    def results(self, msgid: str, *, sender: str, now: datetime) -> dict[str, SendStatus]:
        """Return what became of the task for each address."""
        ...

    def was_confirmed(self, msgid: str, *, sender: str, now: datetime) -> bool:
        """Return whether the staff member sent the task."""
        ...

    def cancel(self, msgid: str, *, now: datetime) -> bool:
        """Stop a task and return whether the provider said that it is stopped."""
        ...


class Breakers(Protocol):
    """The circuit breakers of the channels; a courtesy that may forget."""

    def of(self, channel: str) -> Breaker:
        """Return the channel's breaker; a closed one at first."""
        ...

    def keep(self, channel: str, breaker: Breaker) -> None:
        """Remember the breaker."""
        ...


class TokenCache(Protocol):
    """A provider's token, shared by all invocations."""

    def get(self) -> tuple[str, datetime] | None:
        """Return the token and the instant it expires, or None."""
        ...

    def put(self, token: str, expires_at: datetime) -> None:
        """Share the token until it expires."""
        ...


class Senders(Protocol):
    """The outbound notification functions."""

    def start(self, *, channel: str, contact_id: str) -> None:
        """Invoke the channel's function asynchronously with the contact id and nothing else."""
        ...


@dataclass(frozen=True, slots=True)
class WecomPorts:
    """The world as sending over WeCom and settling need it."""

    contacts: Contacts
    gates: Gates
    tasks: WecomTasks
    owners: Owners
    vehicles: Vehicles
    vault: Addresses
    wecom: Wecom
