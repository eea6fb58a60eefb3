"""The partner API: reads that consent allows at the moment of reading, and events that keep their contract."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from ownerloop import telemetry
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.partners import DynamoPartners
from ownerloop.adapters.dynamodb.tiers import DynamoTiers
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.history import QueuedHistory
from ownerloop.adapters.idempotency import Idempotency
from ownerloop.adapters.intake_queue import PackedEvents
from ownerloop.adapters.partner_routes import Resolver, Routes, audit_line, resolver
from ownerloop.adapters.partner_rules import read_rules
from ownerloop.contracts.partner_api import EventsAnswerV1, MaintenanceV1, OwnerV1, owner_of
from ownerloop.contracts.partner_events import PartnerEventsV1
from ownerloop.domain.partner import Caller
from ownerloop.settings import PartnerApiSettings, from_environment
from ownerloop.usecases.accept_events import EventWorld, accept_events, refused
from ownerloop.usecases.partner_reads import ReadWorld, read_maintenance, read_owner


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    app: Resolver
    reads: ReadWorld
    events: EventWorld


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    said = from_environment(PartnerApiSettings)
    cars, owners = DynamoVehicles(said.vehicles_table), DynamoOwners(said.owners_table)
    tiers, history = DynamoTiers(said.owners_table), QueuedHistory(said.history_queue_url)
    events = PackedEvents(said.vehicle_data_queue_url), PackedEvents(said.interaction_queue_url)
    partners, answers = DynamoPartners(said.partners_table), Idempotency(said.partners_table)
    routes = Routes(on_maintenance, on_owner, on_events, on_fault)
    return Wiring(
        app=resolver(routes, partners=partners, answers=answers, now=the_clock().now),
        reads=ReadWorld(cars, owners, tiers, history, read_rules()),
        events=EventWorld(PartnerEventsV1(), *events),
    )


def on_maintenance(vehicle_id: str, caller: Caller) -> MaintenanceV1:
    """Answer for a car."""
    return MaintenanceV1.from_domain(read_maintenance(vehicle_id, caller=caller, world=wiring().reads))


def on_owner(person_id: str, caller: Caller) -> OwnerV1:
    """Answer for an owner."""
    return owner_of(read_owner(person_id, caller=caller, world=wiring().reads))


def on_events(events: list[Any], caller: Caller) -> EventsAnswerV1:
    """Answer for events, each on its own."""
    answers = accept_events(events, caller=caller, world=wiring().events)
    telemetry.count_by_reason("PartnerEventsRefused", refused(answers))
    return EventsAnswerV1.from_answers(answers)


def on_fault(trouble: Exception) -> None:
    """Say where a call broke; its caller is told only that it did."""
    telemetry.logger.error("call broke", fault=type(trouble).__name__, where=telemetry.place_of(trouble))


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one call."""
    telemetry.log_invocation(event)
    answered = wiring().app.resolve(event, context)
    telemetry.logger.info("partner called", **audit_line(event, answered))
    telemetry.count_by_reason("PartnerCalls", {str(answered["statusCode"]): 1})
    return answered
