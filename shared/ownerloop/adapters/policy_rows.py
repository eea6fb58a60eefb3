"""Versioned policy data as it stands in the package: lists of rows, each checked field by field when it is read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from importlib.resources import files
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class _Versioned(Protocol):
    @property
    def effective_on(self) -> date: ...


V = TypeVar("V", bound=_Versioned)


class PolicyDataError(ValueError):
    """A policy file breaks a rule: a fault of the build, never of a message."""

    def __init__(self, *, file: str, field: str, rule: str) -> None:
        super().__init__(f"{file}: {field} {rule}")
        self.file, self.field, self.rule = file, field, rule


@dataclass(frozen=True, slots=True)
class Row:
    """One object of a policy file, read by field name; whatever is missing or of the wrong kind is named."""

    file: str
    at: str
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a text that is not empty."""
        return str(self._checked(name, str, "must be a text that is not empty", bool))

    def whole(self, name: str, *, low: int = 0) -> int:
        """Return a whole number that is not below `low`."""
        return int(self._checked(name, int, f"must be a whole number from {low} up", lambda value: value >= low))

    def whole_or_none(self, name: str, *, low: int = 0) -> int | None:
        """Return a whole number, or None where the file says null; a field left out is an error."""
        return None if name in self.values and self.values[name] is None else self.whole(name, low=low)

    def number(self, name: str) -> float:
        """Return a number that is not negative."""
        return float(self._checked(name, (int, float), "must be a number from 0 up", lambda value: value >= 0))

    def flag(self, name: str) -> bool:
        """Return true or false; a field left out is an error."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise self.refusal(name, "must be true or false")
        return value

    def span(self, name: str, unit: str) -> timedelta:
        """Return the span that the field counts in the unit (`minutes`, `hours`, `days`)."""
        return timedelta(**{unit: self.whole(name)})

    def day(self, name: str) -> date:
        """Return a calendar day."""
        return self._parsed(name, date.fromisoformat, "must be a day, YYYY-MM-DD")

    def clock(self, name: str) -> time:
        """Return a time of day without a zone."""
        return self._parsed(name, time.fromisoformat, "must be a time of day, HH:MM")

    def one_of(self, name: str, allowed: frozenset[str]) -> str:
        """Return one of the allowed words."""
        return str(self._checked(name, str, "must be a word of its list", lambda value: value in allowed))

    def row(self, name: str) -> "Row":
        """Return the object in the field."""
        return Row(self.file, f"{self.at}.{name}", self._checked(name, dict, "must be an object"))

    def rows(self, name: str) -> list["Row"]:
        """Return the objects of the list in the field, of which there is at least one."""
        values = self._checked(name, list, "must be a list that is not empty", bool)
        return [_row(self.file, f"{self.at}.{name}[{place}]", value) for place, value in enumerate(values)]

    def rows_or_none(self, name: str) -> list["Row"]:
        """Return the objects of the list in the field, none where the file leaves it out."""
        return self.rows(name) if name in self.values else []

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of the list in the field, of which there is at least one and none is empty."""
        values = self._checked(name, list, "must be a list that is not empty", bool)
        if not all(isinstance(value, str) and value for value in values):
            raise self.refusal(name, "must hold texts that are not empty")
        return tuple(values)

    def refusal(self, name: str, rule: str) -> PolicyDataError:
        """Return the error that names the file and the field."""
        return PolicyDataError(file=self.file, field=f"{self.at}.{name}", rule=rule)

    def _checked(self, name: str, kind: Any, rule: str, holds: Callable[[Any], object] = lambda _: True) -> Any:
        value = self.values.get(name)
        if not isinstance(value, kind) or isinstance(value, bool) or not holds(value):
            raise self.refusal(name, rule)
        return value

    def _parsed(self, name: str, parse: Callable[[str], T], rule: str) -> T:
        text = self.text(name)
        try:
            return parse(text)
        except ValueError as error:
            raise self.refusal(name, rule) from error


def rows_of(file: str, *, text: str | None = None) -> tuple[Row, ...]:
    """Return the rows of a policy file, oldest first, or raise PolicyDataError; `text` stands in for the file's own."""
    source = files("ownerloop.data").joinpath(file).read_text(encoding="utf-8") if text is None else text
    try:
        values = json.loads(source)
    except ValueError as error:
        raise PolicyDataError(file=file, field="the file", rule="must be JSON") from error
    if not isinstance(values, list) or not values:
        raise PolicyDataError(file=file, field="the file", rule="must be a list that is not empty")
    return tuple(sorted((_row(file, f"[{place}]", value) for place, value in enumerate(values)), key=_effective_on))


def in_force(versions: tuple[V, ...], on: date) -> V:
    """Return the newest version effective on the day, of versions oldest first; a day before all gets the oldest."""
    for version in reversed(versions):
        if version.effective_on <= on:
            return version
    return versions[0]


def _row(file: str, at: str, value: object) -> Row:
    if not isinstance(value, dict):
        raise PolicyDataError(file=file, field=at, rule="must be an object")
    return Row(file, at, value)


def _effective_on(row: Row) -> date:
    return row.day("effective_on")
