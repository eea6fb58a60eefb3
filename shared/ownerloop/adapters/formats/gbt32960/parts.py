"""The parts that data items are made of: numbers with their sentinels, words, lists, and bytes to step over."""

from collections.abc import Mapping
from dataclasses import dataclass
from struct import unpack
from typing import Any

from ownerloop.adapters.formats.gbt32960.cursor import Cursor

Absent = dict[str, str]
_LETTERS = {1: "B", 2: "H", 4: "I"}  # of the struct module, by width


@dataclass(frozen=True, slots=True)
class Number:
    """An unsigned number: value = (raw + shift) / per. FF..FE is abnormal and FF..FF invalid, in any width."""

    name: str
    width: int
    per: int = 1
    shift: int = 0
    top: int | None = None  # the highest raw value that the standard calls valid
    has_sentinels: bool = True

    def read(self, cursor: Cursor, at: str, absent: Absent) -> Any:
        """Return the value, or None with its reason in `absent`."""
        raw = cursor.whole(self.width, f"{at}{self.name}")
        reason = self.reason(raw)
        if reason:
            absent[f"{at}{self.name}"] = reason
            return None
        return self.value(raw)

    def value(self, raw: int) -> int | float:
        """Return what a raw number means."""
        return raw + self.shift if self.per == 1 else (raw + self.shift) / self.per

    def reason(self, raw: int) -> str:
        """Return why a raw number means nothing, or an empty text."""
        highest = 256**self.width - 1
        if self.has_sentinels and raw >= highest - 1:
            return "invalid" if raw == highest else "abnormal"
        return "out_of_range" if self.top is not None and raw > self.top else ""


@dataclass(frozen=True, slots=True)
class Word:
    """A byte that stands for a word."""

    name: str
    words: Mapping[int, str]

    def read(self, cursor: Cursor, at: str, absent: Absent) -> Any:
        """Return the word, or None with its reason in `absent`."""
        raw = cursor.whole(1, f"{at}{self.name}")
        if raw in self.words:
            return self.words[raw]
        absent[f"{at}{self.name}"] = {0xFF: "invalid", 0xFE: "abnormal"}.get(raw, "out_of_range")
        return None


@dataclass(frozen=True, slots=True)
class Series:
    """A count and as many numbers; a number that is a sentinel is None in its place."""

    name: str
    count_width: int
    each: Number

    def read(self, cursor: Cursor, at: str, absent: Absent) -> Any:
        """Return the numbers; none where the count is a sentinel."""
        count = _count(cursor, self.count_width, f"{at}{self.name}", absent)
        body = cursor.take(count * self.each.width, f"{at}{self.name}")
        raws = unpack(f">{count}{_LETTERS[self.each.width]}", body)
        reasons = {raw: reason for raw in set(raws) if (reason := self.each.reason(raw))}
        if not reasons:
            return [self.each.value(raw) for raw in raws]
        absent[f"{at}{self.name}"] = reasons[max(reasons)]
        return [None if raw in reasons else self.each.value(raw) for raw in raws]


@dataclass(frozen=True, slots=True)
class Many:
    """A count and as many groups of parts."""

    name: str
    count_width: int
    parts: tuple["Part", ...]

    def read(self, cursor: Cursor, at: str, absent: Absent) -> Any:
        """Return the groups in their order; none where the count is a sentinel."""
        count = _count(cursor, self.count_width, f"{at}{self.name}", absent)
        return [read_parts(self.parts, cursor, f"{at}{self.name}[{place}].", absent) for place in range(count)]


@dataclass(frozen=True, slots=True)
class Sized:
    """A count of bytes and the bytes, stepped over; only the count is kept."""

    name: str
    count_width: int = 2

    def read(self, cursor: Cursor, at: str, absent: Absent) -> Any:  # noqa: ARG002  # the shape of a part
        """Return how many bytes were stepped over."""
        count = cursor.whole(self.count_width, f"{at}{self.name}")
        cursor.take(count, f"{at}{self.name}")
        return count


@dataclass(frozen=True, slots=True)
class Skipped:
    """Bytes that nobody needs (a secret, an identifier, a scale that the sources dispute)."""

    name: str
    width: int

    def read(self, cursor: Cursor, at: str, absent: Absent) -> Any:  # noqa: ARG002  # the shape of a part
        """Step over the bytes."""
        cursor.take(self.width, f"{at}{self.name}")


Part = Number | Word | Series | Many | Sized | Skipped


def read_parts(parts: tuple[Part, ...], cursor: Cursor, at: str, absent: Absent) -> dict[str, Any]:
    """Return the values of the parts by name; `at` is the path under which the absent ones are named."""
    values = {part.name: part.read(cursor, at, absent) for part in parts}
    return {name: value for name, value in values.items() if value is not None}


def _count(cursor: Cursor, width: int, what: str, absent: Absent) -> int:
    count = cursor.whole(width, f"{what} count")
    highest = 256**width - 1
    if count < highest - 1:
        return count
    absent[what] = "invalid" if count == highest else "abnormal"
    return 0
