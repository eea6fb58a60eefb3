"""Owners, cars and consents come in from the EnrolmentQueue, each event once."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ownerloop import telemetry
from ownerloop.adapters.clock import the_clock, the_surrogates
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.enrolment_feed import read_message, sent_at_of
from ownerloop.adapters.history import QueuedHistory
from ownerloop.adapters.rulebook import replanner, silencer
from ownerloop.domain.errors import VersionConflictError
from ownerloop.ports import Clock
from ownerloop.settings import EnrolOwnersSettings
from ownerloop.usecases.enrol_owners import EnrolmentWorld, enrol

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    world: EnrolmentWorld
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = EnrolOwnersSettings.from_environment()
    surrogates = the_surrogates()
    world = EnrolmentWorld(
        vault=DynamoVault(settings.vault_table, settings.vault_secret_id, surrogates),
        enrolments=DynamoEnrolments(settings.owners_table, settings.consents_table, settings.vehicles_table),
        vehicles=DynamoVehicles(settings.vehicles_table),
        surrogates=surrogates,
        history=QueuedHistory(settings.history_queue_url),
        quarantine=DynamoQuarantine(settings.quarantine_table),
        replan=replanner(DynamoPriorsBook(settings.vehicles_table)),
        silence=silencer(),
    )
    return Wiring(world=world, clock=the_clock())


def on_record(record: SQSRecord, *, now: datetime) -> None:
    """Enrol what the message holds; what lost against others every time goes back to the queue."""
    feed = read_message(record.body, sent_at=sent_at_of(record.attributes.sent_timestamp or "0"))
    report = enrol(feed.arrivals, world=wiring().world, now=now, refusals=feed.refusals)
    telemetry.count("EnrolmentsApplied", len(report.accepted))
    telemetry.count("EnrolmentsRefused", len(report.refused))
    for refusal in report.refused:
        telemetry.logger.warning(
            "enrolment refused", reason=refusal.reason, field=refusal.field, event=refusal.event_key
        )
    if report.faulted:
        raise VersionConflictError(item=f"{len(report.faulted)} enrolments")


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Enrol a batch and report the messages that failed."""
    telemetry.log_invocation(event)
    if not event.get("Records"):
        return {"batchItemFailures": []}
    now = wiring().clock.now()
    return process_partial_response(
        event=event, record_handler=lambda record: on_record(record, now=now), processor=processor, context=context
    )
