"""Plans contacts: every hour a job for each store whose planning hour has come, then each store by its message."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ownerloop import telemetry
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.lead_times import DynamoLeadTimes
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.vehicles import DynamoPlanningCursor, DynamoVehicles
from ownerloop.adapters.planning_rules import rules_on
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.store_jobs import SqsStoreJobs, read_store
from ownerloop.domain.errors import MalformedEventError
from ownerloop.ports import Clock, StoreJobs
from ownerloop.settings import PlanContactsSettings, from_environment
from ownerloop.usecases.plan_contacts import JOB, Planning, plan_store, start_planning

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    planning: Planning
    jobs: StoreJobs
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(PlanContactsSettings)
    planning = Planning(
        vehicles=DynamoVehicles(settings.vehicles_table),
        owners=DynamoOwners(settings.owners_table),
        contacts=DynamoContacts(settings.contacts_table),
        cursor=DynamoPlanningCursor(settings.vehicles_table),
        priors=DynamoPriorsBook(settings.vehicles_table),
        leads=DynamoLeadTimes(settings.workshop_table),
        rules_on=rules_on,
    )
    return Wiring(planning=planning, jobs=SqsStoreJobs(settings.store_job_queue_url), clock=the_clock())


def on_record(record: SQSRecord, *, now: datetime) -> None:
    """Plan the store that the message names; a message that names none is refused."""
    try:
        store = read_store(record.body, job=JOB, stores=stores())
    except MalformedEventError as refusal:
        telemetry.refuse_job(reason=refusal.reason, field=refusal.field, rule=refusal.rule)
        return
    report = plan_store(store, planning=wiring().planning, now=now)
    telemetry.count_all({"ContactsRequested": report.requested, "StoresPlanned": int(report.is_whole)})
    telemetry.count_by_reason("CarsPassedOver", report.passed_over)
    telemetry.follow("contacts requested", report.correlations, store=store.store_id)
    telemetry.logger.info("store planned", store=store.store_id, cars=report.cars, lost=report.lost)
    telemetry.log_faults_of("cars not planned", report.faults.met)
    report.faults.raise_first()


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Plan the stores of a batch, or queue the jobs of the hour."""
    telemetry.log_invocation(event)
    now = wiring().clock.now()
    if event.get("Records"):
        handle = partial(on_record, now=now)
        return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)
    due = start_planning(stores(), cursor=wiring().planning.cursor, jobs=wiring().jobs, now=now)
    telemetry.count("StoreJobsQueued", len(due))
    return {"batchItemFailures": []}
