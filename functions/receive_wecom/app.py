"""WeCom's callbacks: the address is verified, and news of friendships goes to the InteractionQueue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.intake_queue import PackedEvents
from ownerloop.adapters.secrets import read_secret
from ownerloop.adapters.wecom.callbacks import keys_in, notice_in, sealed_in
from ownerloop.adapters.wecom.crypto import CallbackRefusedError, opened
from ownerloop.contracts.partner_events import friend_event
from ownerloop.partner_ports import EventQueue
from ownerloop.ports import Clock
from ownerloop.settings import ReceiveWecomSettings, from_environment
from ownerloop.telemetry import count, count_by_reason, log_invocation, logger, metrics
from ownerloop.usecases.receive_wecom import relay


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a callback needs."""

    secret: Callable[[], Mapping[str, Any]]
    queue: EventQueue
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(ReceiveWecomSettings)
    return Wiring(
        secret=lambda: read_secret(settings.wecom_secret_id),
        queue=PackedEvents(settings.interaction_queue_url),
        clock=the_clock(),
    )


def on_callback(event: Mapping[str, Any]) -> str:
    """Return what WeCom is answered: the text it verifies the address by, or that its message arrived."""
    wired = wiring()
    secret = wired.secret()
    body = None if event["httpMethod"] == "GET" else event.get("body") or ""
    sealed = sealed_in(event.get("queryStringParameters") or {}, body=body)
    message = opened(sealed, keys=keys_in(secret), receive_id=str(secret["corpid"]))
    if body is None:
        return message.decode(errors="replace")
    was_news = relay(notice_in(message), as_event=friend_event, queue=wired.queue, now=wired.clock.now())
    count("CallbacksRelayed" if was_news else "CallbacksIgnored")
    return "success"


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda passes both
    """Answer a callback; what is not proved to be WeCom's gets 403, what is proved and unreadable is acknowledged."""
    log_invocation(event)
    try:
        status, text = 200, on_callback(event)
    except CallbackRefusedError as refusal:
        logger.warning("callback refused", reason=refusal.reason)
        count_by_reason("CallbacksRefused", {refusal.reason: 1})
        status, text = (200, "success") if refusal.is_proved else (403, refusal.reason)
    return {"statusCode": status, "headers": {"content-type": "text/plain; charset=utf-8"}, "body": text}
