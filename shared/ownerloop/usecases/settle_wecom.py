"""Settling WeCom tasks: what staff sent, what got lost, what must be stopped before it may no longer go out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.errors import IllegalTransitionError, ProviderUnavailableError, VersionConflictError
from ownerloop.domain.wecom import SendStatus
from ownerloop.domain.wecom_task import TaskState, WecomTask
from ownerloop.outreach_ports import WecomPorts
from ownerloop.usecases.wecom_moves import Moves, People, WecomRules, people_behind
from ownerloop.usecases.wecom_results import ADDRESS_CHANGED, end_left_out, end_waiting, forbidden, take_in

IN_DOUBT = frozenset({ContactState.SENDING, ContactState.UNKNOWN})
IN_TASK = IN_DOUBT | {ContactState.TASK_CREATED, ContactState.STAFF_CONFIRMED}


@dataclass(slots=True)
class SettleReport:
    """What happened: moves by (state, reason), tasks settled, without an answer, refused by our rules, or left."""

    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    correlations: set[str | None] = field(default_factory=set)
    settled: int = 0
    unanswered: int = 0
    refused: list[str] = field(default_factory=list)  # task ids: an operator must look at these
    left: int = 0  # to the next run
    faults: list[Exception] = field(default_factory=list)


def settle_wecom(
    *, ports: WecomPorts, rules: WecomRules, now: datetime, may_begin: Callable[[], bool] = lambda: True
) -> SettleReport:
    """Look at every task that is due and return what became of them; killed anywhere and run again it ends the same.

    A run ends early when the provider answers nothing, or when no more task `may_begin`; what is left is still due at
    the next one. One task's fault keeps no other waiting, which may have to be stopped before the night; the first is
    raised in the end.
    """
    moves = Moves(ports=ports, rules=rules, now=now)
    report = SettleReport()
    due = ports.tasks.due(now=now)
    in_a_row = 0
    for place, task_id in enumerate(due):
        is_over = place >= rules.wecom.tasks_per_run_max or in_a_row >= rules.wecom.unanswered_max
        if is_over or not may_begin():
            report.left = len(due) - place
            break
        try:
            answered = _looked_at(task_id, moves=moves, report=report)
        except Exception as fault:  # noqa: BLE001  # raised in the end; the other tasks must not pay for it
            report.faults.append(fault)
            answered = False
        in_a_row = 0 if answered else in_a_row + 1
    report.moves, report.correlations = dict(moves.made), moves.correlations
    if report.faults:
        raise report.faults[0]
    return report


def _looked_at(task_id: str, *, moves: Moves, report: SettleReport) -> bool:
    """Return whether the provider answered, as far as it was asked."""
    task = moves.ports.tasks.load(task_id)
    if task is None or task.next_look_at is None or task.next_look_at > moves.now:
        return True
    look = _Look(task, moves)
    try:
        look.run()
    except ProviderUnavailableError:
        look.put_off()
        report.unanswered += 1
        return False
    except VersionConflictError:
        return True  # somebody else settles it at this moment
    except IllegalTransitionError:
        look.put_off()  # one task that our rules do not know never keeps the others waiting
        report.refused.append(task_id)
        return True
    report.settled += look.task.state is TaskState.SETTLED
    return True


class _Look:
    """One look at one task: `task` is as last written, the contacts are those that are in it now."""

    def __init__(self, task: WecomTask, moves: Moves) -> None:
        self.task, self._moves, self._rules = task, moves, moves.rules.wecom
        self._contacts = self._in_task()

    def run(self) -> None:
        """Bring the task as far as the provider's answers carry."""
        if not self._contacts:
            self._close_empty()
            return
        match self.task.state:
            case TaskState.CREATING | TaskState.UNKNOWN:
                self._find()
            case TaskState.CREATED | TaskState.CONFIRMED:
                self._watch()
            case TaskState.CANCELLED:
                self._finish()
            case TaskState.SETTLED:
                return
            case _:
                assert_never(self.task.state)

    def put_off(self) -> None:
        """Ask again later."""
        try:
            self._wait()
        except VersionConflictError:
            return

    @property
    def _must_stop(self) -> bool:
        return self._moves.now >= self.task.send_before - self._rules.cancel_lead

    def _in_task(self) -> list[Contact]:
        held = self._moves.ports.contacts.load(self.task.contact_ids).values()
        mine = (c for c in held if c.task_id == self.task.task_id and c.state in IN_TASK)
        return sorted(mine, key=lambda contact: contact.order)

    def _find(self) -> None:
        """Look for a task whose answer was lost, and give it up once the provider is sure not to have it."""
        self._contacts = [self._doubted(contact) for contact in self._contacts]
        task, margin = self.task, self._rules.list_margin
        since, until = task.created_at - margin, task.created_at + margin
        msgid = self._moves.ports.wecom.find_task(task.link_url, since=since, until=until, now=self._moves.now)
        if msgid is not None:
            self._save(TaskState.CREATED, msgid=msgid)
            self._watch()
            return
        misses = task.misses + 1
        is_old = self._moves.now - task.created_at >= self._rules.give_up_after
        if misses < self._rules.misses_min or not is_old:
            self._wait(TaskState.UNKNOWN, misses=misses)
            return
        for contact in self._contacts:
            self._moves.end_unsent(contact, ContactState.FAILED, reason="never_accepted")
        self._settle()

    def _doubted(self, contact: Contact) -> Contact:
        if contact.state is not ContactState.SENDING:
            return contact
        return self._moves.must_move(contact, ContactState.UNKNOWN, reason="answer_lost")

    def _watch(self) -> None:
        """Take in what the staff member sent; stop the task where it may not wait any longer."""
        msgid = str(self.task.msgid)
        self._contacts = [self._entered(contact, msgid) for contact in self._contacts]
        people = self._people()
        if self._must_stop or any(forbidden(contact, people=people) for contact in self._contacts):
            self._stop(msgid, people)
            return
        if not self._moves.ports.wecom.was_confirmed(msgid, sender=self.task.staff_userid, now=self._moves.now):
            self._wait()
            return
        self._take_in(people)
        self._wait(TaskState.CONFIRMED) if self._contacts else self._settle()

    def _entered(self, contact: Contact, msgid: str) -> Contact:
        if contact.state not in IN_DOUBT:
            return contact
        return self._moves.must_move(
            contact, ContactState.TASK_CREATED, reason="task_created", provider_message_id=msgid
        )

    def _stop(self, msgid: str, people: People) -> None:
        """Cancel the task.

        Before quiet hours the result is read at once. Where somebody in it withdrew it is read one poll later, because
        the others are asked for again and nothing that went out at the same moment may be missed.
        """
        if not self._moves.ports.wecom.cancel(msgid, now=self._moves.now):
            self._take_in(people)
            self._wait() if self._contacts else self._settle()
            return
        self._save(TaskState.CANCELLED, next_look_at=self._moves.now + self._rules.poll_every)
        if self._must_stop:
            self._finish()

    def _finish(self) -> None:
        """End a stopped task by its last result."""
        people = self._people()
        results = self._take_in(people)
        named = [c for c in self._contacts if people.addresses.get(c.person_id) in results]
        end_waiting(named, people=people, may_ask_again=not self._must_stop, moves=self._moves)
        left_out = [contact for contact in self._contacts if contact not in named]
        end_left_out(left_out, results, people=people, moves=self._moves)
        self._settle()

    def _take_in(self, people: People) -> dict[str, SendStatus]:
        results = self._moves.ports.wecom.results(
            str(self.task.msgid), sender=self.task.staff_userid, now=self._moves.now
        )
        self._contacts = take_in(
            self._contacts, results, people=people, held_more_days=self._must_stop, moves=self._moves
        )
        if results and SendStatus.WAITING not in results.values():
            end_left_out(self._contacts, results, people=people, moves=self._moves)
            self._contacts = []
        return results

    def _wait(self, state: TaskState | None = None, **changes: object) -> None:
        """Look again later; once the task should be stopped, hold slots of the days on which it may still go out."""
        now, look_at = self._moves.now, self._moves.now + self._rules.poll_every
        if not self._must_stop:
            look_at = min(look_at, self.task.send_before - self._rules.cancel_lead)
        elif now - self.task.send_before >= self._rules.read_for:
            self._give_up()
            return
        else:
            people = self._people()
            for contact in self._contacts:
                today = civil_day(now, people.zone(contact))
                self._moves.hold_days(contact, (today, today + timedelta(days=1)))
        self._save(state or self.task.state, next_look_at=look_at, **changes)

    def _give_up(self) -> None:
        for contact in self._contacts:
            if contact.state is not ContactState.UNKNOWN:
                self._moves.must_move(contact, ContactState.UNKNOWN, reason="result_never_read")
        self._save(TaskState.SETTLED, next_look_at=None)

    def _settle(self) -> None:
        """Close the task, unless a contact was left in it because somebody else wrote it just now."""
        if any(contact.reason != ADDRESS_CHANGED for contact in self._in_task()):
            self._wait()
            return
        self._save(TaskState.SETTLED, next_look_at=None)

    def _close_empty(self) -> None:
        """Close a task that holds nobody; where the provider was never asked for it, its link may be used again."""
        never_asked = self.task.state is TaskState.CREATING
        contact_ids = () if never_asked else self.task.contact_ids
        self._save(TaskState.SETTLED, next_look_at=None, contact_ids=contact_ids)

    def _people(self) -> People:
        return people_behind(self._contacts, moves=self._moves)

    def _save(self, state: TaskState, **changes: object) -> None:
        moved = self.task.moved(state, **changes)
        self._moves.ports.tasks.save(moved)
        self.task = moved
