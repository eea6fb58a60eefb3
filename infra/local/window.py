"""The lake's batching window, which the local cloud ignores.

Deployed, `write_lake` hears of the tables' streams every few minutes. The local cloud would start it for every handful
of changes, so its stream mappings are kept closed and opened when a day of the run has come to rest.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.clients import client

_BELL = "ownerloop-local-bell"


class LakeWindow:
    """The stream mappings of one function, closed from the beginning."""

    def __init__(self, endpoint: str, function_name: str) -> None:
        self._lambda = client("lambda", endpoint)
        told = self._lambda.list_event_source_mappings(FunctionName=function_name)["EventSourceMappings"]
        self._mappings = [mapping["UUID"] for mapping in told if ":dynamodb:" in mapping["EventSourceArn"]]
        self._sqs = client("sqs", endpoint)
        self._bell = self._sqs.create_queue(QueueName=_BELL)["QueueUrl"]
        self._set(enabled=False)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let the streams through for the duration of a `with` block."""
        self._set(enabled=True)
        self._ring()
        try:
            yield
        finally:
            self._set(enabled=False)

    def _set(self, *, enabled: bool) -> None:
        for uuid in self._mappings:
            self._lambda.update_event_source_mapping(UUID=uuid, Enabled=enabled)

    def _ring(self) -> None:
        # The poller of the local cloud rests for a second unless something arrives; a message that nobody reads does.
        self._sqs.purge_queue(QueueUrl=self._bell)
        self._sqs.send_message(QueueUrl=self._bell, MessageBody="the window is open")
