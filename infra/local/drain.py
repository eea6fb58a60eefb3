"""Waiting by account, not by sleep: a step is over when everything it must cause is there to be seen."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.lake_view import LakeView
from ownerloop.adapters.dynamodb.contact_items import contact_of
from ownerloop.adapters.dynamodb.items import instant, read
from ownerloop.domain.contact import Contact, ContactState

PATIENCE_SECONDS = 120.0
_POLL_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.15)
_RECORDS_MAX = 1000
_PAGES_MAX = 10_000
# How long a contact may stand still in a state that something should end, before its mover is taken for dead. A
# sender's own timeout bounds the last; the sweep moves each of them on when its time has come.
_MOVING = {ContactState.REQUESTED: 2.0, ContactState.RESERVED: 6.0, ContactState.SENDING: 35.0}
_PUT_OFF = 0.3  # of a request that its sender put off to a later instant: the stream's reader only looks at it
_DEPTHS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class NotDrainedError(Exception):
    """Effects that must come did not; the message names them."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"after {PATIENCE_SECONDS:.0f} s still missing: " + "; ".join(missing))
        self.missing = missing


class DeadLettersError(Exception):
    """A message was given up; the message names the queue."""

    def __init__(self, depths: dict[str, int]) -> None:
        super().__init__("dead letters: " + ", ".join(f"{count} in {name}" for name, count in depths.items()))
        self.depths = depths


@dataclass(frozen=True, slots=True)
class Queues:
    """The stack's queues by logical id: those that are worked off, and those where the given-up lie."""

    endpoint: str
    worked: dict[str, str]
    given_up: dict[str, str]

    @classmethod
    def of(cls, endpoint: str) -> "Queues":
        """Return the queues of the deployed stack."""
        pages = client("cloudformation", endpoint).get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
        rows = [row for page in pages for row in page["StackResourceSummaries"]]
        urls = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in rows if r["ResourceType"] == "AWS::SQS::Queue"}
        given_up = {
            name: url for name, url in urls.items() if name.endswith("DeadLetters") or name == "StreamFailureQueue"
        }
        worked = {f"{name.removesuffix('DeadLetters')}Queue": "" for name in given_up if name.endswith("DeadLetters")}
        return cls(endpoint=endpoint, worked={name: urls[name] for name in worked}, given_up=given_up)

    def busy(self) -> Iterator[str]:
        """Yield each queue that still holds a message, seen, unseen or delayed."""
        for name, url in self.worked.items():
            if depth := self._depth(url):
                yield f"{name} holds {depth}"

    def depths(self) -> dict[str, int]:
        """Return how many messages every queue holds."""
        return {name: self._depth(url) for name, url in sorted({**self.worked, **self.given_up}.items())}

    def check_given_up(self) -> None:
        """Raise DeadLettersError if a message was given up."""
        if depths := {name: depth for name, url in self.given_up.items() if (depth := self._depth(url))}:
            raise DeadLettersError(depths)

    def _depth(self, url: str) -> int:
        sqs = client("sqs", self.endpoint)
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_DEPTHS))["Attributes"]
        return sum(int(told[name]) for name in _DEPTHS)


