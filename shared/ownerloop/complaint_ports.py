"""What complaints need from the world: their rules by day, and the words in which others are told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_marks import Episode
from ownerloop.domain.complaint_reply import Reply, ReplyPolicy
from ownerloop.domain.complaints import ComplaintRules


class EscalationNote(Protocol):
    """How a level is told to others."""

    def __call__(
        self, case: Case, episode: Episode, *, level: int, due_at: datetime, callback_due_at: datetime, at: datetime
    ) -> Mapping[str, Any]:
        """Return the event; its id follows from the case, its opening and the level."""
        ...


class ReplyNote(Protocol):
    """How a reply is told to whoever holds the conversation."""

    def __call__(self, reply: Reply, *, at: datetime) -> Mapping[str, Any]:
        """Return the event; its id is the reply's."""
        ...


@dataclass(frozen=True, slots=True)
class ComplaintDesk:
    """The rules and words of complaints; `store_name` returns a store's name by language."""

    rules: ComplaintRules
    reply_policy: Callable[[date], ReplyPolicy]
    store_name: Callable[[str | None], Mapping[str, str]]
    note: EscalationNote
    reply_note: ReplyNote
