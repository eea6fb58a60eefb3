"""The ways out of the simulated world: queues, WeCom's callbacks, an aggregator's webhooks."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from infra.fleet.parcels import Lane, Parcel, messages, packed
from infra.local.clients import client
from infra.local.deploy import AGGREGATOR
from infra.local.stack import Stack, gateway_url
from infra.partners.calling_back import call_back
from infra.partners.delivering import Aggregator
from ownerloop.adapters.packing import in_batches
from ownerloop.adapters.queues import ENTRIES_MAX

_QUEUE_OUTPUTS = {
    Lane.VEHICLE_DATA: "VehicleDataQueueUrl",
    Lane.ENROLMENT: "EnrolmentQueueUrl",
    Lane.INTERACTION: "InteractionQueueUrl",
}


@dataclass
class Outlets:
    """Where parcels go to; `answers` counts what the webhooks' deliveries were answered, by status."""

    stack: Stack
    answers: Counter[int] = field(default_factory=Counter)

    def send(self, parcels: Sequence[Parcel], *, now: datetime) -> None:
        """Send every parcel its way."""
        for lane, output in _QUEUE_OUTPUTS.items():
            bodies = list(messages([item for item in parcels if item.lane is lane], received_at=now))
            send(self.stack, self.stack.outputs[output], bodies)
        for item in parcels:
            if item.lane is Lane.CALLBACK and not isinstance(item.body, bytes):
                call_back(item.body, url=f"{gateway_url(self.stack)}/wecom/callback", secret=self._wecom)
            elif item.lane is Lane.WEBHOOK and not isinstance(item.body, bytes):
                self._deliver(item.body, now=now)

    def send_in_order(self, parcels: Sequence[Parcel], *, now: datetime) -> None:
        """Send interactions in one message, so that they are decided in their order."""
        if parcels:
            stamp = now.isoformat()
            body = packed([{**item.body, "receivedat": stamp} for item in parcels if not isinstance(item.body, bytes)])
            send(self.stack, self.stack.outputs[_QUEUE_OUTPUTS[Lane.INTERACTION]], [body])

    def _deliver(self, message: Mapping[str, Any], *, now: datetime) -> None:
        # The address is proved before the first delivery; somebody without the key tries as well, once.
        if not self.answers:
            self.answers[self._aggregator.prove(now=now)] += 1
            self.answers[self._aggregator.forge(message, now=now)] += 1
        self.answers[self._aggregator.deliver(message, now=now)] += 1

    @cached_property
    def _wecom(self) -> dict[str, str]:
        return self._secret("WecomSecretId")

    @cached_property
    def _aggregator(self) -> Aggregator:
        key = self._secret("WebhookSecretId")[AGGREGATOR]
        return Aggregator(url=f"{gateway_url(self.stack)}/webhooks/{AGGREGATOR}", key=key)

    def _secret(self, output: str) -> dict[str, str]:
        told = client("secretsmanager", self.stack.endpoint).get_secret_value(SecretId=self.stack.outputs[output])
        secret: dict[str, str] = json.loads(told["SecretString"])
        return secret


def send(stack: Stack, queue_url: str, bodies: Sequence[str]) -> None:
    """Put every body on the queue, in as few calls as the service allows."""
    sqs = client("sqs", stack.endpoint)
    for batch in in_batches(bodies, lambda body: len(body.encode()), count_max=ENTRIES_MAX):
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)]
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        if failed := answer.get("Failed"):
            why = ", ".join(sorted({str(one.get("Code", "no reason")) for one in failed}))
            raise ConnectionError(f"the queue refused {len(failed)} of {len(batch)} messages: {why}")
