"""Vehicle data comes in from the VehicleDataQueue: a whole batch at once, one read and one write a car."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from ownerloop import telemetry
from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.clock import the_clock, the_surrogates
from ownerloop.adapters.collector import collector_off
from ownerloop.adapters.dynamodb.cases import DynamoCases
from ownerloop.adapters.dynamodb.lead_times import DynamoLeadTimes
from ownerloop.adapters.dynamodb.presence import DynamoPresenceBook
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.history import QueuedHistory
from ownerloop.adapters.intake_rules import intake_rules
from ownerloop.adapters.records import slices
from ownerloop.adapters.requeue import QueuedAgain
from ownerloop.contracts.announcements import lead_time_updated
from ownerloop.contracts.intake import TelemetryV1
from ownerloop.contracts.resync import resync_requested
from ownerloop.settings import IngestVehicleDataSettings, from_environment
from ownerloop.usecases.ingest_vehicle_data import ingest
from ownerloop.usecases.intake_world import IntakeWorld


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    world: IntakeWorld


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(IngestVehicleDataSettings)
    world = IntakeWorld(
        vault=DynamoVault(settings.vault_table, settings.vault_secret_id, the_surrogates()),
        vehicles=DynamoVehicles(settings.vehicles_table),
        priors=DynamoPriorsBook(settings.vehicles_table),
        leads=DynamoLeadTimes(settings.workshop_table),
        presence=DynamoPresenceBook(settings.vehicles_table),
        history=QueuedHistory(settings.history_queue_url),
        quarantine=DynamoQuarantine(settings.quarantine_table),
        bus=EventBridge(settings.event_bus_name),
        requeue=QueuedAgain(settings.vehicle_data_queue_url),
        contract=TelemetryV1(),
        announcement=lead_time_updated,
        cases=DynamoCases(settings.cases_table),
        resync=resync_requested,
    )
    return Wiring(world)


def on_batch(records: Sequence[Mapping[str, Any]], *, now: datetime) -> list[dict[str, str]]:
    """Take a batch in and return which messages must come again whole."""
    failed: list[dict[str, str]] = []
    for events in slices(records, now=now):
        report = ingest(events, world=wiring().world, rules=intake_rules(now.date()), now=now)
        failed += [{"itemIdentifier": message_id} for message_id in sorted(report.failed_messages)]
        telemetry.count_all(report.facts)
        telemetry.count_by_reason("ReadingsRefused", report.refused)
        telemetry.follow("forecasts changed", report.causes)
        telemetry.log_faults("batch part faulted", report.faults)
    return failed


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Take a batch in and report the messages that failed."""
    telemetry.log_invocation(event)
    with collector_off():
        return {"batchItemFailures": on_batch(event.get("Records", []), now=the_clock().now())}
