"""Sending over WeCom: reserved contacts of one staff member, text and day become tasks, each contact at most once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import daily_limit
from ownerloop.domain.ids import digest
from ownerloop.domain.recheck import is_paused
from ownerloop.domain.send_window import send_before
from ownerloop.domain.wecom import HEALING, OUTAGES, Answer, Created, Lost, Order, Refused, Unreached, WecomRefusal
from ownerloop.domain.wecom_task import TaskState, WecomTask, send_group
from ownerloop.outreach_ports import Breakers, WecomPorts
from ownerloop.usecases.following import gate_of
from ownerloop.usecases.wecom_moves import CHANNEL, Moves, People, WecomRules, people_behind

ALONE = "group_refused"  # whose group was refused without naming anybody is tried again alone


@dataclass(slots=True)
class SendReport:
    """What happened: moves by (state, reason), tasks made, and reserved contacts left to the sweep."""

    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    correlations: set[str | None] = field(default_factory=set)
    tasks: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class _Batch:
    """What goes into one task: contacts in their order, no address twice."""

    contacts: tuple[Contact, ...]
    addresses: dict[str, str]  # contact_id -> external_userid
    send_before: datetime


def send_wecom(
    contact_id: str, *, ports: WecomPorts, rules: WecomRules, breakers: Breakers, now: datetime
) -> SendReport:
    """Send the contact together with its reserved peers and return what became of them; only `reserved` acts.

    State goes first: the task item, then reserved -> sending, then the call. So a crash at any point leaves either a
    contact that was never sent, or one in doubt whose task can be looked for.
    """
    moves = Moves(ports=ports, rules=rules, now=now)
    reserved = _reserved_with(contact_id, ports=ports)
    now_sent = reserved[: rules.wecom.contacts_max]
    report = SendReport(left=len(reserved) - len(now_sent))
    for batch in _batches(now_sent, moves=moves, breakers=breakers):
        if report.tasks >= rules.wecom.tasks_per_invocation_max:
            report.left += len(batch.contacts)
        else:
            report.tasks += _sent(batch, moves=moves, breakers=breakers)
    report.moves, report.correlations = dict(moves.made), moves.correlations
    return report


def _reserved_with(contact_id: str, *, ports: WecomPorts) -> list[Contact]:
    asked = ports.contacts.load([contact_id]).get(contact_id)
    group = send_group(asked) if asked is not None else None
    if asked is None or group is None or asked.channel != CHANNEL:
        return []
    peers = [contact for contact in ports.contacts.reserved_group(group) if contact.contact_id != contact_id]
    still = [contact for contact in (asked, *peers) if send_group(contact) == group]  # the index may lag by a moment
    return sorted(still, key=lambda contact: contact.order)


def _batches(reserved: Sequence[Contact], *, moves: Moves, breakers: Breakers) -> list[_Batch]:
    people = people_behind(reserved, moves=moves)
    fit: list[tuple[Contact, datetime]] = []
    for contact in reserved:
        ends_at = _checked(contact, people=people, moves=moves, breakers=breakers)
        if ends_at is not None:
            fit.append((contact, ends_at))
    return _grouped(fit, people=people)


def _checked(contact: Contact, *, people: People, moves: Moves, breakers: Breakers) -> datetime | None:
    """Return the instant before which the contact must be sent; None if it was ended or sent back instead."""
    now, rules = moves.now, moves.rules
    if reason := people.why_not(contact):
        moves.end_unsent(contact, ContactState.SUPPRESSED, reason=reason)
        return None
    if is_paused(contact, owner=people.owners[contact.person_id]):
        moves.send_back(contact, reason="open_complaint", until=None)
        return None
    if rests_until := breakers.of(CHANNEL).rests_until(now):
        moves.send_back(contact, reason="channel_rests", until=rests_until)
        return None
    assert contact.reserved_day is not None  # noqa: S101 - without a day it is in no send group
    ends_at = send_before(
        now=now,
        valid_until=contact.valid_until,
        reserved_day=contact.reserved_day,
        quiet_hours=rules.contact.quiet_hours,
        clocks=people.clocks(contact),
    )
    if now + rules.wecom.sending_span >= ends_at:
        # Whoever reserved it saw another end of the window: asked again at once, it might be sent back for ever.
        moves.send_back(contact, reason="window_over", until=now + rules.wecom.hold_for)
        return None
    if _exceeds_own_max(contact, people=people, moves=moves):
        moves.send_back(contact, reason="daily_max_lowered", until=None)
        return None
    return ends_at


def _exceeds_own_max(contact: Contact, *, people: People, moves: Moves) -> bool:
    policy = moves.rules.contact
    limit = daily_limit(policy, daily_max=people.owners[contact.person_id].daily_max)
    if limit >= daily_limit(policy, daily_max=policy.daily_max):
        return False  # nobody lowered it, and the reservation saw to the rest
    gate = gate_of(contact.person_id, gates=moves.ports.gates)
    today = sorted((e.taken_at, e.contact_id) for e in gate.entries if e.day == contact.reserved_day)
    return contact.contact_id not in {contact_id for _, contact_id in today[:limit]}


def _grouped(fit: Iterable[tuple[Contact, datetime]], *, people: People) -> list[_Batch]:
    batches: list[_Batch] = []
    for contact, ends_at in fit:
        address = people.addresses[contact.person_id]
        alone = _goes_alone(contact)
        room = None if alone else next((b for b in batches if _has_room(b, address)), None)
        if room is None:
            batches.append(_Batch((contact,), {contact.contact_id: address}, ends_at))
            continue
        batches[batches.index(room)] = _Batch(
            contacts=(*room.contacts, contact),
            addresses={**room.addresses, contact.contact_id: address},
            send_before=min(room.send_before, ends_at),
        )
    return batches


def _goes_alone(contact: Contact) -> bool:
    return any(step.reason == ALONE for step in contact.trail)


def _has_room(batch: _Batch, address: str) -> bool:
    return not _goes_alone(batch.contacts[0]) and address not in batch.addresses.values()


def _sent(batch: _Batch, *, moves: Moves, breakers: Breakers) -> int:
    """Return how many tasks were asked for: 1, or 0 where somebody else took every contact or there is no task left."""
    task = _opened(batch, moves=moves)
    if task is None:
        return 0
    taken = [moved for contact in batch.contacts if (moved := _taken(contact, task, moves=moves)) is not None]
    task = replace(task, contact_ids=tuple(contact.contact_id for contact in taken))
    if not taken:
        _save_task(task.moved(TaskState.SETTLED, next_look_at=None), moves=moves)
        return 0
    order = Order(
        sender=task.staff_userid,
        external_userids=tuple(sorted(batch.addresses[contact.contact_id] for contact in taken)),
        text=task.text,
        link_url=task.link_url,
    )
    answer = moves.ports.wecom.create_task(order, now=moves.now)
    _note(answer, moves=moves, breakers=breakers)
    _settle(answer, task, taken, batch.addresses, moves=moves)
    return 1


def _opened(batch: _Batch, *, moves: Moves) -> WecomTask | None:
    """Return a task item that nobody else has: a new one, or one whose every attempt was clearly refused.

    The id follows from staff, text, day and a count. So a message that is asked for again after a clear no carries the
    same link, while two tasks that exist never do.
    """
    first, rules = batch.contacts[0], moves.rules
    for count in range(rules.wecom.tasks_per_group_max):
        task_id = f"t_{digest(str(send_group(first)), str(count))[:24]}"
        task = WecomTask(
            task_id=task_id,
            version=1,
            staff_userid=str(first.staff_userid),
            text=first.text,
            link_url=moves.ports.wecom.link_url(task_id),
            reserved_day=first.reserved_day or moves.now.date(),
            contact_ids=tuple(contact.contact_id for contact in batch.contacts),
            state=TaskState.CREATING,
            created_at=moves.now,
            send_before=batch.send_before,
            next_look_at=moves.now + rules.contact.sending_doubt,
        )
        if moves.ports.tasks.create(task):
            return task
        held = moves.ports.tasks.load(task_id)
        if held is None or held.state is not TaskState.SETTLED or held.contact_ids:
            continue
        again = replace(task, version=held.version + 1)
        if _save_task(again, moves=moves):
            return again
    return None


def _taken(contact: Contact, task: WecomTask, *, moves: Moves) -> Contact | None:
    return moves.move(
        contact,
        ContactState.SENDING,
        reason="sending",
        task_id=task.task_id,
        attempt_id=f"{task.task_id}.{task.version}",
        next_look_at=moves.now + moves.rules.contact.sending_doubt,
    )


def _note(answer: Answer, *, moves: Moves, breakers: Breakers) -> None:
    rules, held = moves.rules.wecom, breakers.of(CHANNEL)
    failed = isinstance(answer, Unreached) or (isinstance(answer, Refused) and answer.refusal in OUTAGES)
    if failed:
        pause, most = rules.breaker_pause, rules.breaker_failures
        breakers.keep(CHANNEL, held.failed(now=moves.now, failures_max=most, pause=pause))
    elif not isinstance(answer, Lost):
        breakers.keep(CHANNEL, type(held)())


def _settle(
    answer: Answer, task: WecomTask, taken: Sequence[Contact], addresses: dict[str, str], *, moves: Moves
) -> None:
    match answer:
        case Created():
            _created(answer, task, taken, addresses, moves=moves)
        case Lost():
            for contact in taken:
                moves.move(contact, ContactState.UNKNOWN, reason="answer_lost")
            look_at = moves.now + moves.rules.wecom.poll_every
            _save_task(task.moved(TaskState.UNKNOWN, next_look_at=look_at), moves=moves)
        case Unreached():
            _refused(None, task, taken, addresses, moves=moves)
        case Refused():
            _refused(answer, task, taken, addresses, moves=moves)
        case _:
            assert_never(answer)


def _created(
    answer: Created, task: WecomTask, taken: Sequence[Contact], addresses: dict[str, str], *, moves: Moves
) -> None:
    rules = moves.rules.wecom
    look_at = max(moves.now, min(moves.now + rules.poll_every, task.send_before - rules.cancel_lead))
    _save_task(task.moved(TaskState.CREATED, msgid=answer.msgid, next_look_at=look_at), moves=moves)
    for contact in taken:
        if addresses[contact.contact_id] in answer.not_sendable:
            moves.end_unsent(contact, ContactState.FAILED, reason=WecomRefusal.BAD_ADDRESS)
        else:
            moves.move(contact, ContactState.TASK_CREATED, reason="task_created", provider_message_id=answer.msgid)


def _refused(
    answer: Refused | None, task: WecomTask, taken: Sequence[Contact], addresses: dict[str, str], *, moves: Moves
) -> None:
    until = moves.now + moves.rules.wecom.hold_for
    for contact in taken:
        if answer is None:
            moves.send_back(contact, reason="provider_unreachable", until=until)
        elif answer.refusal in HEALING:
            moves.send_back(contact, reason=answer.refusal, until=until)
        elif _is_named(addresses[contact.contact_id], answer, group_size=len(taken)):
            moves.end_unsent(contact, ContactState.FAILED, reason=_reason(answer))
        else:
            moves.send_back(contact, reason=ALONE, until=until)
    _save_task(task.moved(TaskState.SETTLED, contact_ids=(), next_look_at=None), moves=moves)


def _is_named(address: str, answer: Refused, *, group_size: int) -> bool:
    """Return whether the refusal is about this address: it is named, nobody is and it is alone, or it is about all."""
    if answer.refusal not in {WecomRefusal.BAD_ADDRESS, WecomRefusal.REFUSED}:
        return True
    return address in answer.named or group_size == 1


def _reason(answer: Refused) -> str:
    return f"refused_{answer.errcode}" if answer.refusal is WecomRefusal.REFUSED else answer.refusal.value


def _save_task(task: WecomTask, *, moves: Moves) -> bool:
    try:
        moves.ports.tasks.save(task)
    except VersionConflictError:
        return False
    return True
