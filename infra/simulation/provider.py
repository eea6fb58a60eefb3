"""A provider of group messages with a book of its own: tasks, what staff confirm, and what reaches whom, when.

It shares nothing with the product: who may count what was sent reads this book.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from infra.simulation.faults import seed_of

NOT_FRIEND_SHARE = 0.04  # of messages to somebody who is no friend of the staff member just then
NEVER_SHARE = 0.08  # of tasks that the staff member never confirms
CONFIRMS_WITHIN_MS = 3 * 3_600_000
WAITING, SENT, NOT_FRIEND = 0, 1, 2


@dataclass(slots=True)
class BookedTask:
    """One task as the provider knows it."""

    msgid: str
    link: str
    text: str
    addresses: tuple[str, ...]
    ordered_ms: int
    ordered_step: int
    status: dict[str, int] = field(default_factory=dict)
    sent_ms: int | None = None
    stopped_ms: int | None = None

    @property
    def waits(self) -> bool:
        """Return whether it can still go out."""
        return self.sent_ms is None and self.stopped_ms is None

    def waited_at(self, at_ms: int) -> bool:
        """Return whether it could still go out at an instant after the order."""
        return all(over is None or over > at_ms for over in (self.sent_ms, self.stopped_ms))


@dataclass(slots=True)
class Provider:
    """The book and the staff. `later` lets something happen at an instant."""

    seed: int
    later: Callable[[int, Callable[[], None]], None]
    booked: list[BookedTask] = field(default_factory=list)
    _by_link: dict[str, BookedTask] = field(default_factory=dict)

    def order(self, *, link: str, text: str, addresses: tuple[str, ...], at_ms: int, step: int) -> BookedTask:
        """Book a task and return it; the staff member will look at it."""
        task = BookedTask(f"msg-{len(self.booked)}", link, text, addresses, at_ms, step)
        task.status = dict.fromkeys(addresses, WAITING)
        self.booked.append(task)
        self._by_link[link] = task
        draw = Random(seed_of(self.seed, "staff", text, addresses))  # noqa: S311  # seeded, not secret
        if draw.random() >= NEVER_SHARE:
            confirmed_ms = at_ms + 1_000 + int(draw.random() ** 3 * CONFIRMS_WITHIN_MS)
            self.later(confirmed_ms, lambda: self._confirm(task, confirmed_ms))
        return task

    def by_link(self, link: str) -> BookedTask | None:
        """Return the task with the link, or None."""
        return self._by_link.get(link)

    def by_msgid(self, msgid: str) -> BookedTask:
        """Return the task of the number."""
        return self.booked[int(msgid.removeprefix("msg-"))]

    def stop(self, msgid: str, *, at_ms: int) -> bool:
        """Stop a task that waits; return whether it will not go out any more."""
        task = self.by_msgid(msgid)
        if task.waits:
            task.stopped_ms = at_ms
        return task.stopped_ms is not None

    def _confirm(self, task: BookedTask, at_ms: int) -> None:
        if not task.waits:
            return
        task.sent_ms = at_ms
        for address in task.addresses:
            draw = Random(seed_of(self.seed, "friend", address, task.text))  # noqa: S311  # seeded, not secret
            task.status[address] = NOT_FRIEND if draw.random() < NOT_FRIEND_SHARE else SENT
