"""The lake: Parquet under `raw/<dataset>/day=<UTC day written>/<content digest>.parquet`.

The day is the one of writing, so that a batch is one file however far apart its rows were received. A file's name
follows from its rows, so a batch that is written twice on a day ends in one file; rows that come again in another
batch are told apart by their identity (`event_key`, or contact and version) and removed by compaction.
"""

import hashlib
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.lake_schemas import INSTANT, KEY, ORDER, SCHEMAS
from ownerloop.ports import Row

ROWS_A_GROUP = 16 * 1024  # what a look-up of one car reads; larger ones save no byte


class S3Lake:
    """The lake bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def write(self, dataset: str, rows: Sequence[Row], *, on: date) -> str:
        """Write the rows as one file and return its key."""
        key, body = file_of(dataset, rows, on=on)
        client("s3").put_object(Bucket=self._bucket, Key=key, Body=body)
        return key


class MemoryLake:
    """The lake of tests and simulation: the same files, in a dict."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def write(self, dataset: str, rows: Sequence[Row], *, on: date) -> str:
        """Keep the rows as the same file that the bucket would hold."""
        key, body = file_of(dataset, rows, on=on)
        self.files[key] = body
        return key

    def rows(self, dataset: str) -> list[dict[str, Any]]:
        """Return every row of a dataset."""
        tables = [
            pq.read_table(io.BytesIO(body)) for key, body in self.files.items() if key.startswith(f"raw/{dataset}/")
        ]
        return [row for table in tables for row in table.to_pylist()]


def table_of(dataset: str, rows: Sequence[Row]) -> pa.Table:
    """Return the rows as one sorted table of the dataset's schema: absent values null, unknown columns a ValueError."""
    schema = SCHEMAS[dataset]
    names = set(schema.names)
    for row in rows:
        if unknown := set(row) - names:
            raise ValueError(f"dataset {dataset} has no column {sorted(unknown)}")
    columns = [pa.array([_value(row.get(field.name), field.type) for row in rows], type=field.type) for field in schema]
    return in_order(dataset, pa.Table.from_arrays(columns, schema=schema))


def in_order(dataset: str, table: pa.Table) -> pa.Table:
    """Return the rows in the order of the dataset, in which one owner's or car's lie together."""
    return table.sort_by(ORDER[dataset])


def parquet_of(table: pa.Table) -> bytes:
    """Return the table as Parquet bytes, zstd level 3; the same table gives the same bytes.

    In the order of the dataset neighbours differ little, so instants and whole numbers are kept as differences; keys
    are noise and stand as they are; the rest repeats itself and goes through a dictionary.
    """
    encodings = {field.name: way for field in table.schema if (way := _encoding(field.type))}
    names = [f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name for field in table.schema]
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=3,
        row_group_size=ROWS_A_GROUP,
        use_dictionary=[name for name in names if name not in encodings],
        column_encoding=encodings,
    )
    return sink.getvalue()


def _encoding(kind: pa.DataType) -> str | None:
    if kind == KEY:
        return "PLAIN"
    return "DELTA_BINARY_PACKED" if pa.types.is_timestamp(kind) or pa.types.is_int64(kind) else None


def file_of(dataset: str, rows: Sequence[Row], *, on: date) -> tuple[str, bytes]:
    """Return the key and bytes of the rows' file."""
    body = parquet_of(table_of(dataset, rows))
    return f"raw/{dataset}/day={on.isoformat()}/{hashlib.sha256(body).hexdigest()[:32]}.parquet", body


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if kind == KEY:
        return bytes.fromhex(value)
    if kind == INSTANT:
        return _instant(value)
    if pa.types.is_date(kind) and isinstance(value, str):
        return date.fromisoformat(value)
    return value


def _instant(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