class ContactWatch:
    """Every contact as the table's stream last told it, and when contacts and tasks must be looked at next."""

    def __init__(self, endpoint: str, table: str) -> None:
        arn = client("dynamodb", endpoint).describe_table(TableName=table)["Table"]["LatestStreamArn"]
        self._streams = client("dynamodbstreams", endpoint)
        shards = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        begins = {"StreamArn": arn, "ShardIteratorType": "TRIM_HORIZON"}
        told = [self._streams.get_shard_iterator(ShardId=shard["ShardId"], **begins) for shard in shards]
        self._next = [answer["ShardIterator"] for answer in told]
        self.contacts: dict[str, Contact] = {}
        self._changed_at: dict[str, float] = {}
        self._look_at: dict[str, dict[str, datetime]] = {"contact": {}, "task": {}}

    @property
    def steps(self) -> int:
        """Return how many trail entries all contacts have together."""
        return sum(len(contact.trail) for contact in self.contacts.values())

    def look(self) -> None:
        """Read what the stream has told since the last look."""
        for number, iterator in enumerate(self._next):
            self._next[number] = self._follow(iterator)

    def moving(self, *, now: datetime) -> Iterator[str]:
        """Yield each contact that something is about to move."""
        ticks = time.monotonic()
        for contact in self.contacts.values():
            patience = _MOVING.get(contact.state)
            if patience is None:
                continue
            put_off = contact.state is ContactState.REQUESTED and (contact.release_at or now) > now
            if ticks - self._changed_at[contact.contact_id] < (_PUT_OFF if put_off else patience):
                yield f"{contact.contact_id} is {contact.state}"

    def is_due(self, kind: str, *, by: datetime) -> bool:
        """Return whether a `contact` or `task` must be looked at by the instant."""
        return any(look_at <= by for look_at in self._look_at[kind].values())

    @property
    def is_waiting(self) -> bool:
        """Return whether anything must be looked at again, however late."""
        return any(self._look_at.values())

    def _follow(self, iterator: str) -> str:
        for _ in range(_PAGES_MAX):
            answer = self._streams.get_records(ShardIterator=iterator, Limit=_RECORDS_MAX)
            iterator = answer["NextShardIterator"]
            if not answer["Records"]:
                return iterator
            for record in answer["Records"]:
                self._take(record["dynamodb"].get("NewImage", {}))
        raise NotDrainedError([f"the stream of contacts did not end within {_PAGES_MAX} pages"])

    def _take(self, image: dict[str, Any]) -> None:
        kind, _, key = image.get("pk", {}).get("S", "").partition("#")
        if kind not in self._look_at:
            return
        self._look_at[kind].pop(key, None)
        if look_at := read(image).get("look_at"):
            self._look_at[kind][key] = instant(look_at)
        if kind == "contact":
            self.contacts[key] = contact_of(image)
            self._changed_at[key] = time.monotonic()


@dataclass(slots=True)
class Drain:
    """The account of one run: what was sent, what came of it, what is still on its way."""

    queues: Queues
    lake: LakeView
    watch: ContactWatch
    sent: set[str] = field(default_factory=set)
    seconds: float = 0.0

    def expect(self, identities: Iterable[str]) -> None:
        """Add event identities that must come back accepted or refused."""
        self.sent.update(identities)

    def wait(self, *, now: datetime) -> None:
        """Return once nothing is on its way any more at the moved instant, or raise NotDrainedError naming what is."""
        began = time.monotonic()
        pauses = iter(_POLL_SECONDS)
        while missing := self._missing(now):
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise NotDrainedError(missing)
            time.sleep(next(pauses, _POLL_SECONDS[-1]))
        self.queues.check_given_up()
        self.seconds += time.monotonic() - began

    def _missing(self, now: datetime) -> list[str]:
        # Cheapest first; a queue that still holds something says enough.
        if busy := list(self.queues.busy()):
            return busy
        self.watch.look()
        if moving := list(self.watch.moving(now=now)):
            return moving
        return self._behind(now)

    def _behind(self, now: datetime) -> list[str]:
        days = _days_around(now)
        late = []
        if lost := self.sent - self.lake.answered():
            self.lake.look(("readings", "enrolments", "refusals"), days=days)
            lost = self.sent - self.lake.answered()
            late += [f"{len(lost)} events are neither accepted nor refused, such as {min(lost)}"] if lost else []
        if len(self.lake.steps) < self.watch.steps:
            self.lake.look(("contacts",), days=days)
        if len(self.lake.steps) < self.watch.steps:
            late.append(f"the lake has {len(self.lake.steps)} of {self.watch.steps} steps of contacts")
        return late


def _days_around(now: datetime) -> list[date]:
    # A message without a time of its own is filed under the day on which the queue took it, by the machine's clock.
    return [now.date(), now.date() - timedelta(days=1), datetime.now(UTC).date()]
