"""The twins in memory of what reaches owners: contacts, gates, WeCom tasks and the provider's token."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.contact import Contact
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Gate
from ownerloop.domain.wecom_task import WecomTask, send_group


class MemoryContacts:
    """The contacts in a dict; `held` is what a test looks at."""

    def __init__(self, contacts: Iterable[Contact] = (), *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, Contact] = {contact.contact_id: contact for contact in contacts}
        self._on_operation = on_operation

    def request(self, contacts: Sequence[Contact]) -> list[str]:
        """Put each contact that does not exist yet; return the ids that are new."""
        new: list[str] = []
        for contact in contacts:
            self._on_operation("contacts.request")
            with LOCK:
                if contact.contact_id not in self.held:
                    self.held[contact.contact_id] = contact
                    new.append(contact.contact_id)
        return new

    def load(self, contact_ids: Iterable[str]) -> dict[str, Contact]:
        """Return each contact that exists, as last written."""
        self._on_operation("contacts.load")
        with LOCK:
            return {key: self.held[key] for key in contact_ids if key in self.held}

    def open_of(self, person_id: str) -> list[Contact]:
        """Return the person's contacts that have not ended, in their order."""
        self._on_operation("contacts.open_of")
        with LOCK:
            held = [c for c in self.held.values() if c.person_id == person_id and not c.has_ended]
        return sorted(held, key=lambda contact: contact.order)

    def reserved_group(self, group_key: str) -> list[Contact]:
        """Return the reserved contacts of one send group, in their order."""
        self._on_operation("contacts.reserved_group")
        with LOCK:
            held = [c for c in self.held.values() if send_group(c) == group_key]
        return sorted(held, key=lambda contact: contact.order)

    def save(self, contact: Contact) -> None:
        """Write the contact if the stored version is its `version` - 1, else raise VersionConflictError."""
        self._on_operation("contacts.save")
        with LOCK:
            held = self.held.get(contact.contact_id)
            if (held.version if held else 0) != contact.version - 1:
                raise VersionConflictError(item=contact.contact_id)
            self.held[contact.contact_id] = contact

    def due(self, *, now: datetime) -> list[str]:
        """Return the ids of contacts the sweep must look at by now, oldest first."""
        self._on_operation("contacts.due")
        with LOCK:
            due = [(c.next_look_at, k) for k, c in self.held.items() if c.next_look_at and c.next_look_at <= now]
        return [key for _, key in sorted(due)]


class MemoryGates:
    """The gates in a dict."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, Gate] = {}
        self._on_operation = on_operation

    def load(self, person_id: str) -> Gate:
        """Return the gate as last written; version 0 where there is none."""
        self._on_operation("gates.load")
        with LOCK:
            return self.held.get(person_id) or Gate(person_id=person_id)

    def save(self, gate: Gate) -> None:
        """Write the gate if the stored version is its `version` - 1, else raise VersionConflictError."""
        self._on_operation("gates.save")
        with LOCK:
            held = self.held.get(gate.person_id)
            if (held.version if held else 0) != gate.version - 1:
                raise VersionConflictError(item=gate.person_id)
            self.held[gate.person_id] = gate


class MemoryWecomTasks:
    """The WeCom tasks in a dict; `held` is what a test looks at."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, WecomTask] = {}
        self._on_operation = on_operation

    def create(self, task: WecomTask) -> bool:
        """Put the task if there is none of its id; return whether it is new."""
        self._on_operation("tasks.create")
        with LOCK:
            return self.held.setdefault(task.task_id, task) is task

    def load(self, task_id: str) -> WecomTask | None:
        """Return the task as last written, or None."""
        self._on_operation("tasks.load")
        with LOCK:
            return self.held.get(task_id)

    def save(self, task: WecomTask) -> None:
        """Write the task if the stored version is its `version` - 1, else raise VersionConflictError."""
        self._on_operation("tasks.save")
        with LOCK:
            held = self.held.get(task.task_id)
            if held is None or held.version != task.version - 1:
                raise VersionConflictError(item=task.task_id)
            self.held[task.task_id] = task

    def due(self, *, now: datetime) -> list[str]:
        """Return the ids of tasks to look at by now, oldest first."""
        self._on_operation("tasks.due")
        with LOCK:
            due = [(t.next_look_at, k) for k, t in self.held.items() if t.next_look_at and t.next_look_at <= now]
        return [key for _, key in sorted(due)]


class MemoryTokenCache:
    """One token."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self._held: tuple[str, datetime] | None = None
        self._on_operation = on_operation

    def get(self) -> tuple[str, datetime] | None:
        """Return the token and the instant it expires, or None."""
        self._on_operation("token.get")
        with LOCK:
            return self._held

    def put(self, token: str, expires_at: datetime) -> None:
        """Share the token until it expires."""
        self._on_operation("token.put")
        with LOCK:
            self._held = (token, expires_at)
