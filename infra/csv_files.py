"""CSV files as dealers have them: UTF-8 with or without a mark, UTF-16, or the GB 18030 of spreadsheets in China."""

import csv
import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

SURPLUS = "has more cells than the header; a comma inside a cell wants quotes"
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ] *(\d{1,2})(:.+))?").fullmatch


class UnreadableCsvError(ValueError):
    """The file as a whole is no CSV; `line` says where reading it ended."""

    def __init__(self, *, line: int, problem: str) -> None:
        super().__init__(f"line {line} cannot be read as CSV: {problem}")
        self.line = line


class ColumnError(ValueError):
    """The file lacks a column that it needs, or has one twice; `zh` is the same in Chinese."""

    def __init__(self, column: str, *, zh: str, en: str) -> None:
        super().__init__(en)
        self.column, self.zh = column, zh


def csv_rows(
    path: Path, *, needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Yield each row with its line: every known column stripped, "" where the row is short, None where it is too long.

    A row that is too long has a comma too many, and nobody knows where; empty cells at its end do no harm.
    """
    # A NUL would end the reading of the whole file.
    reader = csv.DictReader(io.StringIO(text_of(path).replace("\0", ""), newline=""), restkey="")
    names = _names(reader, needed, optional)
    while (row := _next(reader)) is not None:
        if any(row.pop("", ())):
            yield reader.line_num, None
            continue
        clean = {name: (row.get(names.get(name, "")) or "").strip() for name in (*needed, *optional)}
        if broken := [name for name, cell in clean.items() if "\n" in cell]:  # it takes the rows behind it along
            problem = f"a line break in `{broken[0]}`; is a quote left open?"
            raise UnreadableCsvError(line=reader.line_num, problem=problem)
        yield reader.line_num, clean


def _names(reader: "csv.DictReader[str]", needed: tuple[str, ...], optional: tuple[str, ...]) -> Mapping[str, str]:
    try:
        told = reader.fieldnames
    except csv.Error as error:
        raise UnreadableCsvError(line=reader.line_num + 1, problem=str(error)) from error
    stripped = [name.strip() for name in told or ()]
    for column in needed:
        if column not in stripped:
            raise _missing(column, needed)
    for column in (*needed, *optional):
        if stripped.count(column) > 1:
            raise ColumnError(column, zh=f"文件中列 {column} 出现两次", en=f"the column `{column}` stands there twice")
    return {name.strip(): name for name in told or () if name}


def _missing(column: str, needed: Iterable[str]) -> ColumnError:
    said = f"the column `{column}` is missing; the file needs {', '.join(needed)}"
    return ColumnError(column, zh=f"文件缺少列 {column}", en=said)


def _next(reader: "csv.DictReader[str]") -> dict[str, str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise UnreadableCsvError(line=reader.line_num + 1, problem=str(error)) from error


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8 or UTF-16, by its mark, or else in GB 18030.

    A byte that was damaged makes no GB 18030 of a file in UTF-8: what cannot be read of it becomes U+FFFD.
    """
    body = path.read_bytes()
    if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    text = body.decode("utf-8-sig", errors="replace")
    damaged = text.count("\ufffd")
    if damaged and not body.startswith(BOM_UTF8) and sum(not one.isascii() for one in text) <= 2 * damaged:
        return body.decode("gb18030", errors="replace")
    return text


def in_iso_form(text: str) -> str:
    """Return `2024/6/5 8:00` or `2024年6月5日` with dashes and zeros; other orders are ambiguous and stay."""
    told = _YEAR_FIRST(text)
    if told is None:
        return text
    year, month, day, hour, rest = told.groups()
    return f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}{rest}" if hour else "")


def is_bare_date(text: str) -> bool:
    """Return whether the text names a day and no instant of it."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
