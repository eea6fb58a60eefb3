"""An enrolment event on its way from the queue to what it changes."""

from dataclasses import dataclass
from datetime import datetime

from ownerloop.domain.enrolment import EnrolmentEvent


@dataclass(frozen=True, slots=True)
class Arrival:
    """One well-formed enrolment event as it came off the queue. `payload_hash` is over the event's own bytes."""

    event_key: str
    event_type: str
    occurred_at: datetime
    received_at: datetime
    payload_hash: str
    event: EnrolmentEvent
    is_import: bool = False
