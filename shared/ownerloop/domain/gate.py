"""The gate: one item per person decides whether one more message may start today."""

from dataclasses import dataclass
from datetime import date, datetime

from ownerloop.domain.contact import ContactClass


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One slot taken: which contact, for which civil day of the owner, since when, and what kind."""

    day: date
    contact_id: str
    taken_at: datetime
    contact_class: ContactClass
    channel: str
    due_cycle: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """Every slot that some limit can still see. `version` is 0 for a person who never had one."""

    person_id: str
    version: int = 0
    entries: tuple[Entry, ...] = ()
    merged_into: str | None = None
