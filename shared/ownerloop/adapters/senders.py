"""The notification functions, invoked asynchronously with a contact id and nothing else."""

import json
from collections.abc import Mapping

from ownerloop.adapters.dynamodb.client import client


class LambdaSenders:
    """One Lambda function per channel; its own retry limit and on-failure queue are the template's."""

    def __init__(self, functions: Mapping[str, str]) -> None:
        self._functions = dict(functions)

    def start(self, *, channel: str, contact_id: str) -> None:
        """Invoke the channel's function asynchronously with the contact id and nothing else."""
        payload = json.dumps({"contact_id": contact_id}).encode()
        client("lambda").invoke(FunctionName=self._functions[channel], InvocationType="Event", Payload=payload)
