"""Settles portraits and benefits: by night a job for each store, and at once every owner whose tier changed."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ownerloop import telemetry
from ownerloop.adapters.benefit_jobs import read_work
from ownerloop.adapters.benefit_world import benefit_world
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.store_jobs import SqsStoreJobs
from ownerloop.benefit_ports import BenefitWorld
from ownerloop.domain.errors import MalformedEventError
from ownerloop.ports import Clock, StoreJobs
from ownerloop.settings import SettleBenefitsSettings, from_environment
from ownerloop.usecases.nightly import queue_every_store
from ownerloop.usecases.settle_benefits import JOB, settle

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    world: BenefitWorld
    jobs: StoreJobs
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(SettleBenefitsSettings)
    world = benefit_world(
        benefits_table=settings.benefits_table,
        owners_table=settings.owners_table,
        vehicles_table=settings.vehicles_table,
        contacts_table=settings.contacts_table,
        event_bus_name=settings.event_bus_name,
    )
    return Wiring(world=world, jobs=SqsStoreJobs(settings.benefit_job_queue_url), clock=the_clock())


def on_record(record: SQSRecord, *, now: datetime) -> None:
    """Settle the store or the owner that the message names; a message that names none is refused."""
    try:
        work = read_work(record.body, job=JOB, stores=stores())
    except MalformedEventError as refusal:
        telemetry.refuse_job(reason=refusal.reason, field=refusal.field, rule=refusal.rule)
        return
    report = settle(work, world=wiring().world, now=now)
    telemetry.count_all(report.facts)
    telemetry.follow("benefits offered", report.correlations)
    telemetry.log_faults_of("benefits not settled", report.faults.met)
    report.faults.raise_first()


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Settle what a batch names, or queue the jobs of the night."""
    telemetry.log_invocation(event)
    now = wiring().clock.now()
    if event.get("Records"):
        handle = partial(on_record, now=now)
        return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)
    if "Records" not in event:
        telemetry.count("StoreJobsQueued", len(queue_every_store(JOB, stores(), jobs=wiring().jobs, now=now)))
    return {"batchItemFailures": []}
