"""Messages of the InteractionQueue as arrivals, and what is malformed in them as refusals."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from ownerloop.adapters.enrolment_feed import refusal_of_event, refusal_of_message, sent_at_of
from ownerloop.adapters.envelope import unpack
from ownerloop.contracts.identity import identity_of
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import WECOM_SUBJECT
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.interactions import InteractionArrival
from ownerloop.ports import Refusal


@dataclass(slots=True)
class InteractionFeed:
    """What a message held, in its order; `bodies` are the well-formed events by their key."""

    received_at: datetime
    arrivals: list[InteractionArrival] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)


def read_message(body: str, *, sent_ms: str | None) -> InteractionFeed:
    """Return the arrivals and refusals of one message body; SQS's SentTimestamp stands for a missing `receivedat`."""
    message = unpack(body)
    feed = InteractionFeed(received_at=message.received_at or sent_at_of(sent_ms or "0"))
    if message.rule:
        feed.refusals.append(refusal_of_message(body, rule=message.rule, received_at=feed.received_at))
    for raw in message.events:
        try:
            arrival = _arrival(raw, received_at=feed.received_at)
        except MalformedEventError as error:
            feed.refusals.append(refusal_of_event(raw, error, received_at=feed.received_at))
            continue
        feed.arrivals.append(arrival)
        feed.bodies[arrival.event_key] = raw
    return feed


def _arrival(raw: bytes, *, received_at: datetime) -> InteractionArrival:
    message = parse_interaction(raw)
    is_address = message.subject.startswith(WECOM_SUBJECT)
    return InteractionArrival(
        event_key=identity_of(raw).event_key,
        event_type=message.type,
        subject=message.subject.removeprefix(WECOM_SUBJECT) if is_address else message.subject,
        is_wecom_address=is_address,
        occurred_at=message.time,
        received_at=message.receivedat or received_at,
        payload_hash=hashlib.sha256(raw).hexdigest(),
        interaction=message.to_domain(),
    )
