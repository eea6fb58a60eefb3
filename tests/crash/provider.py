"""WeCom as the crash matrix knows it: its book is what went out, and its calls are points of the edge like others."""

# ruff: noqa: ARG002 - a fake takes what its port is given

from dataclasses import dataclass, field
from datetime import datetime

from ownerloop.domain.errors import ProviderUnavailableError
from ownerloop.domain.wecom import Answer, Created, Lost, Order, SendStatus, Unreached
from tests.crash.edge import DiedError, Edge, Fault


@dataclass(slots=True)
class Task:
    """A group message that staff can send with one tap."""

    order: Order
    made_at: datetime
    confirmed_at: datetime | None = None
    is_cancelled: bool = False

    @property
    def is_confirmed(self) -> bool:
        """Return whether staff sent it."""
        return self.confirmed_at is not None


@dataclass(slots=True)
class Provider:
    """The provider's book, and the port by which functions reach it."""

    edge: Edge
    book: list[Task] = field(default_factory=list)

    def link_url(self, task_id: str) -> str:
        return f"https://example.com/r?t={task_id}"

    def create_task(self, order: Order, *, now: datetime) -> Answer:
        match fault := self.edge.fault_of("wecom.create_task"):
            case Fault.FAILS:
                return Unreached("refused")
            case _:
                self.book.append(Task(order, now))
        if fault is Fault.DIES:
            raise DiedError("wecom.create_task")
        return Lost("no answer") if fault else Created(str(len(self.book) - 1), frozenset())

    def find_task(self, link_url: str, *, since: datetime, until: datetime, now: datetime) -> str | None:
        self._ask("wecom.find_task")
        found = (place for place, task in enumerate(self.book) if task.order.link_url == link_url)
        return next(map(str, found), None)

    def was_confirmed(self, msgid: str, *, sender: str, now: datetime) -> bool:
        self._ask("wecom.was_confirmed")
        return self.book[int(msgid)].is_confirmed

    def results(self, msgid: str, *, sender: str, now: datetime) -> dict[str, SendStatus]:
        self._ask("wecom.results")
        task = self.book[int(msgid)]
        status = SendStatus.SENT if task.is_confirmed else SendStatus.WAITING
        return dict.fromkeys(task.order.external_userids, status)

    def cancel(self, msgid: str, *, now: datetime) -> bool:
        fault = self.edge.fault_of("wecom.cancel")
        task = self.book[int(msgid)]
        if fault is Fault.FAILS or task.is_confirmed:
            return False
        task.is_cancelled = True
        if fault is Fault.DIES:
            raise DiedError("wecom.cancel")
        return fault is None

    def confirm(self, *, now: datetime) -> None:
        """Let staff send what waits."""
        for task in self.book:
            if not task.is_cancelled and not task.is_confirmed:
                task.confirmed_at = now

    def _ask(self, name: str) -> None:
        match self.edge.fault_of(name):
            case None:
                return
            case Fault.DIES:
                raise DiedError(name)
            case fault:
                raise ProviderUnavailableError(cause=fault)
