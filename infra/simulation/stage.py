"""Where everything happens in turn: tasks that meet at every read and write, one clock, and a seed that draws.

A task is a greenlet. Before each operation of a table, a queue or the provider it hands the stage over, and the draw
says who goes on. What lies between two operations touches nothing that others see, so this is every interleaving.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from greenlet import getcurrent, greenlet

from infra.simulation.faults import ANSWER_LOST, DIED_AFTER, DIED_BEFORE, THROTTLED, TIMED_OUT, Faults, Weather

STARTS_AT = datetime(2026, 3, 6, 0, 0, tzinfo=UTC)  # two days before the clocks of New York move
TASKS_MAX = 12
OPERATION_MAX_MS = 30  # what an operation takes at most
NEVER_MS = 1 << 60
ON_TIME_SHARE = 1 - 0.02  # of all operations; the others come back late
LATE_MS = 900  # at most
_SAID_MAX = 4_096  # lines of the log that wait to be digested together


class ThrottledError(Exception):
    """The operation was refused and changed nothing."""


class AnswerLostError(Exception):
    """The operation was carried out, and nobody heard of it."""


class DiedError(BaseException):
    """The process of the task ended; no code of the product catches it."""


def without_frames(fault: Exception) -> Exception:
    """Return the fault without the frames that it came through: they hold whatever holds the fault."""
    fault.__traceback__ = fault.__cause__ = fault.__context__ = None
    return fault


@dataclass(slots=True, eq=False)
class Task:
    """One invocation on its way."""

    key: str
    work: Callable[[], None]
    greenlet: greenlet
    weather: Weather
    started: int  # the step at which it began
    ends_at_ms: int
    operations: int = 0
    left_behind: str | None = None  # what happens once the operation under way was carried out
    is_over: bool = False


@dataclass(slots=True)
class Ended:
    """How an invocation ended."""

    died: bool = False
    fault: Exception | None = None


@dataclass
class Stage:
    """The clock, the tasks under way and what waits for its time."""

    seed: int
    faults: Faults
    now_ms: int = 0
    steps: int = 0
    operations: int = 0
    faulted: int = 0
    _tasks: list[Task] = field(default_factory=list)
    _timers: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _current: Task | None = None
    _starts: Task | None = None  # who was drawn by another and has not begun
    _until_ms: int = 0
    _idle: list[greenlet] = field(default_factory=list)  # have served, and wait for another task
    _first_end_ms: int = NEVER_MS  # at which the first of the tasks under way is killed
    _said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hub = getcurrent()
        self._draw = Random(self.seed)  # noqa: S311  # seeded, not secret
        self._log = hashlib.sha256()

    @property
    def now(self) -> datetime:
        """Return the present instant."""
        return STARTS_AT + timedelta(0, 0, self.now_ms * 1_000)

    @property
    def digest(self) -> str:
        """Return what identifies everything that happened so far, in its order."""
        self._log.update("".join(f"{said}\n" for said in self._said).encode())
        self._said.clear()
        return self._log.hexdigest()

    @property
    def current(self) -> Task | None:
        """Return the task that is under way, or None while the outside looks."""
        return self._current

    def note(self, said: str) -> None:
        """Put a decision into the log of which only the digest is kept."""
        self._said.append(said)
        if len(self._said) >= _SAID_MAX:
            _ = self.digest

    def at(self, at_ms: int, act: Callable[[], None]) -> None:
        """Let something happen at an instant, or at once where that is past."""
        heappush(self._timers, (max(at_ms, self.now_ms), next(self._numbers), act))

    def start(self, key: str, work: Callable[[], None], *, seconds: int, ended: Callable[[Ended], None]) -> None:
        """Start an invocation that is killed after so many seconds; `ended` hears how it went."""

        def run() -> None:
            said = Ended()
            try:
                work()
                self.after_operation()
            except DiedError:
                said.died = True
            except Exception as fault:  # noqa: BLE001  # told to whoever started it
                said.fault = without_frames(fault)
            self.note(f"{key} ended {said.died} {type(said.fault).__name__}")
            ended(said)

        weather, ends_at_ms = self.faults.weather(key, at_ms=self.now_ms), self.now_ms + seconds * 1_000
        server = self._idle.pop() if self._idle else greenlet(self._serve, self._hub)
        self._tasks.append(Task(key, run, server, weather, self.steps, ends_at_ms))
        self._first_end_ms = min(self._first_end_ms, ends_at_ms)

    def before_operation(self, operation: str) -> None:
        """Hand the stage over before an operation, then let it happen, or fail, or die."""
        task = self._current
        if task is None:
            return
        if task.left_behind is not None:
            self.after_operation()
        fault = self.faults.drawn(task.weather, task.key, task.operations)
        task.operations += 1
        self.operations += 1
        self._said.append(f"{task.key} {operation} {fault}")
        self._hand_over(task)
        if fault is None:
            return
        self.faulted += 1
        if fault == THROTTLED:
            raise ThrottledError(operation)
        if fault == DIED_BEFORE:
            raise DiedError(operation)
        task.left_behind = fault

    def after_operation(self) -> None:
        """Lose the answer of the operation that was just carried out, or die of it, if that was drawn."""
        task = self._current
        if task is None or task.left_behind is None:
            return
        fault, task.left_behind = task.left_behind, None
        if fault == DIED_AFTER:
            raise DiedError(fault)
        if fault == ANSWER_LOST:
            raise AnswerLostError(fault)

    def run(self, *, until_ms: int) -> None:
        """Go on until nothing is under way and nothing waits, or until the instant has come."""
        self._until_ms = until_ms
        while task := self._starts or self._drawn():
            self._starts = None
            self._let_go_on(task)
            ended, self._current = self._current, None  # whose turn it was when the stage came back here
            if ended is not None and ended.is_over:
                self._remove(ended)
        while self._idle:
            self._idle.pop().switch()
        self.now_ms = max(self.now_ms, until_ms)

    def _serve(self) -> None:
        """Carry out one task after the other; a greenlet of its own for each costs a new stack each."""
        while task := self._current:
            task.work()
            task.is_over = True
            self._hub.switch()

    def _hand_over(self, mine: Task) -> None:
        """Let others go on until it is the turn of `mine` again; new ones begin on the bottom of the stack."""
        task = self._drawn()
        if task is mine and self.now_ms <= mine.ends_at_ms:
            self._current = mine
        elif task is not None and task.greenlet:
            self._let_go_on(task)
        else:
            self._starts = task
            self._hub.switch()

    def _drawn(self) -> Task | None:
        """Return whose turn it is, after what begins before; None where nothing is under way or due any more."""
        tasks, timers, draw = self._tasks, self._timers, self._draw.random
        while tasks or timers:
            due_ms, under_way = timers[0][0] if timers else NEVER_MS, len(tasks)
            if not under_way and due_ms > self._until_ms:
                return None
            may_begin = due_ms < NEVER_MS and under_way < TASKS_MAX
            if may_begin and under_way and due_ms > self.now_ms:
                may_begin = due_ms <= self._first_end_ms
            place = int(draw() * (under_way + may_begin))
            if place < under_way:
                self.steps += 1
                took = draw()
                self.now_ms += int(
                    took * OPERATION_MAX_MS / ON_TIME_SHARE if took < ON_TIME_SHARE else draw() * LATE_MS
                )
                return tasks[place]
            self._begin()
        return None

    def _begin(self) -> None:
        at_ms, _, act = heappop(self._timers)
        self.now_ms, self._current = max(self.now_ms, at_ms), None
        act()

    def _let_go_on(self, task: Task) -> None:
        self._current = task
        if self.now_ms > task.ends_at_ms and task.operations:
            self.faulted += 1
            self.note(f"{task.key} {TIMED_OUT}")
            task.greenlet.throw(DiedError(TIMED_OUT))
        else:
            task.greenlet.switch()

    def _remove(self, task: Task) -> None:
        self._tasks.remove(task)
        self._idle.append(task.greenlet)
        if task.ends_at_ms == self._first_end_ms:
            self._first_end_ms = min((one.ends_at_ms for one in self._tasks), default=NEVER_MS)
