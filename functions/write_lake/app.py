"""Packed history and table streams become few, large Parquet files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from ownerloop import telemetry
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.history import unpack_rows
from ownerloop.adapters.lake import S3Lake
from ownerloop.adapters.ledger_streams import benefit_grants, points_entries
from ownerloop.adapters.streams import contact_changes, vehicle_changes
from ownerloop.ports import Clock, Lake, Vehicles
from ownerloop.settings import WriteLakeSettings, from_environment
from ownerloop.usecases.write_lake import LakeReport, write_changes, write_history

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    lake: Lake
    vehicles: Vehicles
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(WriteLakeSettings)
    vehicles = DynamoVehicles(settings.vehicles_table)
    return Wiring(lake=S3Lake(settings.lake_bucket), vehicles=vehicles, clock=the_clock())


def on_messages(records: Sequence[Record], *, on: date) -> list[str]:
    """Write a batch of packed history at once and return the ids of messages that nobody can read."""
    batches, unreadable = [], []
    for record in records:
        try:
            batches.append(unpack_rows(record["body"]))
        except ValueError:
            telemetry.logger.warning("history message unreadable", message_id=record["messageId"])
            unreadable.append(str(record["messageId"]))
    _count(write_history(batches, lake=wiring().lake, vehicles=wiring().vehicles, on=on))
    return unreadable


def on_changes(records: Sequence[Record], *, on: date) -> None:
    """Write what the tables decided."""
    cars, contacts, entries = vehicle_changes(records), contact_changes(records), points_entries(records)
    _count(write_changes(cars, contacts, entries, benefit_grants(records), lake=wiring().lake, on=on))


def _count(report: LakeReport) -> None:
    telemetry.count("LakeFilesWritten", report.files)
    telemetry.count("LakeRowsWritten", sum(report.rows.values()))
    telemetry.count("ReadingsWithdrawnInFlight", report.withdrawn)


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Write a batch; unreadable messages are reported one by one, other trouble fails the batch and is retried."""
    telemetry.log_invocation(event)
    records: list[Record] = event.get("Records", [])
    on = wiring().clock.now().date()
    queued = [record for record in records if record["eventSource"] == "aws:sqs"]
    unreadable = on_messages(queued, on=on) if queued else []
    on_changes([record for record in records if record["eventSource"] == "aws:dynamodb"], on=on)
    return {"batchItemFailures": [{"itemIdentifier": message} for message in unreadable]}
