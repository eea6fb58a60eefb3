"""Webhooks of aggregators: an address is proved by its challenge; vehicle data goes to the VehicleDataQueue, once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ownerloop.adapters.clock import the_clock, the_surrogates
from ownerloop.adapters.dynamodb.deliveries import DynamoDeliveries
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.formats.registry import manifests
from ownerloop.adapters.intake_queue import PackedEvents
from ownerloop.adapters.secrets import read_secret
from ownerloop.adapters.webhooks import request as http
from ownerloop.adapters.webhooks.message import Kind, message_in
from ownerloop.contracts.problems import problem_of
from ownerloop.domain.errors import OwnerLoopError
from ownerloop.ports import Clock
from ownerloop.settings import ReceiveWebhooksSettings, from_environment
from ownerloop.telemetry import count, count_by_reason, log_invocation, logger, metrics
from ownerloop.usecases.receive_webhooks import WebhookWorld, take_delivery


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    secret: Callable[[], Mapping[str, Any]]
    world: WebhookWorld
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    said = from_environment(ReceiveWebhooksSettings)
    world = WebhookWorld(
        deliveries=DynamoDeliveries(said.partners_table),
        names=DynamoVault(said.vault_table, said.vault_secret_id, the_surrogates()),
        queue=PackedEvents(said.vehicle_data_queue_url),
        quarantine=DynamoQuarantine(said.quarantine_table),
    )
    return Wiring(secret=lambda: read_secret(said.webhook_secret_id), world=world, clock=the_clock())


def on_delivery(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a source is answered: its challenge's answer, or how many of its records were queued."""
    wired = wiring()
    message = message_in(http.proved(event, sources=manifests(), secret=wired.secret()))
    count_by_reason("WebhooksReceived", {message.kind: 1})
    if message.kind is Kind.CHALLENGE:
        return message.answer
    if message.kind is not Kind.DATA:
        return {"queued": 0, "refused": 0}
    taken = take_delivery(message.delivery, message.records, world=wired.world, now=wired.clock.now())
    count("WebhookEventsQueued", taken.queued)
    count("WebhooksRepeated", int(taken.is_repeat))
    count_by_reason("WebhookRecordsRefused", taken.refused)
    return {"queued": taken.queued, "refused": taken.refused.total()}


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda passes both
    """Answer a delivery; a refusal is a problem, and trouble of ours is left to fail, so that it is delivered again."""
    log_invocation(event)
    try:
        return http.answer(on_delivery(event))
    except OwnerLoopError as refusal:
        logger.warning("webhook refused", reason=refusal.reason)
        count_by_reason("WebhooksRefused", {refusal.reason: 1})
        request_id = str((event.get("requestContext") or {}).get("requestId", ""))
        return http.problem_answer(problem_of(refusal, request_id=request_id))
