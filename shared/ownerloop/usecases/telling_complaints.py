"""What is said at once of a complaint: the task to call the owner back, and the automatic reply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ownerloop.complaint_ports import ComplaintDesk
from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_reply import Reply, reply_to
from ownerloop.domain.complaints import current
from ownerloop.domain.interactions import ComplaintClosed, ComplaintOpened, InteractionArrival
from ownerloop.domain.owner import Owner
from ownerloop.ports import Row


@dataclass(frozen=True, slots=True)
class Said:
    """The events for others, and the rows for the log of replies."""

    events: Sequence[Mapping[str, Any]] = ()
    replies: Sequence[Row] = ()


def say_at_once(
    arrival: InteractionArrival, case: Case | None, *, owner: Owner, desk: ComplaintDesk, now: datetime
) -> Said:
    """Return what the event makes us say: for the episode that the case is in, for an older one may just have ended.

    Told again, it has the same identities, so a redelivery or a second word of the same complaint doubles nothing.
    """
    if case is None or not isinstance(arrival.interaction, ComplaintOpened | ComplaintClosed):
        return Said()
    episode = current(case)
    if episode is None:
        return Said()
    due_at = desk.rules.callback_due(episode, store_id=case.store_id)
    at = arrival.received_at
    task = desk.note(case, episode, level=0, due_at=episode.opened_at, callback_due_at=due_at, at=at)
    opened_on = episode.opened_at.astimezone(desk.rules.zone_of(case.store_id)).date()
    policy, name = desk.reply_policy(opened_on), desk.store_name(case.store_id)
    reply = reply_to(case, episode, policy=policy, language=owner.language, store_name=name, now=now)
    if reply is None:
        return Said([task])
    return Said([task, desk.reply_note(reply, at=at)], [_row(reply, at=at)])


def _row(reply: Reply, *, at: datetime) -> Row:
    return {
        "reply_id": reply.reply_id,
        "conversation": reply.case_key,
        "person_id": reply.person_id,
        "store_id": reply.store_id,
        "opened_at": reply.opened_at,
        "language": reply.language,
        "policy_version": reply.policy_version,
        "received_at": at,
    }
