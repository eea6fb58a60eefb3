"""One message that we may start: its states, its ends and everything that cannot be added later."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ownerloop.domain.changing import changed_copy
from ownerloop.domain.errors import IllegalTransitionError


class ContactClass(StrEnum):
    """What kind of message it is; the caps differ by class."""

    SAFETY = "safety"
    SERVICE = "service"
    JOINED = "joined"
    COMMERCIAL = "commercial"


class ContactState(StrEnum):
    """Where a contact stands."""

    REQUESTED = "requested"
    HELD = "held"
    RESERVED = "reserved"
    SENDING = "sending"
    TASK_CREATED = "task_created"
    STAFF_CONFIRMED = "staff_confirmed"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"


_S = ContactState
ENDS = frozenset({_S.ACCEPTED, _S.DELIVERED, _S.FAILED, _S.EXPIRED, _S.SUPPRESSED, _S.UNKNOWN})
BEFORE_SENDING = frozenset({_S.REQUESTED, _S.HELD, _S.RESERVED})
_STOPPED = {_S.SUPPRESSED, _S.EXPIRED}
_MOVES: dict[ContactState, set[ContactState]] = {
    _S.REQUESTED: {_S.HELD, _S.RESERVED, *_STOPPED},
    _S.HELD: {_S.HELD, _S.RESERVED, *_STOPPED},
    _S.RESERVED: {_S.REQUESTED, _S.HELD, _S.SENDING, *_STOPPED},
    _S.SENDING: {_S.TASK_CREATED, _S.ACCEPTED, _S.DELIVERED, _S.FAILED, _S.UNKNOWN, _S.REQUESTED},
    _S.TASK_CREATED: {_S.REQUESTED, _S.STAFF_CONFIRMED, _S.ACCEPTED, _S.FAILED, _S.EXPIRED, _S.UNKNOWN},
    _S.STAFF_CONFIRMED: {_S.ACCEPTED, _S.DELIVERED, _S.FAILED, _S.EXPIRED, _S.UNKNOWN},
    _S.ACCEPTED: {_S.DELIVERED, _S.FAILED, _S.UNKNOWN},
    _S.UNKNOWN: {_S.TASK_CREATED, _S.STAFF_CONFIRMED, _S.ACCEPTED, _S.DELIVERED, _S.FAILED, _S.EXPIRED},
    _S.DELIVERED: set(),
    _S.FAILED: set(),
    _S.EXPIRED: set(),
    _S.SUPPRESSED: set(),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a contact's trail."""

    state: ContactState
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LeadChoice:
    """Why the day of a first message was chosen: its lead to the median, the due days thought of, value and price."""

    lead_days: int
    due_p10: date
    due_p50: date
    due_p90: date
    value_fen: int = 0  # 0 where no price spoke: drawn, or by the fallback rule
    price_fen: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact. Times are instants, `reserved_day` is the owner's civil day that the slot is for."""

    contact_id: str
    person_id: str
    vehicle_id: str
    store_id: str
    staff_userid: str | None
    contact_class: ContactClass
    topic: str
    item: str
    due_cycle: str
    stage: int
    priority: int
    requested_at: datetime
    valid_until: datetime
    policy_version: str
    trigger: str
    text: str
    state: ContactState = ContactState.REQUESTED
    reason: str = "requested"
    version: int = 1
    trail: tuple[Step, ...] = ()
    campaign: str | None = None
    experiment_arm: str | None = None
    holdout: bool = False
    lead: LeadChoice | None = None  # of a first reminder only, as its arm
    bundled: tuple[str, ...] = ()  # the visit's other items
    channel: str | None = None
    release_at: datetime | None = None
    reserved_day: date | None = None
    reserved_at: datetime | None = None
    attempt_id: str | None = None
    task_id: str | None = None
    provider_message_id: str | None = None
    next_look_at: datetime | None = None  # when the sweep must look again; None once it ended for good
    correlation_id: str | None = None  # the event or job that it began with: one thread through every log

    @property
    def has_ended(self) -> bool:
        """Return whether the contact is in an end (accepted and unknown may still move on)."""
        return self.state in ENDS

    @property
    def order(self) -> tuple[int, datetime, str]:
        """Return the place in the queue for the owner's few slots; lower goes first."""
        return (self.priority, self.valid_until, self.contact_id)

    def moved(self, state: ContactState, *, reason: str, at: datetime, **changes: Any) -> "Contact":
        """Return the contact in its next state, one version and one trail entry on; refuse a move that is not drawn."""
        if state not in _MOVES[self.state]:
            raise IllegalTransitionError(contact_id=self.contact_id, held=self.state, asked=state)
        step = Step(state=state, reason=reason, at=at)
        trail = (*self.trail, step)
        return changed_copy(self, state=state, reason=reason, version=self.version + 1, trail=trail, **changes)
