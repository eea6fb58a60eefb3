"""The functions of a simulated stack: queues that feed them, the contacts' stream, and the schedules."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from infra.simulation import telling
from infra.simulation.queues import Body, Handle, Message, Queue
from infra.simulation.stack import Stack, plain_rules
from infra.simulation.stage import STARTS_AT, AnswerLostError, Ended, ThrottledError, without_frames
from infra.simulation.streams import Stream
from infra.simulation.told import Key, Story, Told
from ownerloop.contracts.announcements import contact_ended
from ownerloop.domain.changes import ContactChange, newly_ended, to_dispatch
from ownerloop.domain.errors import ProviderUnavailableError, VersionConflictError
from ownerloop.domain.interactions import InteractionArrival
from ownerloop.domain.report import RawEvent
from ownerloop.usecases.enrol_owners import enrol
from ownerloop.usecases.ingest_vehicle_data import ingest
from ownerloop.usecases.process_interactions import process
from ownerloop.usecases.send_wecom import send_wecom
from ownerloop.usecases.settle_wecom import settle_wecom

HEALING = (ThrottledError, AnswerLostError, VersionConflictError, ProviderUnavailableError)
BATCH_MAX = {"telemetry": 40, "enrolment": 10, "interactions": 10, "requests": 10}  # as in the template
FULL_SHARE = 0.7  # of receives of vehicle data; where batches are small, more of them meet
WINDOW_MS = 5_000  # as in the template: a burst that comes within it is taken by all pollers at the same moment
STREAM_SHARDS = 8  # of the contacts' stream: changes of one contact come in order, those of a person need not
SWEEP_EVERY_MS, SETTLE_EVERY_MS = 60_000, 600_000
FUNCTION_SECONDS = 30
DELAY_MS = 100  # until an asynchronous start begins


@dataclass
class Functions:
    """Everything that runs on a stack, and the unexpected that it met."""

    stack: Stack
    story: Story
    unexpected: Counter[str] = field(default_factory=Counter)
    _ticks: set[tuple[str, int]] = field(default_factory=set)
    _sent: int = 0
    _requeued: int = 0
    _arrivals: dict[str, InteractionArrival] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stage = self.stack.stage
        self._keys = {key.name: key for key in self.story.keys}
        self.telemetry: Queue[tuple[bytes, ...]] = self._queue("telemetry", self._ingest)
        self.telemetry.full_share = FULL_SHARE
        self.enrolments: Queue[Told] = self._queue("enrolment", self._enrol)
        self.interactions: Queue[Told] = self._queue("interactions", self._interact)
        self.requests: Queue[Told] = self._queue("requests", self._request)
        self.stack.on_change, self.stack.on_start = self._contact_written, self._send
        self.stack.requeue.to = self._send_again
        self._streams = [Stream(f"stream-{shard}", stage, self._dispatch, self._hear) for shard in range(STREAM_SHARDS)]

    @property
    def queues(self) -> Sequence[Queue[Told] | Queue[tuple[bytes, ...]]]:
        """Return every queue."""
        return self.telemetry, self.enrolments, self.interactions, self.requests

    def _queue(self, name: str, handle: Handle[Body]) -> Queue[Body]:
        return Queue(name, self.stack.stage, handle, self._hear, batch_max=BATCH_MAX[name], window_ms=WINDOW_MS)

    def tell(self, told: Told) -> None:
        """Send the event and its copies, each as a message of its own."""
        for copy, after_ms in enumerate((0, *told.copies_ms)):
            name, at_ms = f"{told.name}.{copy}", told.at_ms + after_ms
            if told.kind == "reading":
                self.telemetry.send(name, (telling.telemetry(told),), at_ms=at_ms)
            elif told.kind == "request":
                self.requests.send(name, told, at_ms=at_ms)
            elif told.kind in telling.ENROLMENT:
                self.enrolments.send(name, told, at_ms=at_ms)
            else:
                self.interactions.send(name, told, at_ms=at_ms)

    def redrive(self) -> int:
        """Give every dead letter another life."""
        return sum(queue.redrive() for queue in self.queues)

    def _ingest(self, batch: Sequence[Message[tuple[bytes, ...]]]) -> set[str]:
        now = self.stack.stage.now
        raws = [
            RawEvent(body, telling.instant(one.sent_ms), one.name, was_delivered=one.received > 1)
            for one in batch
            for body in one.body
        ]
        report = ingest(raws, world=self.stack.intake, rules=plain_rules(now.date()), now=now)
        self._look_at(report.faults)
        return report.failed_messages

    def _enrol(self, batch: Sequence[Message[Told]]) -> set[str]:
        tables = self.stack.tables
        arrivals = [
            telling.enrolment(one.body, self._key(one.body), sent_ms=one.sent_ms, tables=tables) for one in batch
        ]
        report = enrol(arrivals, world=self.stack.enrolment, now=self.stack.stage.now)
        self._look_at(report.faults)
        return _named(batch, report.faulted)

    def _interact(self, batch: Sequence[Message[Told]]) -> set[str]:
        report = process(list(map(self._read, batch)), world=self.stack.interactions, now=self.stack.stage.now)
        self._look_at(report.faults)
        return _named(batch, report.faulted)

    def _read(self, message: Message[Told]) -> InteractionArrival:
        """Return what a message says, read once however often it is delivered."""
        if message.name not in self._arrivals:
            told = message.body
            self._arrivals[message.name] = telling.interaction(told, self._key(told), sent_ms=message.sent_ms)
        return self._arrivals[message.name]

    def _request(self, batch: Sequence[Message[Told]]) -> set[str]:
        asked = [telling.contact(one.body, self._key(one.body), tables=self.stack.tables) for one in batch]
        self.stack.desk.contacts.request(asked)
        return set()

    def _send_again(self, events: tuple[bytes, ...], received_at: datetime) -> None:
        self._requeued += 1
        sent_ms = int((received_at - STARTS_AT).total_seconds() * 1_000)
        self.telemetry.send(f"again-{self._requeued}", events, at_ms=self.stack.stage.now_ms, sent_ms=sent_ms)

    def _key(self, told: Told) -> Key:
        return self._keys[told.key]

    def _look_at(self, faults: Sequence[Exception]) -> None:
        for fault in faults:
            if not isinstance(without_frames(fault), HEALING):
                self.unexpected[type(fault).__name__] += 1

    def _contact_written(self, change: ContactChange) -> None:
        contact = change.after
        if contact.next_look_at is not None:
            self._tick("sweep", self._sweep, contact.next_look_at, every_ms=SWEEP_EVERY_MS)
        if newly_ended([change]) or to_dispatch([change]):  # what the stream's filter lets through
            self._streams[int(contact.contact_id[-2:], 16) % STREAM_SHARDS].offer(change)

    def _dispatch(self, changes: Sequence[ContactChange]) -> None:
        now = self.stack.stage.now
        ended, causes = newly_ended(changes), to_dispatch(changes)
        self.stack.intake.bus.publish([contact_ended(contact) for contact in ended])
        persons = {contact.person_id for contact in causes}
        cause_ids = [contact.contact_id for contact in causes]
        self.stack.parts.dispatch(persons, desk=self.stack.desk_at(now), now=now, contact_ids=cause_ids)

    def _sweep(self) -> None:
        now = self.stack.stage.now
        self.stack.parts.sweep(desk=self.stack.desk_at(now), now=now)

    def _settle(self) -> None:
        now = self.stack.stage.now
        settle_wecom(ports=self.stack.wecom, rules=self.stack.rules_at(now), now=now)

    def _send(self, contact_id: str) -> None:
        """Start a sender a moment from now; nobody tries it again."""
        stage = self.stack.stage
        self._sent += 1
        key = f"send.{contact_id}.{self._sent}"

        def work() -> None:
            now = stage.now
            rules = self.stack.rules_at(now)
            send_wecom(contact_id, ports=self.stack.wecom, rules=rules, breakers=self.stack.breakers, now=now)

        stage.at(stage.now_ms + DELAY_MS, lambda: self._start(key, work, lambda _: self._watch_tasks()))

    def _tick(self, name: str, work: Callable[[], None], due: datetime, *, every_ms: int) -> None:
        """Let a schedule come at its first turn from an instant on; turns at which nothing is due are left out."""
        stage = self.stack.stage
        due_ms = max(int((due - STARTS_AT).total_seconds() * 1_000), stage.now_ms + 1)
        turn = -(-due_ms // every_ms)
        if (name, turn) in self._ticks:
            return
        self._ticks.add((name, turn))
        stage.at(turn * every_ms, lambda: self._start(f"{name}.{turn}", work, lambda _: self._look_again()))

    def _look_again(self) -> None:
        if (look := self.stack.tables.contacts.next_look()) is not None:
            self._tick("sweep", self._sweep, look, every_ms=SWEEP_EVERY_MS)
        self._watch_tasks()

    def _watch_tasks(self) -> None:
        looks = [task.next_look_at for task in self.stack.tables.tasks.held.values() if task.next_look_at]
        if looks:
            self._tick("settle", self._settle, min(looks), every_ms=SETTLE_EVERY_MS)

    def _start(self, key: str, work: Callable[[], None], ended: Callable[[Ended], None]) -> None:
        def heard(how: Ended) -> None:
            self._hear(how)
            ended(how)

        self.stack.stage.start(key, work, seconds=FUNCTION_SECONDS, ended=heard)

    def _hear(self, how: Ended) -> None:
        if how.fault is not None:
            self._look_at([how.fault])


def _named(batch: Sequence[Message[Told]], faulted: Sequence[str]) -> set[str]:
    keys = set(faulted)
    return {one.name for one in batch if telling.key_of(one.body.name) in keys} if keys else set()
