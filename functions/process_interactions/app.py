"""What owners do comes in from the InteractionQueue, each event once with all its effects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from ownerloop import telemetry
from ownerloop.adapters.booking_desk import booking_desk
from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.clock import the_clock, the_surrogates
from ownerloop.adapters.complaint_desk import complaint_desk
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.lead_times import DynamoLeadTimes
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.history import QueuedHistory
from ownerloop.adapters.interaction_feed import interactions_in
from ownerloop.adapters.interaction_policies import interaction_rules
from ownerloop.adapters.points_desk import points_desk
from ownerloop.adapters.requeue import QueuedAgain, in_time
from ownerloop.adapters.rulebook import replanner
from ownerloop.ports import Clock
from ownerloop.settings import ProcessInteractionsSettings, from_environment
from ownerloop.usecases.interaction_world import InteractionWorld
from ownerloop.usecases.process_interactions import process


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    world: InteractionWorld
    requeue: QueuedAgain
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(ProcessInteractionsSettings)
    world = InteractionWorld(
        directory=DynamoVault(settings.vault_table, settings.vault_secret_id, the_surrogates()),
        interactions=DynamoInteractions(settings),
        vehicles=DynamoVehicles(settings.vehicles_table),
        history=QueuedHistory(settings.history_queue_url),
        quarantine=DynamoQuarantine(settings.quarantine_table),
        bus=EventBridge(settings.event_bus_name),
        replan=replanner(DynamoPriorsBook(settings.vehicles_table), DynamoLeadTimes(settings.workshop_table)),
        rules=interaction_rules(settings.owners_table),
        bookings=booking_desk(settings.workshop_table, settings.owners_table),
        points=points_desk(settings.points_table, settings.owners_table),
        complaints=complaint_desk(),
    )
    return Wiring(world=world, requeue=QueuedAgain(settings.interaction_queue_url), clock=the_clock())


def on_batch(records: Sequence[Mapping[str, Any]], *, now: datetime, may_begin: Callable[[], bool]) -> list[str]:
    """Apply what the messages hold and return the ids of those that must come again whole."""
    feed = interactions_in(records)
    report = process(feed.arrivals, world=wiring().world, now=now, refusals=feed.refusals, may_begin=may_begin)
    telemetry.count_all(report.facts)
    telemetry.count_all_by_reason(report.by_reason)
    telemetry.follow("interactions applied", report.accepted)
    telemetry.log_faults("interaction faulted", report.faults)
    failed, parts = feed.left_over(report.faulted)
    for again in [*feed.surplus, *parts, *feed.put_off(report.put_off)]:
        wiring().requeue.send(again.events, received_at=again.received_at)
    return failed


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Process a batch and report the messages that must come again."""
    telemetry.log_invocation(event)
    failed = on_batch(event.get("Records", []), now=wiring().clock.now(), may_begin=in_time(context))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
