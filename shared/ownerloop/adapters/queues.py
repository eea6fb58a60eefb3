"""Sending to SQS in batches: everything arrives, or the call raises."""

from collections.abc import Sequence
from typing import Any

from ownerloop.adapters.dynamodb.direct import ask
from ownerloop.adapters.packing import in_batches

ENTRIES_MAX = 10  # of one SendMessageBatch, whose payload as a whole has the limit of one message


class MessagesNotSentError(RuntimeError):
    """SQS took only some of the messages; `codes` says why it did not take the others."""

    def __init__(self, *, codes: Sequence[str]) -> None:
        super().__init__(f"{len(codes)} messages were not taken: {', '.join(sorted(set(codes)))}")
        self.codes = tuple(codes)


def send_all(queue_url: str, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
    """Send every body; raise MessagesNotSentError once all were tried and some were not taken."""
    codes: list[str] = []
    for part in in_batches(bodies, _bytes_of, count_max=ENTRIES_MAX):
        entries: list[dict[str, Any]] = [
            {"Id": str(number), "MessageBody": body, "DelaySeconds": delay_seconds} for number, body in enumerate(part)
        ]
        answer = ask("sqs", "SendMessageBatch", {"QueueUrl": queue_url, "Entries": entries})
        codes += [failed["Code"] for failed in answer.get("Failed", [])]
    if codes:
        raise MessagesNotSentError(codes=codes)


def _bytes_of(body: str) -> int:
    return len(body.encode())
