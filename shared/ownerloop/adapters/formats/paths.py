"""Paths into JSON: `a.b`, `list[key=text,key=text].b`; a name with dots in it (a VSS path) is found flat or nested."""

from collections.abc import Iterable
from typing import Any

from ownerloop.adapters.formats.units import unit_named

_DEPTH_MAX = 12  # a value of these formats lies at most this deep


def found(record: Any, paths: Iterable[str]) -> Any:
    """Return what the first path that leads somewhere holds; None where none does, or where it holds null."""
    return next((value for path in paths if (value := _at(record, path)) is not None), None)


def unwrapped(value: Any, *, depth: int = 0) -> tuple[Any, str | None]:
    """Return a bare value and the unit beside it, out of the wrappers that feeds put around values.

    Known wrappers: `{"value": 1, "unit": "km"}`, `{"kilometers": 1}`, `{"data": ...}`, `{"dp": ...}`,
    `{"doubleValue": 1}`.
    """
    if not isinstance(value, dict) or depth > _DEPTH_MAX:
        return value, None
    if value.get("invalid") is True:
        return None, None
    for name in ("data", "dp"):
        if name in value:
            return unwrapped(value[name], depth=depth + 1)
    if "value" in value:
        inner, unit = unwrapped(value["value"], depth=depth + 1)
        beside = value.get("unit")
        return inner, beside if isinstance(beside, str) else unit
    if len(value) == 1:
        (name, inner), *_ = value.items()
        if name.endswith("Value"):
            return inner, None
        if unit_named(name):
            return inner, name
    return value, None


def is_path(text: str) -> bool:
    """Return whether the text is a path that can lead somewhere."""
    return text == "" or (".." not in text and not text.startswith(".") and text.count("[") == text.count("]"))


def _at(value: Any, path: str, depth: int = 0) -> Any:
    if path == "":
        return value
    if depth > _DEPTH_MAX:
        return None
    if isinstance(value, list):
        return _selected(value, path, depth)
    if not isinstance(value, dict):
        return None
    for end in _ends(path):
        name, rest = path[:end], path[end:]
        if name in value:
            return _at(value[name], rest.removeprefix("."), depth + 1)
    return None


def _ends(path: str) -> list[int]:
    """Return where a first name can end, the longest first."""
    open_at = path.find("[")
    head = path if open_at < 0 else path[:open_at]
    return [len(head), *(place for place in range(len(head) - 1, 0, -1) if head[place] == ".")]


def _selected(rows: list[Any], path: str, depth: int) -> Any:
    """Return what the rest of the path holds in the first row whose keys have the texts."""
    if not path.startswith("["):
        return None
    choice, _, rest = path[1:].partition("]")
    wanted = {key: text for key, _, text in (part.partition("=") for part in choice.split(","))}
    row = next((row for row in rows if _has(row, wanted)), None)
    return None if row is None else _at(row, rest.removeprefix("."), depth + 1)


def _has(row: Any, wanted: dict[str, str]) -> bool:
    return isinstance(row, dict) and all(str(row.get(key)) == text for key, text in wanted.items())
