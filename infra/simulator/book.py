"""Everything the provider knows, folded from its log entry by entry."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from heapq import heappop, heappush

from infra.simulator.chance import digest
from infra.simulator.clock import instant
from infra.simulator.journal import Json
from infra.simulator.orders import attempt_key
from infra.simulator.quota import Quota, period


class Status(IntEnum):
    """What became of a task for one recipient, in the provider's numbers."""

    WAITING = 0
    SENT = 1
    NOT_FRIEND = 2
    OTHER_BROADCAST = 3


@dataclass(frozen=True, slots=True)
class Result:
    """The end of one recipient's share of a task."""

    status: Status
    at: datetime


@dataclass(slots=True)
class Task:
    """A group message that waits for a staff member, or had one."""

    msgid: str
    sender: str
    created_at: datetime
    recipients: tuple[str, ...]
    text: str
    attachments: tuple[Json, ...]
    link_url: str | None
    results: dict[str, Result] = field(default_factory=dict)
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reminded_at: list[datetime] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Return whether a staff member may still confirm."""
        return self.confirmed_at is None and self.cancelled_at is None

    @property
    def listed_as(self) -> str:
        """Return the key that orders the provider's list of tasks."""
        return _list_key(int(self.created_at.timestamp())) + self.msgid


class Book:
    """The tasks, what was received, and what was tried."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._tasks: dict[str, Task] = {}
        self._listed: list[tuple[str, str]] = []
        self._due: list[tuple[datetime, str]] = []
        self._received: Counter[tuple[str, str]] = Counter()
        self._copies: Counter[str] = Counter()
        self._tried: set[str] = set()
        self.counts: Counter[str] = Counter()

    def apply(self, entry: Json) -> None:
        """Take one entry of the log into account."""
        kind, at = entry["kind"], instant(entry["at"])
        self.counts[kind] += 1
        match kind:
            case "task_created":
                self._open(entry, at)
            case "message_sent" | "not_sent":
                self._settle(entry, at)
            case "task_confirmed":
                self._tasks[entry["msgid"]].confirmed_at = at
            case "cancelled":
                self._tasks[entry["msgid"]].cancelled_at = at
                self._tried.add(cancel_key(entry["msgid"]))
            case "reminded":
                self._tasks[entry["msgid"]].reminded_at.append(at)
            case "fault" if "attempt_key" in entry:
                self._tried.add(entry["attempt_key"])

    def find(self, msgid: str) -> Task | None:
        """Return a task, or None for an id that was never given out."""
        return self._tasks.get(msgid)

    def next_due(self, now: datetime) -> tuple[Task, datetime] | None:
        """Return the open task that is confirmed first, and when, if its instant has come; ties go by msgid."""
        while self._due and self._due[0][0] <= now:
            at, msgid = self._due[0]
            if self._tasks[msgid].is_open:
                return self._tasks[msgid], at
            heappop(self._due)
        return None

    def created_between(self, start: int, end: int) -> Iterator[Task]:
        """Yield the tasks made from one second to another, both included, in the order of their list keys."""
        low = bisect_left(self._listed, (_list_key(start), ""))
        high = bisect_right(self._listed, (_list_key(end + 1), ""))
        return (self._tasks[msgid] for _, msgid in self._listed[low:high])

    def received(self, external_userid: str, at: datetime) -> int:
        """Return how many messages this customer got in the quota's period so far."""
        return self._received[external_userid, period(self._quota, at)]

    def copies(self, fingerprint: str) -> int:
        """Return how many tasks with this content there are."""
        return self._copies[fingerprint]

    def was_tried(self, key: str) -> bool:
        """Return whether this call was made before."""
        return key in self._tried

    def open_tasks(self) -> int:
        """Return how many tasks wait for a staff member, those that wait in vain included."""
        return sum(task.is_open for task in self._tasks.values())

    def _open(self, entry: Json, at: datetime) -> None:
        task = Task(
            msgid=entry["msgid"],
            sender=entry["sender"],
            created_at=at,
            recipients=tuple(entry["external_userids"]),
            text=entry["text"],
            attachments=tuple(entry["attachments"]),
            link_url=entry["link_url"],
        )
        self._tasks[task.msgid] = task
        insort(self._listed, (task.listed_as, task.msgid))
        if entry["confirm_at"]:
            heappush(self._due, (instant(entry["confirm_at"]), task.msgid))
        self._tried.add(attempt_key(task.link_url, entry["first"], task.text))
        self._copies[fingerprint(task.sender, task.recipients, task.text, task.link_url)] += 1

    def _settle(self, entry: Json, at: datetime) -> None:
        status = Status(entry["status"])
        self._tasks[entry["msgid"]].results[entry["external_userid"]] = Result(status, at)
        if status is Status.SENT:
            self._received[entry["external_userid"], period(self._quota, at)] += 1


def fingerprint(sender: str, recipients: Sequence[str], text: str, link_url: str | None) -> str:
    """Return what two tasks of the same content have in common."""
    return digest(sender, *sorted(recipients), text, link_url or "")


def cancel_key(msgid: str) -> str:
    """Return what two attempts at cancelling the same task have in common."""
    return f"cancel {msgid}"


def _list_key(second: int) -> str:
    return f"{second:011d} "
