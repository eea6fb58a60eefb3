"""What we publish of complaints: the levels reached, and the automatic reply; nothing names a person outside."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field

from ownerloop.contracts.cloud_event import PUBLISHED, Instant, Name
from ownerloop.contracts.identity import instant_text
from ownerloop.contracts.outgoing import outgoing
from ownerloop.contracts.published import PersonId, PublishedEvent
from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_marks import Episode
from ownerloop.domain.complaint_reply import Reply
from ownerloop.domain.complaints import assigned_to, step_id, type_of

CASE_ESCALATED = "ownerloop.case.escalated.v1"
REPLY_MADE = "ownerloop.case.reply_made.v1"
SOURCE = "urn:ownerloop:complaints"
CaseKey = Annotated[str, Field(pattern="^k_[0-9a-f]{24}$")]


class CaseEscalatedData(BaseModel):
    """A level of a complaint: 0 is the task to call back, given at once; `due_at` is when the level was reached."""

    model_config = PUBLISHED

    case_key: CaseKey
    person_id: PersonId
    store_id: str | None
    level: Annotated[int, Field(ge=0)]
    topic: Name
    complaint_type: Name | None
    opened_at: Instant
    due_at: Instant
    callback_due_at: Instant
    was_called_back: bool
    assigned_to: Name | None
    is_open: bool


class CaseEscalatedV1(PublishedEvent):
    """A complaint reached a level; each is published under one id."""

    type: Literal["ownerloop.case.escalated.v1"]
    data: CaseEscalatedData

    @classmethod
    def from_domain(
        cls, case: Case, episode: Episode, *, level: int, due_at: datetime, callback_due_at: datetime, at: datetime
    ) -> Self:
        """Return the event for a level of a complaint."""
        told = case_escalated(case, episode, level=level, due_at=due_at, callback_due_at=callback_due_at, at=at)
        return cls.model_validate(told)


class ReplyMadeData(BaseModel):
    """An automatic reply for the conversation in which the owner complained."""

    model_config = PUBLISHED

    reply_id: Annotated[str, Field(pattern="^a_[0-9a-f]{24}$")]
    case_key: CaseKey
    person_id: PersonId
    store_id: str | None
    opened_at: Instant
    language: Name
    text: str
    policy_version: Name


class ReplyMadeV1(PublishedEvent):
    """A complaint gets its automatic reply; whoever holds the conversation gives it there."""

    type: Literal["ownerloop.case.reply_made.v1"]
    data: ReplyMadeData

    @classmethod
    def from_domain(cls, reply: Reply, *, at: datetime) -> Self:
        """Return the event for a reply."""
        return cls.model_validate(reply_made(reply, at=at))


def case_escalated(
    case: Case, episode: Episode, *, level: int, due_at: datetime, callback_due_at: datetime, at: datetime
) -> dict[str, Any]:
    """Return the event for a level of a complaint; its id follows from the case, its opening and the level."""
    said = {
        "case_key": case.case_key,
        "person_id": case.person_id,
        "store_id": case.store_id,
        "level": level,
        "topic": case.topic,
        "complaint_type": type_of(case) or None,
        "opened_at": instant_text(episode.opened_at),
        "due_at": instant_text(due_at),
        "callback_due_at": instant_text(callback_due_at),
        "was_called_back": episode.was_called_back,
        "assigned_to": assigned_to(episode),
        "is_open": episode.ended_at is None,
    }
    event_id = step_id(case.case_key, episode.opened_at, level)
    return outgoing(CASE_ESCALATED, case.case_key, said, event_id=event_id, source=SOURCE, at=at)


def reply_made(reply: Reply, *, at: datetime) -> dict[str, Any]:
    """Return the event for a reply; its id is the reply's."""
    said = {
        "reply_id": reply.reply_id,
        "case_key": reply.case_key,
        "person_id": reply.person_id,
        "store_id": reply.store_id,
        "opened_at": instant_text(reply.opened_at),
        "language": reply.language,
        "text": reply.text,
        "policy_version": reply.policy_version,
    }
    return outgoing(REPLY_MADE, reply.case_key, said, event_id=reply.reply_id, source=SOURCE, at=at)
