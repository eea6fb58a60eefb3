"""Complaints: opened and closed by event time, in whatever order the two are told."""

from dataclasses import dataclass, replace
from datetime import datetime

from ownerloop.domain.ids import digest
from ownerloop.domain.owner import Owner


@dataclass(frozen=True, slots=True)
class Case:
    """One complaint of one person: the newest instant of each side. `version` is 0 where there is no item yet."""

    case_key: str
    person_id: str
    version: int = 0
    topic: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Return whether it was opened after it was last closed; of equal instants the closing counts."""
        return self.opened_at is not None and (self.closed_at is None or self.closed_at < self.opened_at)


def case_key(person_id: str, case_id: str) -> str:
    """Return our name of a person's case; the source's own number may say something about a person."""
    return "k_" + digest(person_id, case_id)[:24]


def opened(case: Case, *, at: datetime, topic: str) -> Case:
    """Return the case opened at the instant; the topic is that of the newest opening."""
    held = (case.opened_at or at, case.topic)
    newest_at, newest_topic = max(held, (at, topic)) if case.opened_at else (at, topic)
    return replace(case, opened_at=newest_at, topic=newest_topic)


def closed(case: Case, *, at: datetime) -> Case:
    """Return the case closed at the instant, or later where it already was."""
    return replace(case, closed_at=max(case.closed_at or at, at))


def with_case(owner: Owner, case: Case) -> Owner:
    """Return the owner with this case among the open ones exactly if it is open."""
    others = set(owner.open_cases) - {case.case_key}
    return replace(owner, open_cases=tuple(sorted(others | {case.case_key} if case.is_open else others)))
