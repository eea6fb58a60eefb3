"""What a complaint's item holds beside the sides of a case: its marks and the levels that it reached.

`marks`: a list of `[at, kind, told_at]` or `[at, kind, told_at, word]`; `taken`: a list of `[opened_at, level, due_at,
taken_at, is_told]`. Instants are in microseconds. A complaint from before there were marks reads as its two sides.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ownerloop.adapters.dynamodb.items import instant, micros
from ownerloop.domain.complaint_marks import Mark, MarkKind, Taken


def marks_of(marks: Iterable[Mark]) -> list[list[Any]]:
    """Return the plain values of marks."""
    return [
        [micros(mark.at), str(mark.kind), micros(mark.told_at), *([mark.word] if mark.word else [])] for mark in marks
    ]


def taken_of(taken: Iterable[Taken]) -> list[list[Any]]:
    """Return the plain values of levels."""
    return [
        [micros(one.opened_at), one.level, micros(one.due_at), micros(one.taken_at), int(one.is_told)] for one in taken
    ]


def marks_from(values: Mapping[str, Any]) -> tuple[Mark, ...]:
    """Return the marks of an item's plain values, in their order."""
    if "marks" in values or "doubt" in values:
        return tuple(_mark(*one) for one in values.get("marks", ()))
    sides = [(values.get("opened_at"), MarkKind.OPENED), (values.get("closed_at"), MarkKind.CLOSED)]
    found = [Mark(instant(at), kind, told_at=instant(at)) for at, kind in sides if at is not None]
    return tuple(sorted(found, key=lambda mark: mark.place))


def taken_from(values: Mapping[str, Any]) -> tuple[Taken, ...]:
    """Return the levels of an item's plain values, in their order."""
    return tuple(
        Taken(instant(opened_at), level, due_at=instant(due_at), taken_at=instant(taken_at), is_told=bool(is_told))
        for opened_at, level, due_at, taken_at, is_told in values.get("taken", ())
    )


def _mark(at: int, kind: str, told_at: int, word: str = "") -> Mark:
    return Mark(instant(at), MarkKind(kind), told_at=instant(told_at), word=word)
