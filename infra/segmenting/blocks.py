"""A CSV file in blocks of whole rows, so that one bad row slows or spoils its own block only."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from infra.segmenting.errors import SheetError

_BLOCK_BYTES = 8 << 20
_LINE_BYTES_MAX = 8 << 20
_ROW_LINES_MAX = 50  # a value with more line breaks than that is a quote left open
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Layout:
    """How many columns the file has, and where the wanted ones stand."""

    width: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows of the file; `first_line` counts from 1, the header included."""

    text: bytes
    first_line: int

    @property
    def lines(self) -> int:
        """Return how many lines the block has."""
        return self.text.count(b"\n") + (not self.text.endswith(b"\n"))


@dataclass(frozen=True, slots=True)
class Line:
    """One row with its fields, or None where it cannot be read, and the reason then."""

    number: int
    fields: Sequence[str] | None
    reason: str = ""


def read_layout(file: BinaryIO, columns: Sequence[str], *, name: str) -> Layout:
    """Return the layout that the first line tells; names count without case and surrounding space.

    Raises UnicodeDecodeError, as reading rows does, where something is no UTF-8.
    """
    header = file.readline(_LINE_BYTES_MAX).removeprefix(_BOM).decode("utf-8")
    names = _names(header, name=name)
    twice = [f"`{column}`" for column in columns if names.count(column) > 1]
    if twice:
        raise SheetError(f"{name}: the column {', '.join(twice)} stands there twice")
    missing = [f"`{column}`" for column in columns if column not in names]
    if missing:
        said = f"the column {missing[0]} is" if len(missing) == 1 else f"the columns {', '.join(missing)} are"
        raise SheetError(f"{name}: {said} missing")
    return Layout(len(names), tuple(names.index(column) for column in columns))


def _names(header: str, *, name: str) -> list[str]:
    try:
        told = next(csv.reader([header]), [])
    except csv.Error as error:
        raise SheetError(f"{name}: the first line cannot be read; lines end in LF or CR LF") from error
    return [column.strip().lower() for column in told]


def blocks_of(file: BinaryIO, columns: Sequence[str], *, name: str) -> Iterator[tuple[Layout, Block]]:
    """Yield the file block by block with its layout."""
    layout = read_layout(file, columns, name=name)
    first_line = 2
    while text := file.read(_BLOCK_BYTES):
        block = Block(text + _rest_of_row(file, text), first_line)
        first_line += block.lines
        yield layout, block


def rows_of(block: Block, layout: Layout) -> Iterator[Line]:
    """Yield the rows of the block one by one; an empty line is no row.

    A row may go over several lines inside quotes; a quote left open spoils its own line only.
    """
    lines = block.text.decode("utf-8").split("\n")
    at = 0
    while at < len(lines):
        fields, used = _fields(lines, at, layout)
        number = block.first_line + at
        at += used
        if fields is None:
            yield Line(number, None, "cannot be read: a quote is left open, or a value is too long")
        elif len(fields) > 1 and len(fields) != layout.width:
            yield Line(number, None, f"has {len(fields)} fields, not {layout.width}")
        elif fields:
            yield Line(number, [(fields[place] if place < len(fields) else "").strip() for place in layout.places])


def _fields(lines: list[str], at: int, layout: Layout) -> tuple[list[str] | None, int]:
    joined = lines[at].removesuffix("\r")
    if not joined.strip():
        return [], 1
    if joined.count('"') % 2 == 0:
        return _parsed(joined), 1
    for used in range(2, min(_ROW_LINES_MAX, len(lines) - at) + 1):
        joined += "\n" + lines[at + used - 1].removesuffix("\r")
        if joined.count('"') % 2 == 0:
            fields = _parsed(joined)
            if fields and len(fields) == layout.width:
                return fields, used
            break
    return _parsed(lines[at].removesuffix("\r")), 1


def _parsed(text: str) -> list[str] | None:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        return None


def _rest_of_row(file: BinaryIO, text: bytes) -> bytes:
    rest = b"" if text.endswith(b"\n") else file.readline(_LINE_BYTES_MAX)
    quotes = text.count(b'"') + rest.count(b'"')
    for _ in range(_ROW_LINES_MAX if quotes % 2 else 0):
        line = file.readline(_LINE_BYTES_MAX)
        rest += line
        if line.count(b'"') % 2 or not line:
            break
    return rest
