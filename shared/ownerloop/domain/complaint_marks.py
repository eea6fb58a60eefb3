"""What is told of a complaint, as a set of marks in time: any order, doubling or batching comes to the same story."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

MARKS_MAX = 48  # the newest that a case keeps: the greatest of a total order, so keeping them is a join


class MarkKind(StrEnum):
    """What happened to a complaint. Of one instant they count in this order, so the closing has the last word."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    CALLED_BACK = "called_back"
    CLOSED = "closed"


_RANK = {kind: rank for rank, kind in enumerate(MarkKind)}


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that happened, when we were told, and its word: an opening's type, an assignment's staff member."""

    at: datetime
    kind: MarkKind
    told_at: datetime
    word: str = ""

    @property
    def place(self) -> tuple[datetime, int, str]:
        """Return where it stands in time: what tells it from every other mark."""
        return self.at, _RANK[self.kind], self.word


@dataclass(frozen=True, slots=True)
class Taken:
    """One level that an episode reached, by the opening that began it; `is_told` once everybody heard of it."""

    opened_at: datetime
    level: int
    due_at: datetime
    taken_at: datetime
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """A complaint from an opening to the closing that ended it; another opening in between starts nothing anew.

    `firsts` and `lasts` hold the first and the last mark of each kind in it.
    """

    opened_at: datetime
    told_at: datetime
    ended_at: datetime | None = None
    firsts: Mapping[MarkKind, Mark] = field(default_factory=lambda: MappingProxyType({}))
    lasts: Mapping[MarkKind, Mark] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def was_known(self) -> bool:
        """Return whether we were told of it before it was over, so that somebody could have done something."""
        return self.ended_at is None or self.told_at <= self.ended_at

    @property
    def was_called_back(self) -> bool:
        """Return whether its owner was reached by a callback."""
        return MarkKind.CALLED_BACK in self.firsts

    def first_at(self, kind: MarkKind) -> datetime | None:
        """Return when something of the kind happened first in it, or None."""
        first = self.firsts.get(kind)
        return first.at if first else None


def with_mark(marks: Iterable[Mark], mark: Mark) -> tuple[Mark, ...]:
    """Return the marks with one more, in their order in time; told twice, it counts as told at the earlier instant."""
    by_place: dict[tuple[datetime, int, str], Mark] = {}
    for one in (*marks, mark):
        held = by_place.get(one.place)
        if held is None or one.told_at < held.told_at:
            by_place[one.place] = one
    return tuple(by_place[place] for place in sorted(by_place))[-MARKS_MAX:]


def episodes(marks: Sequence[Mark]) -> tuple[Episode, ...]:
    """Return the episodes of marks that are in their order, oldest first; what lies outside of all says nothing."""
    found: list[Episode] = []
    start: Mark | None = None
    firsts: dict[MarkKind, Mark] = {}
    lasts: dict[MarkKind, Mark] = {}
    for mark in marks:
        if start is None:
            if mark.kind is not MarkKind.OPENED:
                continue
            start, firsts, lasts = mark, {}, {}
        firsts.setdefault(mark.kind, mark)
        lasts[mark.kind] = mark
        if mark.kind is MarkKind.CLOSED:
            found.append(Episode(start.at, start.told_at, ended_at=mark.at, firsts=firsts, lasts=lasts))
            start = None
    if start is not None:
        found.append(Episode(start.at, start.told_at, firsts=firsts, lasts=lasts))
    return tuple(found)
