"""Messages of the EnrolmentQueue as arrivals, and what is malformed in them as refusals."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ownerloop.adapters.envelope import unpack
from ownerloop.contracts.identity import identity_of
from ownerloop.contracts.parsing import parse_enrolment
from ownerloop.domain.arrival import Arrival
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import body_key
from ownerloop.ports import Refusal

IMPORT_SOURCE = "urn:ownerloop:import"
BATCH_EVENTS_MAX = 250  # of one invocation: ten rounds of at most ten calls each, far under half of its timeout


@dataclass(frozen=True, slots=True)
class Surplus:
    """Events of a message that are too many for this invocation."""

    events: tuple[bytes, ...]
    received_at: datetime


@dataclass(slots=True)
class Feed:
    """What a batch held, in its order, and which message each event came in."""

    arrivals: list[Arrival] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    surplus: list[Surplus] = field(default_factory=list)
    message_of: dict[str, str] = field(default_factory=dict)
    raw_of: dict[str, bytes] = field(default_factory=dict)

    def to_come_again(self, faulted: Sequence[str]) -> tuple[list[str], list[bytes]]:
        """Return the messages that faulted whole, and the events of the others that must be queued by themselves."""
        held = Counter(self.message_of.values())
        lost = Counter(self.message_of[key] for key in faulted)
        whole = {message for message, count in lost.items() if count == held[message]}
        return sorted(whole), [self.raw_of[key] for key in faulted if self.message_of[key] not in whole]


def read_batch(records: Sequence[Mapping[str, Any]]) -> Feed:
    """Return what the SQS records hold; events beyond what one invocation can enrol are surplus."""
    feed = Feed()
    for record in records:
        _read(record, feed)
    return feed


def _read(record: Mapping[str, Any], feed: Feed) -> None:
    body, message = record["body"], unpack(record["body"])
    received_at = message.received_at or sent_at_of(record["attributes"]["SentTimestamp"])
    if message.rule:
        feed.refusals.append(refusal_of_message(body, rule=message.rule, received_at=received_at))
    room = max(0, BATCH_EVENTS_MAX - len(feed.arrivals))
    for at in range(room, len(message.events), BATCH_EVENTS_MAX):
        events = tuple(message.events[at : at + BATCH_EVENTS_MAX])
        feed.surplus.append(Surplus(events=events, received_at=received_at))
    for raw in message.events[:room]:
        try:
            arrival = _arrival(raw, received_at=received_at)
        except MalformedEventError as error:
            feed.refusals.append(refusal_of_event(raw, error, received_at=received_at))
            continue
        feed.arrivals.append(arrival)
        feed.message_of[arrival.event_key] = record["messageId"]
        feed.raw_of[arrival.event_key] = raw


def sent_at_of(milliseconds: str) -> datetime:
    """Return the instant of SQS's SentTimestamp."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def _arrival(raw: bytes, *, received_at: datetime) -> Arrival:
    message = parse_enrolment(raw)
    identity = identity_of(raw)
    return Arrival(
        event_key=identity.event_key,
        event_type=message.type,
        occurred_at=message.time,
        received_at=message.receivedat or received_at,
        payload_hash=hashlib.sha256(raw).hexdigest(),
        event=message.to_domain(),
        is_import=message.source.startswith(IMPORT_SOURCE),
    )


def refusal_of_event(raw: bytes, error: MalformedEventError, *, received_at: datetime) -> Refusal:
    """Return the refusal of one broken event."""
    identity = identity_of(raw)
    return Refusal(
        event_key=identity.event_key,
        event_type=identity.event_type,
        reason=error.reason,
        field=error.field,
        rule=error.rule,
        payload_hash=hashlib.sha256(raw).hexdigest(),
        received_at=identity.received_at or received_at,
    )


def refusal_of_message(body: str, *, rule: str, received_at: datetime) -> Refusal:
    """Return the refusal of a message that is broken as a whole."""
    raw = body.encode(errors="surrogatepass")
    return Refusal(
        event_key=body_key(raw),
        event_type="",
        reason="malformed",
        field="body",
        rule=rule,
        payload_hash=hashlib.sha256(raw).hexdigest(),
        received_at=received_at,
    )
