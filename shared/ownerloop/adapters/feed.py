"""How a batch of a queue's messages becomes arrivals and refusals, and what of it must come again."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from ownerloop.adapters.envelope import unpack
from ownerloop.contracts.identity import identity_of
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import body_key
from ownerloop.ports import Refusal

# Of one invocation. Enrolments: ten rounds of at most ten calls each; interactions: up to 60 ms each. Either ends in
# half of its timeout.
BATCH_EVENTS_MAX = 250


class _Known(Protocol):
    @property
    def event_key(self) -> str: ...


ArrivalT = TypeVar("ArrivalT", bound=_Known)


@dataclass(frozen=True, slots=True)
class Again:
    """Events of a message that go back to the queue as messages of their own."""

    events: tuple[bytes, ...]
    received_at: datetime


@dataclass(slots=True)
class Feed(Generic[ArrivalT]):
    """What a batch held, in its order; `surplus` is beyond what one invocation can take."""

    arrivals: list[ArrivalT] = field(default_factory=list)
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

    def put_off(self, keys: Sequence[str]) -> list[Again]:
        """Return these events by their messages: put off by us, not failed, so they are not delivered once more."""
        off = set(keys)
        left = (
            (message, [b for key, b in bodies.items() if key in off]) for message, bodies in self._of_message.items()
        )
        return [Again(tuple(bodies), self._received_at[message]) for message, bodies in left if bodies]

    def take(self, arrival: ArrivalT, raw: bytes, *, message_id: str, received_at: datetime) -> None:
        """Add an event of a message."""
        self.arrivals.append(arrival)
        self._received_at[message_id] = received_at
        self._of_message.setdefault(message_id, {})[arrival.event_key] = raw


def read_batch(
    records: Sequence[Mapping[str, Any]], arrival_of: Callable[[bytes, datetime], ArrivalT]
) -> Feed[ArrivalT]:
    """Return what the SQS records hold; SQS's SentTimestamp stands for a missing `receivedat`.

    `arrival_of` reads an event that was received at an instant, or refuses it (MalformedEventError).
    """
    feed: Feed[ArrivalT] = Feed()
    for record in records:
        message = unpack(record["body"])
        received_at = message.received_at or _sent_at(record["attributes"]["SentTimestamp"])
        if message.rule:
            feed.refusals.append(_refusal_of_message(record["body"], rule=message.rule, received_at=received_at))
        room = max(0, BATCH_EVENTS_MAX - len(feed.arrivals))
        for raw in message.events[:room]:
            try:
                arrival = arrival_of(raw, received_at)
            except MalformedEventError as error:
                feed.refusals.append(_refusal_of_event(raw, error, received_at=received_at))
                continue
            feed.take(arrival, raw, message_id=record["messageId"], received_at=received_at)
        for at in range(room, len(message.events), BATCH_EVENTS_MAX):
            feed.surplus.append(Again(tuple(message.events[at : at + BATCH_EVENTS_MAX]), received_at))
    return feed


def _sent_at(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def _refusal_of_event(raw: bytes, error: MalformedEventError, *, received_at: datetime) -> Refusal:
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


def _refusal_of_message(body: str, *, rule: str, received_at: datetime) -> Refusal:
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
