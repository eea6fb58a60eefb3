"""The notification functions, invoked asynchronously with a contact id and nothing else."""

import json
from collections.abc import Mapping

from ownerloop.adapters.dynamodb.direct import start


class LambdaSenders:
    """One Lambda function per channel; its own retry limit and on-failure queue are the template's."""

    def __init__(self, functions: Mapping[str, str]) -> None:
        self._functions = dict(functions)

    def start(self, *, channel: str, contact_id: str) -> None:
        """Invoke the channel's function asynchronously with the contact id and nothing else."""
        start(self._functions[channel], json.dumps({"contact_id": contact_id}).encode())
