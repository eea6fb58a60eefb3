"""What the provider does: open tasks, let staff confirm them, cancel and remind."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from infra.simulator import errors
from infra.simulator.book import Book, Status, Task, cancel_key, fingerprint
from infra.simulator.chance import digest, draw
from infra.simulator.clock import iso
from infra.simulator.errors import RefusedError
from infra.simulator.faults import CallFault, call_fault
from infra.simulator.journal import Journal, Json
from infra.simulator.orders import Order, parse_order
from infra.simulator.people import PeopleFile
from infra.simulator.quota import allows
from infra.simulator.reply import Reply, accepted, troubled
from infra.simulator.settings import Settings
from infra.simulator.staff import confirm_at

REMINDERS_MAX = 3
REMINDER_SPAN = timedelta(hours=24)


class Provider:
    """The state behind the wire; every change is in the log before it counts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._people = PeopleFile(settings.people)
        self._journal = Journal(settings.log)
        self.book = Book(settings.quota)
        for entry in self._journal.entries():
            self.book.apply(entry)

    def close(self) -> None:
        """Close the log."""
        self._journal.close()

    def record(self, *entries: Json) -> None:
        """Write entries and take them into account."""
        self._journal.append(entries)
        for entry in entries:
            self.book.apply(entry)

    def advance(self, now: datetime) -> None:
        """Let every staff member whose instant has come confirm, in the order of those instants."""
        while due := self.book.next_due(now):
            self.record(*self._confirmation(*due))

    def create(self, body: Json, now: datetime) -> Reply:
        """Open the task that a body asks for; nothing is sent by it."""
        people = self._people.now()
        order = parse_order(body, people)
        sendable, failed = order.split(people)

        def opened() -> Reply:
            entry = self._task_entry(order, sendable, failed, now)
            self.record(entry)
            return accepted(fail_list=list(failed), msgid=entry["msgid"])

        about = {"external_userid": order.first, "text": order.text, "link_url": order.link_url, "sender": order.sender}
        fault = self._fault("add_msg_template", order.attempt_key, order.first, order.text, about, now)
        return troubled(fault, opened, slow_seconds=self._settings.slow_seconds)

    def cancel(self, msgid: str, now: datetime) -> Reply:
        """Stop a task that nobody has confirmed; doing it twice is no error."""
        task = self.task(msgid)
        if task.confirmed_at is not None:
            raise RefusedError(errors.BAD_PARAMETER, "group message has been sent")

        def cancelled() -> Reply:
            if task.is_open:
                self.record({"kind": "cancelled", "at": iso(now), **_about(task), "external_userids": task.recipients})
            return accepted()

        first = min(task.recipients)
        fault = self._fault("cancel_groupmsg_send", cancel_key(msgid), first, f"cancel {task.text}", _about(task), now)
        return troubled(fault, cancelled, slow_seconds=self._settings.slow_seconds)

    def remind(self, msgid: str, now: datetime) -> Reply:
        """Remind the staff member of an open task, at most three times in 24 hours; it hurries nobody."""
        task = self.task(msgid)
        if not task.is_open:
            raise RefusedError(errors.BAD_PARAMETER, "group message has ended")
        if sum(at > now - REMINDER_SPAN for at in task.reminded_at) >= REMINDERS_MAX:
            raise RefusedError(errors.TOO_OFTEN, "remind freq out of limit")
        self.record({"kind": "reminded", "at": iso(now), **_about(task)})
        return accepted()

    def task(self, msgid: str) -> Task:
        """Return a task, or refuse an id that was never given out."""
        if not msgid:
            raise RefusedError(errors.NO_MSGID, "missing msgid")
        if (task := self.book.find(msgid)) is None:
            raise RefusedError(errors.BAD_MSGID, "invalid msgid")
        return task

    def _fault(self, call: str, key: str, first: str, text: str, about: Json, now: datetime) -> CallFault | None:
        if self.book.was_tried(key):
            return None
        fault = call_fault(self._settings.shares, self._settings.seed, recipient=first, text=text)
        if fault:
            about = {"call": call, "attempt_key": key, **about}
            self.record({"kind": "fault", "at": iso(now), "fault": fault.value, **about})
        return fault

    def _task_entry(self, order: Order, sendable: Sequence[str], failed: Sequence[str], now: datetime) -> Json:
        seed, content = self._settings.seed, fingerprint(order.sender, sendable, order.text, order.link_url)
        confirms = confirm_at(now, shares=self._settings.shares, seed=seed, recipient=order.first, text=order.text)
        return {
            "kind": "task_created",
            "at": iso(now),
            "msgid": "msg" + digest(str(seed), content, str(self.book.copies(content)))[:28],
            "sender": order.sender,
            "external_userids": list(sendable),
            "fail_list": list(failed),
            "first": order.first,
            "text": order.text,
            "link_url": order.link_url,
            "attachments": list(order.attachments),
            "confirm_at": iso(confirms) if confirms else None,
        }

    def _confirmation(self, task: Task, at: datetime) -> list[Json]:
        """Return one entry for each recipient without a result, then the one that closes the task.

        A process killed between them finds the task open again and finishes it, without sending anything twice.
        """
        waiting = (recipient for recipient in task.recipients if recipient not in task.results)
        entries = [self._result_entry(task, recipient, at) for recipient in waiting]
        return [*entries, {"kind": "task_confirmed", "at": iso(at), **_about(task)}]

    def _result_entry(self, task: Task, recipient: str, at: datetime) -> Json:
        customer = self._people.now().find(recipient)
        status, reason = self._outcome(recipient, task.text, at, is_friend=customer is not None and customer.is_friend)
        return {
            "kind": "message_sent" if status is Status.SENT else "not_sent",
            "at": iso(at),
            **_about(task),
            "external_userid": recipient,
            "person": customer.person if customer else None,
            "local_day": customer.local_day(at) if customer else None,
            "status": int(status),
            "reason": reason,
        }

    def _outcome(self, recipient: str, text: str, at: datetime, *, is_friend: bool) -> tuple[Status, str]:
        seed, shares = self._settings.seed, self._settings.shares
        if not is_friend or draw(seed, "friend", recipient, text) < shares.not_friend:
            return Status.NOT_FRIEND, "not_friend"
        if draw(seed, "broadcast", recipient, text) < shares.other_broadcast:
            return Status.OTHER_BROADCAST, "other_broadcast"
        if not allows(self._settings.quota, at, received=self.book.received(recipient, at)):
            return Status.OTHER_BROADCAST, "quota"
        return Status.SENT, "sent"


def _about(task: Task) -> Json:
    return {"msgid": task.msgid, "sender": task.sender, "text": task.text, "link_url": task.link_url}
