"""A function behind its queue that answers at once, as commands see it that send something and wait."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from infra.command_line.main import app as line
from infra.importing.sending import Target
from ownerloop.adapters.dynamodb.client import client
from tests.functions.stack import sqs_event


@dataclass(frozen=True, slots=True)
class Queue:
    """Runs the function behind the queue at once."""

    url: str
    app: Any

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803  # boto3's names
        assert QueueUrl == self.url
        assert self.app.handler(sqs_event(MessageBody), None) == {"batchItemFailures": []}


def a_target(names: Mapping[str, str], app: Any, *, behind: str = "enrolments") -> Target:
    """Return a stack of these names in which the function stands behind the queue."""
    return Target(
        client=lambda service: Queue(behind, app) if service == "sqs" else client(service),
        stack_id="test",
        enrolment_queue_url="enrolments",
        owners_table=names["OwnersTable"],
        quarantine_table=names["QuarantineTable"],
    )


def case(*arguments: str) -> tuple[int, Any]:
    """Return the exit code of `ownerloop case`, and the data that it told."""
    told = CliRunner().invoke(line, ["case", *arguments, "--json"])
    lines = told.stdout.splitlines(keepends=True)  # the function behind the queue logs to the same output
    data = next(place for place, text in enumerate(lines) if text.strip() in {"{", "[", "[]"})
    return told.exit_code, json.loads("".join(lines[data:]))
