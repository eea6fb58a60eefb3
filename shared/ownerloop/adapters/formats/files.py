"""Files of foreign data as records with the line on which each begins: JSON, JSON lines or CSV."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any, NoReturn

from ownerloop.adapters.formats.event import RefusedRecordError


@dataclass(frozen=True, slots=True)
class Record:
    """One record, or why it is none."""

    line: int
    value: Any = None
    refusal: RefusedRecordError | None = None


def text_of(data: bytes) -> str:
    """Return the text; a broken character becomes U+FFFD, so that it costs its own record only."""
    return data.decode("utf-8-sig", errors="replace")


def records_of(text: str) -> Iterator[Record]:
    """Return the records of a file in their order."""
    body = text.lstrip()
    if not body:
        return
    if body[0] == "[":
        yield from _array(text)
    elif _is_lines(body):
        yield from _lines(text)
    elif body[0] == "{":
        yield _decoded(text, line=1 + text[: len(text) - len(body)].count("\n"))
    else:
        yield from _csv(text)


def _is_lines(body: str) -> bool:
    """Return whether objects stand one a line: at least half of several lines begin one."""
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    return len(lines) > 1 and 2 * sum(line.startswith("{") for line in lines) >= len(lines)


def _lines(text: str) -> Iterator[Record]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _decoded(line, line=number)


def _decoded(text: str, *, line: int) -> Record:
    try:
        return Record(line, json.loads(text, parse_constant=_no_number))
    except RecursionError:
        return Record(line, refusal=RefusedRecordError("not_json", "is nested too deep"))
    except json.JSONDecodeError as error:
        rule = f"is no JSON: {error.msg} at column {error.colno}"
        return Record(line + error.lineno - 1, refusal=RefusedRecordError("not_json", rule))
    except ValueError:
        return Record(line, refusal=RefusedRecordError("not_json", "holds a number that is none"))


def _array(text: str) -> Iterator[Record]:
    """Return the elements of one array, each with its own line; a broken one ends the file."""
    decode = json.JSONDecoder(parse_constant=_no_number).raw_decode
    at = text.index("[") + 1
    while True:
        at = _skip(text, at, " \t\r\n,")
        line = text.count("\n", 0, at) + 1
        if at >= len(text) or text[at] == "]":
            break
        try:
            value, at = decode(text, at)
        except RecursionError:
            yield Record(line, refusal=RefusedRecordError("not_json", "is nested too deep"))
            return
        except ValueError as error:
            yield Record(line, refusal=RefusedRecordError("not_json", f"is no JSON: {error}"))
            return
        yield Record(line, value)
    if at >= len(text):
        yield Record(line, refusal=RefusedRecordError("not_json", "the array does not end"))
    elif text[at + 1 :].strip():
        yield Record(line, refusal=RefusedRecordError("not_json", "something follows the array"))


def _skip(text: str, at: int, over: str) -> int:
    while at < len(text) and text[at] in over:
        at += 1
    return at


def _csv(text: str) -> Iterator[Record]:
    rows = csv.reader(StringIO(text), strict=True)
    header: list[str] = []
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Record(line, refusal=RefusedRecordError("not_csv", str(error)))
            return
        if row is None:
            return
        if not any(cell.strip() for cell in row):
            continue
        if not header:
            header = [cell.strip() for cell in row]
            if len(header) == 1:
                yield Record(line, refusal=RefusedRecordError("not_json", "the file is neither JSON nor CSV"))
                return
        elif len(row) != len(header):
            rule = f"has {len(row)} cells, the header {len(header)}"
            yield Record(line, refusal=RefusedRecordError("not_csv", rule))
        else:
            yield Record(line, {name: cell.strip() or None for name, cell in zip(header, row, strict=True)})


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
