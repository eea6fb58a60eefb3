"""Transactions from a CSV export as columns: clean blocks at once, others row by row with a reason for each refusal."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from infra.csv_files import in_iso_form, text_of
from infra.segmenting.blocks import Block, Layout, blocks_of, rows_of
from ownerloop.domain.segmenting import Int32Array, Int64Array, Transactions, days_since_epoch

COLUMNS = ("owner_id", "at", "amount")
AMOUNT_MAX = 1_000_000_000
REFUSALS_KEPT = 1_000
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(2100, 12, 31)
_DAYS_MAX = days_since_epoch(_LAST_DAY)
_HUNDRED = 100
_TIE = 1e-3  # of a hundredth: far above what a float of at most AMOUNT_MAX loses
_ZONE = r"(:[0-9.]+)(Z|[+-][0-9]{2}:?[0-9]{2})$"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


class _FieldError(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not used, and the rule it breaks."""

    line: int
    reason: str


@dataclass(slots=True)
class Sheet:
    """What the file holds up to the day: owners in the order of their first row, and their transactions."""

    owner_ids: pa.Array
    visits: Transactions
    later: int = 0
    refused: int = 0
    refusals: list[Refused] = field(default_factory=list)  # the first of them


@dataclass(slots=True)
class _Columns:
    owner: pa.Array
    on: Int32Array
    hundredths: Int64Array


def read_transactions(path: Path, *, as_of: date) -> Sheet:
    """Return the transactions up to the day; a missing column refuses the file, a bad row only itself."""
    try:
        with path.open("rb") as file:
            return _read(file, path.name, as_of)
    except UnicodeDecodeError:  # as a whole, since a row alone does not say in which other encoding it is
        text = text_of(path)
    return _read(BytesIO(text.encode()), path.name, as_of, is_whole="\ufffd" not in text)


def _read(file: BinaryIO, name: str, as_of: date, *, is_whole: bool = True) -> Sheet:
    owners: list[pa.Array] = []
    on: list[Int32Array] = []
    hundredths: list[Int64Array] = []
    sheet = Sheet(pa.array([], pa.string()), _joined([], [], []))
    for layout, block in blocks_of(file, COLUMNS, name=name):
        columns = _at_once(block, layout) if is_whole else None
        if columns is None:
            columns = _row_by_row(block, layout, sheet)
        known = columns.on <= days_since_epoch(as_of)
        if not known.all():
            sheet.later += int(np.count_nonzero(~known))
            columns = _Columns(columns.owner.filter(pa.array(known)), columns.on[known], columns.hundredths[known])
        owners.append(columns.owner.dictionary_encode())
        on.append(columns.on)
        hundredths.append(columns.hundredths)
    if owners:
        same = pa.chunked_array(owners).unify_dictionaries()
        sheet.owner_ids = same.chunk(0).dictionary
        sheet.visits = _joined([chunk.indices.to_numpy() for chunk in same.chunks], on, hundredths)
    return sheet


def _joined(owner: list[Int32Array], on: list[Int32Array], hundredths: list[Int64Array]) -> Transactions:
    return Transactions(
        np.concatenate([np.zeros(0, np.int32), *owner], dtype=np.int32),
        np.concatenate([np.zeros(0, np.int32), *on], dtype=np.int32),
        np.concatenate([np.zeros(0, np.int64), *hundredths], dtype=np.int64),
    )


