"""Messages of the InteractionQueue as arrivals, and what is malformed in them as refusals."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ownerloop.adapters.enrolment_feed import refusal_of_event, refusal_of_message, sent_at_of
from ownerloop.adapters.envelope import unpack
from ownerloop.contracts.identity import identity_of
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import CASE_SUBJECT, PERSON_SUBJECT, WECOM_SUBJECT
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.interactions import InteractionArrival
from ownerloop.ports import Refusal

BATCH_EVENTS_MAX = 250  # of one invocation: at up to 60 ms each they end in half of its timeout


@dataclass(frozen=True, slots=True)
class Again:
    """Events of a message that go back to the queue as messages of their own."""

    events: tuple[bytes, ...]
    received_at: datetime


@dataclass(slots=True)
class InteractionFeed:
    """What a batch held, in its order; `surplus` is beyond what one invocation can take."""

    arrivals: list[InteractionArrival] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    surplus: list[Again] = field(default_factory=list)
    _of_message: dict[str, dict[str, bytes]] = field(default_factory=dict)
    _received_at: dict[str, datetime] = field(default_factory=dict)

    def left_over(self, faulted: Sequence[str]) -> tuple[list[str], list[Again]]:
        """Return the messages of which every event faulted, and the faulted events of the others."""
        keys = set(faulted)
        whole: list[str] = []
        parts: list[Again] = []
        for message_id, bodies in self._of_message.items():
            left = tuple(body for key, body in bodies.items() if key in keys)
            if left and len(left) == len(bodies):
                whole.append(message_id)
            elif left:
                parts.append(Again(left, self._received_at[message_id]))
        return whole, parts

    def take(self, raw: bytes, *, message_id: str, received_at: datetime) -> None:
        """Add an event of a message, as an arrival or as a refusal."""
        self._received_at[message_id] = received_at
        try:
            arrival = _arrival(raw, received_at=received_at)
        except MalformedEventError as error:
            self.refusals.append(refusal_of_event(raw, error, received_at=received_at))
            return
        self.arrivals.append(arrival)
        self._of_message.setdefault(message_id, {})[arrival.event_key] = raw


def read_batch(records: Sequence[Mapping[str, Any]]) -> InteractionFeed:
    """Return what the SQS records hold; SQS's SentTimestamp stands for a missing `receivedat`."""
    feed = InteractionFeed()
    for record in records:
        message = unpack(record["body"])
        received_at = message.received_at or sent_at_of(record["attributes"]["SentTimestamp"])
        if message.rule:
            feed.refusals.append(refusal_of_message(record["body"], rule=message.rule, received_at=received_at))
        room = max(0, BATCH_EVENTS_MAX - len(feed.arrivals))
        for raw in message.events[:room]:
            feed.take(raw, message_id=record["messageId"], received_at=received_at)
        for at in range(room, len(message.events), BATCH_EVENTS_MAX):
            feed.surplus.append(Again(tuple(message.events[at : at + BATCH_EVENTS_MAX]), received_at))
    return feed


def _arrival(raw: bytes, *, received_at: datetime) -> InteractionArrival:
    message = parse_interaction(raw)
    named = (WECOM_SUBJECT, CASE_SUBJECT, PERSON_SUBJECT)
    is_address, is_case, is_person = (message.subject.startswith(each) for each in named)
    return InteractionArrival(
        event_key=identity_of(raw).event_key,
        event_type=message.type,
        subject=message.subject.partition(":")[2] if message.subject.startswith(named) else message.subject,
        is_wecom_address=is_address,
        is_case=is_case,
        is_person=is_person,
        occurred_at=message.time,
        received_at=message.receivedat or received_at,
        payload_hash=hashlib.sha256(raw).hexdigest(),
        interaction=message.to_domain(),
        source=message.source,
    )
