"""The stack of `template.yaml` on moto: tables, queues, bucket, bus, secrets, and each function's environment."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from infra.template.reading import load_template, resources
from ownerloop.adapters.dynamodb.client import client
from tests.partners import sealing
from tests.roles import held_to_role
from tests.tables import KNOWN, Tables, emulator_tables, moto_tables
from tests.webhooks.builders import AMT, PREVIOUS_AMT

WECOM_SECRET = {
    "corpid": sealing.CORP_ID,
    "corpsecret": "test",
    "link_base_url": "https://example.com/r",
    "callback_token": sealing.TOKEN,
    "callback_aes_key": sealing.AES_KEY,
}
WEBHOOK_SECRET = {"smartcar": AMT, "smartcar_previous": PREVIOUS_AMT}
PARAMETERS = {
    "WecomBaseUrl": "http://127.0.0.1:9",
    "LogLevel": "INFO",
    "ScheduleState": "ENABLED",
    "Profile": "local",
    "TokenAudience": "ownerloop",
    "AWS::StackName": "ownerloop",
}
Handler = Callable[[Any, Any], Any]
_ROLE = "arn:aws:iam::000000000000:role/nobody"


@dataclass(frozen=True, slots=True)
class Stack:
    """What every `!Ref` of the template stands for on moto."""

    names: Mapping[str, str]
    template: Mapping[str, Any]

    def environment(self, folder: str) -> dict[str, str]:
        """Return the environment that the template gives the function of a folder."""
        function = self.template["Resources"][self.function_of(folder)]["Properties"]
        own = function.get("Environment", {}).get("Variables", {})
        shared = self.template["Globals"]["Function"]["Environment"]["Variables"]
        return {name: self._value(value) for name, value in {**shared, **own}.items()}

    def function_of(self, folder: str) -> str:
        """Return the logical id of the function of a folder."""
        return self.folders()[folder]

    def folders(self) -> dict[str, str]:
        """Return the logical id of each function by its folder."""
        functions = resources(dict(self.template), "AWS::Serverless::Function")
        return {Path(one["Properties"]["CodeUri"]).name: name for name, one in functions.items()}

    def definition(self, machine: str) -> Mapping[str, Any]:
        """Return the states of a state machine."""
        states: Mapping[str, Any] = self.template["Resources"][machine]["Properties"]["Definition"]
        return states

    def queue(self, name: str) -> list[str]:
        """Return and remove the bodies in a queue."""
        bodies: list[str] = []
        queue = client("sqs")
        while True:
            answer = queue.receive_message(QueueUrl=self.names[name], MaxNumberOfMessages=10)
            if not (messages := answer.get("Messages", [])):
                return bodies
            for message in messages:
                bodies.append(message["Body"])
                queue.delete_message(QueueUrl=self.names[name], ReceiptHandle=message["ReceiptHandle"])

    def items(self, table: str, prefix: str = "") -> list[dict[str, Any]]:
        """Return the items of a table whose pk begins with the prefix, in DynamoDB's own JSON."""
        items = client("dynamodb").scan(TableName=self.names[table])["Items"]
        return [item for item in items if item["pk"]["S"].startswith(prefix)]

    def _value(self, value: Any) -> str:
        match value:
            case str():
                return value
            case {"Ref": name} if name in PARAMETERS:
                return PARAMETERS[name]
            case {"Ref": name}:
                return self.names[name]
            case _:
                return json.dumps(value)


@contextmanager
def moto_stack() -> Iterator[Stack]:
    """Run moto with everything the template names for the duration of a `with` block."""
    with moto_tables() as tables:
        yield _filled(tables)


@contextmanager
def emulator_stack(endpoint: str) -> Iterator[Stack]:
    """Make everything the template names on the local cloud at an endpoint, for the duration of a `with` block."""
    with emulator_tables(endpoint) as tables:
        yield _filled(tables)


def _filled(tables: Tables) -> Stack:
    template = load_template()
    names = {f"{name.capitalize()}Table": getattr(tables, name) for name in KNOWN}
    names["VaultSecret"] = tables.vault_secret
    secret = client("secretsmanager").create_secret(Name="wecom", SecretString=json.dumps(WECOM_SECRET))
    names["WecomSecret"] = secret["ARN"]
    webhooks = client("secretsmanager").create_secret(Name="webhooks", SecretString=json.dumps(WEBHOOK_SECRET))
    names["WebhookSecret"] = webhooks["ARN"]
    for queue in resources(template, "AWS::SQS::Queue"):
        names[queue] = client("sqs").create_queue(QueueName=queue)["QueueUrl"]
    for bucket in resources(template, "AWS::S3::Bucket"):
        client("s3").create_bucket(Bucket=bucket.lower())
        names[bucket] = bucket.lower()
    for bus in resources(template, "AWS::Events::EventBus"):
        client("events").create_event_bus(Name=bus)
        names[bus] = bus
    for machine in resources(template, "AWS::StepFunctions::StateMachine"):
        names[machine] = client("stepfunctions").create_state_machine(
            name=machine, definition='{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}', roleArn=_ROLE
        )["stateMachineArn"]
    names |= {name: name for name in resources(template, "AWS::Serverless::Function")}
    return Stack(names=names, template=template)


@contextmanager
def function(stack: Stack, folder: str) -> Iterator[Any]:
    """Give the module of a function, wired anew with its own environment of the template, and held to its role."""
    refused: set[str] = set()
    with patch.dict(os.environ, stack.environment(folder)):
        module = import_module(f"functions.{folder}.app")
        module.wiring.cache_clear()
        try:
            with patch.object(module, "handler", _in_its_role(module.handler, stack, folder, refused)):
                yield module
        finally:
            module.wiring.cache_clear()
    assert refused == set()


def _in_its_role(handler: Handler, stack: Stack, folder: str, refused: set[str]) -> Handler:
    @wraps(handler)
    def held(event: Any, context: Any) -> Any:
        with held_to_role(stack.function_of(folder), stack.names, refused=refused):
            return handler(event, context)

    return held


def sqs_event(*bodies: str, queue: str = "queue", sent_at_ms: int = 1_772_337_600_000) -> dict[str, Any]:
    """Return the event of an SQS batch."""
    return {"Records": [_record(number, body, queue, sent_at_ms) for number, body in enumerate(bodies)]}


def _record(number: int, body: str, queue: str, sent_at_ms: int) -> dict[str, Any]:
    return {
        "messageId": f"message-{number}",
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"SentTimestamp": str(sent_at_ms), "ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
        "awsRegion": "us-east-1",
    }
