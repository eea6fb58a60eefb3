"""A WeCom group-send task: one text of one staff member for the contacts of one day."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ownerloop.domain.changing import changed_copy
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.ids import digest


class TaskState(StrEnum):
    """Where a task stands. `creating` is written before the provider is asked, so that a crash can be told."""

    CREATING = "creating"
    CREATED = "created"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class WecomTask:
    """One task. `link_url` is unique to it, so that the provider's list tells whether a lost answer was a yes."""

    task_id: str
    version: int
    staff_userid: str
    text: str
    link_url: str
    reserved_day: date
    contact_ids: tuple[str, ...]
    state: TaskState
    created_at: datetime
    send_before: datetime
    msgid: str | None = None
    misses: int = 0  # how often a task without an answer was looked for and not found
    next_look_at: datetime | None = None  # when it must be polled again; None once it is settled

    def moved(self, state: TaskState, **changes: Any) -> "WecomTask":  # changed_copy checks the names
        """Return the task in its next state, one version on."""
        return changed_copy(self, state=state, version=self.version + 1, **changes)


def send_group(contact: Contact) -> str | None:
    """Return what contacts of one task have in common (staff, text, day), or None unless the contact is reserved."""
    if contact.state is not ContactState.RESERVED or contact.staff_userid is None or contact.reserved_day is None:
        return None
    return digest(contact.staff_userid, contact.text, contact.reserved_day.isoformat())[:32]
