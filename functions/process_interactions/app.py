"""What owners do comes in from the InteractionQueue, each event once with all its effects."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ownerloop import telemetry
from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.clock import the_clock, the_surrogates
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.history import QueuedHistory
from ownerloop.adapters.interaction_feed import read_message
from ownerloop.adapters.requeue import QueuedAgain
from ownerloop.adapters.rulebook import replanner
from ownerloop.adapters.tier_policies import tier_policy, zone_name
from ownerloop.contracts.tier_events import tier_changed
from ownerloop.domain.errors import VersionConflictError
from ownerloop.ports import Clock
from ownerloop.settings import ProcessInteractionsSettings
from ownerloop.usecases.process_interactions import InteractionWorld, process

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    world: InteractionWorld
    requeue: QueuedAgain
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = ProcessInteractionsSettings.from_environment()
    world = InteractionWorld(
        directory=DynamoVault(settings.vault_table, settings.vault_secret_id, the_surrogates()),
        interactions=DynamoInteractions(settings.owners_table, settings.cases_table, settings.vehicles_table),
        vehicles=DynamoVehicles(settings.vehicles_table),
        history=QueuedHistory(settings.history_queue_url),
        quarantine=DynamoQuarantine(settings.quarantine_table),
        bus=EventBridge(settings.event_bus_name),
        replan=replanner(DynamoPriorsBook(settings.vehicles_table)),
        tier_policy=tier_policy,
        store_zone=zone_name,
        announcement=tier_changed,
    )
    return Wiring(world=world, requeue=QueuedAgain(settings.interaction_queue_url), clock=the_clock())


def on_record(record: SQSRecord, *, now: datetime) -> None:
    """Apply what the message holds; events that lost against others every time go back to the queue alone."""
    feed = read_message(record.body, sent_ms=record.attributes.sent_timestamp)
    report = process(feed.arrivals, world=wiring().world, now=now, refusals=feed.refusals)
    telemetry.count("InteractionsApplied", len(report.accepted))
    telemetry.count("TierChangesAnnounced", report.announced)
    telemetry.count_by_reason("InteractionsRefused", report.reasons)
    if feed.arrivals and len(report.faulted) == len(feed.arrivals):
        raise VersionConflictError(item=f"{len(report.faulted)} interactions")
    if report.faulted:
        wiring().requeue.send([feed.bodies[key] for key in report.faulted], received_at=feed.received_at)


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Process a batch and report the messages that failed."""
    telemetry.log_invocation(event)
    handle = partial(on_record, now=wiring().clock.now())
    return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)
