"""The lake: one schema per dataset, Parquet under `raw/<dataset>/day=<UTC day written>/<content digest>.parquet`.

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
from ownerloop.domain.report import MEASURED
from ownerloop.ports import Row

_INSTANT = pa.timestamp("ms", tz="UTC")
_KEY = pa.binary(16)
ROWS_A_GROUP = 16 * 1024  # what a look-up of one car reads; larger ones save no byte

SCHEMAS: dict[str, pa.Schema] = {
    "readings": pa.schema(
        [
            ("event_key", _KEY),
            ("vehicle_id", pa.string()),
            ("store_id", pa.string()),
            ("read_at", _INSTANT),
            ("received_at", _INSTANT),
            ("odometer_m", pa.int64()),
            ("date_only", pa.bool_()),
            ("distance_to_service_m", pa.int64()),
            ("time_to_service_s", pa.int64()),
            ("state_of_charge_percent", pa.float32()),
            ("low_voltage_mv", pa.int32()),
            ("fault_codes", pa.list_(pa.string())),
            *((signal, pa.int32()) for signal in MEASURED),
            ("consent_epoch", pa.int32()),
            ("state_epoch", pa.int32()),
            ("source", pa.string()),
        ]
    ),
    "refusals": pa.schema(
        [
            ("event_key", _KEY),
            ("event_type", pa.string()),
            ("reason", pa.string()),
            ("field", pa.string()),
            ("rule", pa.string()),
            ("vehicle_id", pa.string()),
            ("received_at", _INSTANT),
        ]
    ),
    "enrolments": pa.schema(
        [
            ("event_key", _KEY),
            ("event_type", pa.string()),
            ("vehicle_id", pa.string()),
            ("person_id", pa.string()),
            ("occurred_at", _INSTANT),
            ("received_at", _INSTANT),
        ]
    ),
    "forecasts": pa.schema(
        [
            ("vehicle_id", pa.string()),
            ("version", pa.int64()),
            ("store_id", pa.string()),
            ("model", pa.string()),
            ("as_of", pa.date32()),
            ("received_at", _INSTANT),
            ("rule_version", pa.string()),
            ("plan_version", pa.string()),
            ("priors_version", pa.int32()),
            ("metres_per_day", pa.int32()),
            ("reading_age_days", pa.int32()),
            ("last_odometer_m", pa.int64()),
            ("item", pa.string()),
            ("due_cycle", pa.string()),
            ("due_p10", pa.date32()),
            ("due_p50", pa.date32()),
            ("due_p90", pa.date32()),
            ("remaining_m", pa.int64()),
            ("basis", pa.string()),
            ("severity", pa.string()),
        ]
    ),
    "contacts": pa.schema(
        [
            ("contact_id", pa.string()),
            ("step", pa.int32()),
            ("state", pa.string()),
            ("reason", pa.string()),
            ("received_at", _INSTANT),
            ("person_id", pa.string()),
            ("vehicle_id", pa.string()),
            ("store_id", pa.string()),
            ("channel", pa.string()),
            ("contact_class", pa.string()),
            ("topic", pa.string()),
            ("item", pa.string()),
            ("bundled", pa.list_(pa.string())),
            ("due_cycle", pa.string()),
            ("stage", pa.int32()),
            ("policy_version", pa.string()),
            ("campaign", pa.string()),
            ("experiment_arm", pa.string()),
            ("holdout", pa.bool_()),
            ("lead_days", pa.int32()),
            ("due_p50", pa.date32()),
            ("value_fen", pa.int64()),
            ("price_fen", pa.int64()),
        ]
    ),
    "partner_reads": pa.schema(
        [
            ("request_id", pa.string()),
            ("partner_id", pa.string()),
            ("action", pa.string()),
            ("vehicle_id", pa.string()),
            ("person_id", pa.string()),
            ("outcome", pa.string()),
            ("received_at", _INSTANT),
        ]
    ),
    "interactions": pa.schema(
        [
            ("event_key", _KEY),
            ("kind", pa.string()),
            ("person_id", pa.string()),
            ("vehicle_id", pa.string()),
            ("store_id", pa.string()),
            ("contact_id", pa.string()),
            ("reference", pa.string()),
            ("part", pa.string()),
            ("detail", pa.string()),
            ("amount_fen", pa.int64()),
            ("cost_fen", pa.int64()),
            ("duration_s", pa.int32()),
            ("score", pa.int8()),
            ("occurred_at", _INSTANT),
            ("on", pa.date32()),
            ("received_at", _INSTANT),
        ]
    ),
    "tier_changes": pa.schema(
        [
            ("event_key", _KEY),
            ("person_id", pa.string()),
            ("store_id", pa.string()),
            ("version", pa.int64()),
            ("before", pa.string()),
            ("after", pa.string()),
            ("cause", pa.string()),
            ("rule_version", pa.string()),
            ("received_at", _INSTANT),
        ]
    ),
    "replies": pa.schema(  # answers in a conversation that the owner opened: no messages, but logged
        [
            ("reply_id", pa.string()),
            ("conversation", pa.string()),
            ("person_id", pa.string()),
            ("store_id", pa.string()),
            ("opened_at", _INSTANT),
            ("language", pa.string()),
            ("policy_version", pa.string()),
            ("received_at", _INSTANT),
        ]
    ),
    "benefit_grants": pa.schema(  # one row a voucher that was granted
        [
            ("grant_id", pa.string()),
            ("person_id", pa.string()),
            ("benefit_id", pa.string()),
            ("way", pa.string()),
            ("cause", pa.string()),
            ("granted_on", pa.date32()),
            ("valid_until", pa.date32()),
            ("cost_fen", pa.int64()),
            ("policy_version", pa.string()),
            ("received_at", _INSTANT),
        ]
    ),
    "points": pa.schema(  # one row a lot that an entry changes; what the entry does as a whole stands in line 1
        [
            ("person_id", pa.string()),
            ("number", pa.int64()),
            ("line", pa.int32()),
            ("entry_id", pa.string()),
            ("kind", pa.string()),
            ("cause", pa.string()),
            ("policy_version", pa.string()),
            ("received_at", _INSTANT),
            ("lot_id", pa.string()),
            ("earned_on", pa.date32()),
            ("usable_from", pa.date32()),
            ("expires_on", pa.date32()),
            ("granted", pa.int64()),
            ("remaining", pa.int64()),
            ("expired", pa.int64()),
            ("debt", pa.int64()),
            ("spent", pa.int64()),
        ]
    ),
}

_SORT = {
    "readings": [("vehicle_id", "ascending"), ("read_at", "ascending"), ("event_key", "ascending")],
    "refusals": [("received_at", "ascending"), ("event_key", "ascending")],
    "enrolments": [("vehicle_id", "ascending"), ("occurred_at", "ascending"), ("event_key", "ascending")],
    "forecasts": [("vehicle_id", "ascending"), ("version", "ascending"), ("item", "ascending")],
    "contacts": [("contact_id", "ascending"), ("step", "ascending")],
    "partner_reads": [("received_at", "ascending"), ("request_id", "ascending")],
    "interactions": [("person_id", "ascending"), ("occurred_at", "ascending"), ("event_key", "ascending")],
    "tier_changes": [("person_id", "ascending"), ("version", "ascending")],
    "replies": [("person_id", "ascending"), ("opened_at", "ascending"), ("reply_id", "ascending")],
    "benefit_grants": [("person_id", "ascending"), ("granted_on", "ascending"), ("grant_id", "ascending")],
    "points": [("person_id", "ascending"), ("number", "ascending"), ("line", "ascending")],
}


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
    """Return the rows as one sorted table of the dataset's schema; absent values are null, unknown columns an error."""
    schema = SCHEMAS[dataset]
    names = set(schema.names)
    for row in rows:
        if unknown := set(row) - names:
            raise ValueError(f"dataset {dataset} has no column {sorted(unknown)}")
    columns = [pa.array([_value(row.get(field.name), field.type) for row in rows], type=field.type) for field in schema]
    return in_order(dataset, pa.Table.from_arrays(columns, schema=schema))


def in_order(dataset: str, table: pa.Table) -> pa.Table:
    """Return the rows in the order of the dataset, in which one owner's or car's lie together."""
    return table.sort_by(_SORT[dataset])


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
    if kind == _KEY:
        return "PLAIN"
    return "DELTA_BINARY_PACKED" if pa.types.is_timestamp(kind) or pa.types.is_int64(kind) else None


def file_of(dataset: str, rows: Sequence[Row], *, on: date) -> tuple[str, bytes]:
    """Return the key and bytes of the rows' file."""
    body = parquet_of(table_of(dataset, rows))
    return f"raw/{dataset}/day={on.isoformat()}/{hashlib.sha256(body).hexdigest()[:32]}.parquet", body


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if kind == _KEY:
        return bytes.fromhex(value)
    if kind == _INSTANT:
        return _instant(value)
    if pa.types.is_date(kind) and isinstance(value, str):
        return date.fromisoformat(value)
    return value


def _instant(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
