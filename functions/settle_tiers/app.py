"""Settles tiers: every night a job for each store, then each store's owners by its message."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ownerloop import telemetry
from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.tiers import DynamoTiers
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.history import QueuedHistory
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.store_jobs import SqsStoreJobs, read_store
from ownerloop.adapters.tier_rules import settle_rules_on
from ownerloop.contracts.tier_events import tier_changed
from ownerloop.domain.errors import MalformedEventError
from ownerloop.ports import Clock, StoreJobs
from ownerloop.settings import SettleTiersSettings, from_environment
from ownerloop.usecases.settle_tiers import JOB, Settling, settle_store, start_settling

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    settling: Settling
    jobs: StoreJobs
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(SettleTiersSettings)
    settling = Settling(
        tiers=DynamoTiers(settings.owners_table),
        owners=DynamoOwners(settings.owners_table),
        vehicles=DynamoVehicles(settings.vehicles_table),
        contacts=DynamoContacts(settings.contacts_table),
        bus=EventBridge(settings.event_bus_name),
        history=QueuedHistory(settings.history_queue_url),
        rules_on=settle_rules_on,
        announcement=tier_changed,
    )
    return Wiring(settling=settling, jobs=SqsStoreJobs(settings.tier_job_queue_url), clock=the_clock())


def on_record(record: SQSRecord, *, now: datetime) -> None:
    """Settle the store that the message names; a message that names none is refused."""
    try:
        store = read_store(record.body, job=JOB, stores=stores())
    except MalformedEventError as refusal:
        telemetry.refuse_job(reason=refusal.reason, field=refusal.field, rule=refusal.rule)
        return
    report = settle_store(store, settling=wiring().settling, now=now)
    for name, value in report.facts.items():
        telemetry.count(name, value)


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Settle the stores of a batch, or queue the jobs of the night."""
    telemetry.log_invocation(event)
    now = wiring().clock.now()
    if event.get("Records"):
        handle = partial(on_record, now=now)
        return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)
    if "Records" not in event:
        telemetry.count("StoreJobsQueued", len(start_settling(stores(), jobs=wiring().jobs, now=now)))
    return {"batchItemFailures": []}
