"""Settles lead times: every night a job for each store, then each store's curve, lags and prices by its message."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ownerloop import telemetry
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.lead_evidence import DynamoLeadEvidence
from ownerloop.adapters.dynamodb.lead_times import DynamoLeadTimes
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.dynamodb.workshop import DynamoWorkshop
from ownerloop.adapters.lead_rules import lead_rules_on
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.store_jobs import SqsStoreJobs, read_store
from ownerloop.domain.errors import MalformedEventError
from ownerloop.ports import Clock, StoreJobs
from ownerloop.settings import SettleLeadTimesSettings, from_environment
from ownerloop.usecases.nightly import queue_every_store
from ownerloop.usecases.settle_lead_times import JOB, LeadSettling, settle_lead_time

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    settling: LeadSettling
    jobs: StoreJobs
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(SettleLeadTimesSettings)
    settling = LeadSettling(
        leads=DynamoLeadTimes(settings.workshop_table, kept_seconds=0),
        evidence=DynamoLeadEvidence(settings.workshop_table),
        workshop=DynamoWorkshop(settings.workshop_table),
        vehicles=DynamoVehicles(settings.vehicles_table),
        rules_on=lead_rules_on,
    )
    return Wiring(settling=settling, jobs=SqsStoreJobs(settings.lead_job_queue_url), clock=the_clock())


def on_record(record: SQSRecord, *, now: datetime) -> None:
    """Settle the store that the message names; a message that names none is refused."""
    try:
        store = read_store(record.body, job=JOB, stores=stores())
    except MalformedEventError as refusal:
        telemetry.refuse_job(reason=refusal.reason, field=refusal.field, rule=refusal.rule)
        return
    report = settle_lead_time(store, stores=stores(), settling=wiring().settling, now=now)
    telemetry.count("LeadTimesPublished", int(report.is_new))
    telemetry.count("MessagesLearnedFrom", report.messages)
    telemetry.logger.info(
        "lead time settled", store=store.store_id, version=report.lead.version, open_visits=report.open_visits
    )


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Settle the stores of a batch, or queue the jobs of the night."""
    telemetry.log_invocation(event)
    now = wiring().clock.now()
    if event.get("Records"):
        handle = partial(on_record, now=now)
        return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)
    if "Records" not in event:
        telemetry.count("StoreJobsQueued", len(queue_every_store(JOB, stores(), jobs=wiring().jobs, now=now)))
    return {"batchItemFailures": []}