def _at_once(block: Block, layout: Layout) -> _Columns | None:
    """Return the block as columns, or None if anything in it needs a closer look."""
    names = [str(place) for place in range(layout.width)]
    owner_id, at, amount = (names[place] for place in layout.places)
    kinds = {owner_id: pa.string(), at: pa.string(), amount: pa.float64()}
    try:
        table = _table(block, names, kinds)
    except pa.ArrowInvalid:
        return None
    if table.num_rows != block.lines or table[amount].null_count:
        return None
    owners = pc.ascii_trim_whitespace(table[owner_id].combine_chunks())
    on = _days(table[at].combine_chunks())
    amounts = table[amount].to_numpy()
    is_clean = np.isfinite(amounts).all() and amounts.min() >= 0 and amounts.max() <= AMOUNT_MAX
    if on is None or not is_clean or pc.min(pc.binary_length(owners)).as_py() == 0:
        return None
    if on.min() < 0 or on.max() > _DAYS_MAX:
        return None
    exact = amounts * _HUNDRED
    rounded = np.floor(exact + 0.5)
    hundredths = rounded.astype(np.int64)
    near_ties = np.flatnonzero(np.abs(rounded - exact) > 0.5 - _TIE)
    if near_ties.size:  # a float cannot tell 12.345 from a little less: the text can
        texts = _table(block, names, {amount: pa.string()})[amount].take(pa.array(near_ties))
        try:
            hundredths[near_ties] = [_hundredths(text.strip()) for text in texts.to_pylist()]
        except _FieldError:
            return None
    return _Columns(owners, on, hundredths)


def _table(block: Block, names: list[str], kinds: dict[str, pa.DataType]) -> pa.Table:
    return csv.read_csv(
        BytesIO(block.text),
        read_options=csv.ReadOptions(column_names=names, block_size=len(block.text) + 1, use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(include_columns=[*kinds], column_types=kinds),
    )


def _days(texts: pa.Array) -> Int32Array | None:
    """Return the day that each text is written with, or None if one of them needs a closer look."""
    instants = _instants(texts)
    if instants is None:
        instants = _instants(pc.replace_substring_regex(texts, _ZONE, r"\1"))
    return None if instants is None else instants.to_numpy().astype("datetime64[D]").astype(np.int32)


def _instants(texts: pa.Array) -> pa.Array | None:
    try:
        return pc.cast(texts, pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None


def _row_by_row(block: Block, layout: Layout, sheet: Sheet) -> _Columns:
    owners: list[str] = []
    on: list[int] = []
    hundredths: list[int] = []
    for row in rows_of(block, layout):
        if row.fields is None:
            _refuse(sheet, row.number, row.reason)
            continue
        owner_id, at, amount = row.fields
        try:
            found = _owner(owner_id), _day(at), _hundredths(amount)
        except _FieldError as error:
            _refuse(sheet, row.number, str(error))
            continue
        owners.append(found[0])
        on.append(found[1])
        hundredths.append(found[2])
    return _Columns(pa.array(owners, pa.string()), np.array(on, np.int32), np.array(hundredths, np.int64))


def _refuse(sheet: Sheet, line: int, reason: str) -> None:
    sheet.refused += 1
    if len(sheet.refusals) < REFUSALS_KEPT:
        sheet.refusals.append(Refused(line, reason))


def _owner(text: str) -> str:
    if not text:
        raise _FieldError("owner_id is empty")
    if "\ufffd" in text:
        raise _FieldError("owner_id is neither UTF-8 nor GB 18030")
    return text


def _day(text: str) -> int:
    if not text:
        raise _FieldError("at is empty")
    try:
        day = datetime.fromisoformat(in_iso_form(text)).date()
    except ValueError as error:
        raise _FieldError("at is neither a date nor an instant (ISO 8601)") from error
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise _FieldError(f"at lies outside {_FIRST_DAY.year} to {_LAST_DAY.year}")
    return days_since_epoch(day)


def _hundredths(text: str) -> int:
    if not text:
        raise _FieldError("amount is empty")
    if not _NUMBER.fullmatch(text):
        raise _FieldError("amount is not a number")
    amount = Decimal(text)
    if amount < 0:
        raise _FieldError("amount is negative")
    if amount > AMOUNT_MAX:
        raise _FieldError(f"amount lies above {AMOUNT_MAX:,}")
    return int((amount * _HUNDRED).to_integral_value(ROUND_HALF_UP))
