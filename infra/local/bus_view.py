"""What the stack publishes on its event bus, heard by a queue of our own: bare names of events, each counted once."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from infra.local.clients import client

_RULE, _QUEUE = "ownerloop-local-ear", "ownerloop-local-ear"
_MESSAGES_MAX = 10
_ROUNDS_MAX = 1_000


class BusView:
    """An ear at the bus for some types of events, open from the beginning."""

    def __init__(self, endpoint: str, bus_name: str, types: Sequence[str]) -> None:
        self._sqs = client("sqs", endpoint)
        self.queue = self._sqs.create_queue(QueueName=_QUEUE)["QueueUrl"]
        asked = {"QueueUrl": self.queue, "AttributeNames": ["QueueArn"]}
        arn = self._sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
        events = client("events", endpoint)
        pattern = json.dumps({"detail-type": list(types)})
        events.put_rule(Name=_RULE, EventBusName=bus_name, EventPattern=pattern, State="ENABLED")
        events.put_targets(Rule=_RULE, EventBusName=bus_name, Targets=[{"Id": "ear", "Arn": arn}])

    def heard(self) -> Counter[str]:
        """Return how many different events of each type were published so far; may be asked once."""
        told: set[tuple[str, str]] = set()
        for _ in range(_ROUNDS_MAX):
            answer = self._sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=_MESSAGES_MAX)
            if not (found := answer.get("Messages")):
                break
            told |= {_name_of(json.loads(message["Body"])) for message in found}
        return Counter(event_type for event_type, _ in told)


def _name_of(event: dict[str, Any]) -> tuple[str, str]:
    return event["detail-type"], event["detail"]["id"]
