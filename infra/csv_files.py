"""CSV files as dealers have them: UTF-8 with or without a mark, or the GB 18030 that spreadsheets in China write."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path


class UnreadableCsvError(ValueError):
    """The file as a whole is no CSV; `line` says where reading it ended."""

    def __init__(self, *, line: int, problem: str) -> None:
        super().__init__(f"line {line} cannot be read as CSV: {problem}")
        self.line = line


class MissingColumnError(ValueError):
    """The file lacks a column that it needs."""

    def __init__(self, column: str, needed: Iterable[str]) -> None:
        super().__init__(f"the column `{column}` is missing; the file needs {', '.join(needed)}")
        self.column = column


def csv_rows(
    path: Path, *, needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with its line, every known column stripped and "" where the row is short."""
    # A NUL would end the reading of the whole file.
    reader = csv.DictReader(io.StringIO(text_of(path).replace("\0", ""), newline=""))
    names = _names(reader)
    for column in needed:
        if column not in names:
            raise MissingColumnError(column, needed)
    while (row := _next(reader)) is not None:
        yield reader.line_num, {name: (row.get(names.get(name, "")) or "").strip() for name in (*needed, *optional)}


def _names(reader: "csv.DictReader[str]") -> dict[str, str]:
    try:
        told = reader.fieldnames
    except csv.Error as error:
        raise UnreadableCsvError(line=reader.line_num + 1, problem=str(error)) from error
    return {name.strip(): name for name in told or () if name}


def _next(reader: "csv.DictReader[str]") -> dict[str, str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise UnreadableCsvError(line=reader.line_num + 1, problem=str(error)) from error


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a mark, or else in GB 18030."""
    body = path.read_bytes()
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030", errors="replace")
