"""A queue that delivers at least once: visibility, receive counts, a dead-letter queue, and redrive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Generic, TypeVar

from infra.simulation.faults import seed_of
from infra.simulation.stage import Ended, Stage

Body = TypeVar("Body")
RECEIVES_MAX = 5
VISIBILITY_MS = 180_000  # six times a function's timeout
POLLERS = 3  # functions that a queue feeds at the same time
JITTER_MAX_MS = 100  # between two pollers whose windows are over at the same moment
KEPT_SHARE = 0.02  # of messages that come again although they were done


@dataclass(slots=True, eq=False)
class Message(Generic[Body]):
    """One message; `sent_ms` survives redelivery and redrive."""

    name: str
    body: Body
    sent_ms: int
    received: int = 0
    deliveries: int = 0
    hidden_until_ms: int = 0  # counted from the receive, as the queue does it: what failed together comes together


Handle = Callable[[Sequence[Message[Body]]], set[str]]


@dataclass(slots=True)
class Queue(Generic[Body]):
    """Messages of one kind and the function that takes them; it returns the names of those that must come again."""

    name: str
    stage: Stage
    handle: Handle[Body]
    heard: Callable[[Ended], None]
    batch_max: int = 10
    window_ms: int = 0  # how long a poller waits for more from its first message on
    full_share: float = 0.0  # of receives that get all there is, up to the batch's size
    seconds: int = 30
    dead: list[Message[Body]] = field(default_factory=list)
    redelivered: int = 0
    _lines: list[list[Message[Body]]] = field(default_factory=lambda: [[] for _ in range(POLLERS)])
    _polled: set[int] = field(default_factory=set)
    _draw: Random = field(default_factory=Random)

    def __post_init__(self) -> None:
        self._draw = Random(seed_of(self.stage.seed, self.name))  # noqa: S311  # seeded, not secret

    def send(self, name: str, body: Body, *, at_ms: int, sent_ms: int | None = None) -> None:
        """Put a message on the queue, to be seen at an instant; `sent_ms` where it was received before that."""
        at_ms = max(at_ms, self.stage.now_ms)
        self._show(Message(name, body, sent_ms=at_ms if sent_ms is None else sent_ms), at_ms=at_ms)

    def redrive(self) -> int:
        """Give every dead letter another life and return how many there were."""
        dead, self.dead = self.dead, []
        for message in dead:
            message.received = 0
            self._show(message, at_ms=self.stage.now_ms)
        return len(dead)

    def _show(self, message: Message[Body], *, at_ms: int) -> None:
        def seen() -> None:
            line = int(self._draw.random() * POLLERS)
            self._lines[line].append(message)
            self._poll(line, after_ms=self.window_ms)

        self.stage.at(at_ms, seen)

    def _poll(self, line: int, *, after_ms: int) -> None:
        if line in self._polled or not self._lines[line]:
            return
        self._polled.add(line)
        jitter_ms = int(self._draw.random() * JITTER_MAX_MS)
        self.stage.at(self.stage.now_ms + after_ms + jitter_ms, lambda: self._receive(line))

    def _receive(self, line: int) -> None:
        self._polled.discard(line)
        waiting = self._lines[line]
        self._draw.shuffle(waiting)
        size = (
            self.batch_max if self._draw.random() < self.full_share else 1 + int(self._draw.random() * self.batch_max)
        )
        batch, self._lines[line] = waiting[:size], waiting[size:]
        for message in batch:
            message.received += 1
            message.deliveries += 1
            message.hidden_until_ms = self.stage.now_ms + VISIBILITY_MS
        self._invoke(batch)
        self._poll(line, after_ms=0)

    def _invoke(self, batch: Sequence[Message[Body]]) -> None:
        failed = {message.name for message in batch}
        key = "|".join((self.name, *(f"{message.name}.{message.deliveries}" for message in batch)))

        def work() -> None:
            failed.intersection_update(self.handle(batch))

        def ended(how: Ended) -> None:
            self.heard(how)
            again = how.died or how.fault is not None
            for message in batch:
                if again or message.name in failed:
                    self._come_again(message)
                elif self._draw.random() < KEPT_SHARE:
                    self.redelivered += 1
                    message.received = 0
                    self._show(message, at_ms=message.hidden_until_ms)

        self.stage.start(key, work, seconds=self.seconds, ended=ended)

    def _come_again(self, message: Message[Body]) -> None:
        if message.received >= RECEIVES_MAX:
            self.dead.append(message)
            return
        self.redelivered += 1
        self._show(message, at_ms=message.hidden_until_ms)
