"""Moto asks nobody's leave; this does: each call of a handler is held against the role that the template gives it.

A call that no statement allows would be the first thing to fail on a real account, and works on any local cloud.
"""

import fnmatch
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

from moto.core.botocore_stubber import BotocoreStubber

from tests.template.reading import TEMPLATE, as_list, role_statements

VAULT_KEY = "VaultKey"
_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One action on one resource of the template; `leading` is the item's pk, where the action has one."""

    action: str
    resource: str
    leading: str = ""


@contextmanager
def held_to_role(function: str, names: Mapping[str, str], *, refused: set[str]) -> Iterator[None]:
    """Note in `refused` what is asked for in a `with` block and not allowed to a function by its role.

    `names` says what each resource of the template is called where the calls go to.
    """
    original = BotocoreStubber.__call__
    logical = {name.rsplit("/", 1)[-1]: resource for resource, name in names.items()}

    def call(self: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        asked = calls_of(event_name.removeprefix("before-send."), request, logical)
        refused.update(f"{function}: {one}" for one in asked if not is_allowed(function, one))
        return original(self, event_name, request, **kwargs)

    with patch.object(BotocoreStubber, "__call__", call):
        yield


def is_allowed(function: str, call: Call) -> bool:
    """Return whether a function's role allows the call, and the key behind what it is about."""
    return any(one(call) for one in _allowances(function)) and all(
        any(one(Call(action, VAULT_KEY)) for one in _allowances(function)) for action in _key_actions(call)
    )


def calls_of(name: str, request: Any, logical: Mapping[str, str]) -> set[Call]:
    """Return what a request does, in the words of policies, to which resources of the template."""
    service, _, operation = name.partition(".")
    if service == "s3":
        host, path = urlsplit(request.url).hostname or "", unquote(urlsplit(request.url).path).lstrip("/")
        bucket, _, key = path.partition("/") if host.startswith("s3.") else (host.partition(".")[0], "", path)
        return {Call(f"s3:{operation}", f"{logical[bucket]}/{key}")}
    body = json.loads(request.body or b"{}")
    match service:
        case "dynamodb":
            return set(_table_calls(operation, body, logical))
        case "sqs":
            action = operation.removesuffix("Batch")
            return {Call(f"sqs:{action}", logical[body["QueueUrl"].rsplit("/", 1)[-1]])}
        case "secrets-manager":
            return {Call(f"secretsmanager:{operation}", _of_secret(body["SecretId"], logical))}
        case "events" | "eventbridge":
            return {Call(f"events:{operation}", logical[entry["EventBusName"]]) for entry in body["Entries"]}
        case "sfn":
            return {Call(f"states:{operation}", logical[body["stateMachineArn"].rsplit("/", 1)[-1]])}
        case "lambda":
            return {Call("lambda:InvokeFunction", urlsplit(request.url).path.split("/")[3])}
    raise AssertionError(f"which action is {name}?")


def _table_calls(operation: str, body: Any, logical: Mapping[str, str]) -> Iterator[Call]:
    match operation:
        case "BatchGetItem" | "BatchWriteItem":
            for table in body["RequestItems"]:
                yield Call(f"dynamodb:{operation}", logical[table])
        case "TransactWriteItems":
            for part in body["TransactItems"]:
                ((kind, what),) = part.items()
                action = f"dynamodb:{_IN_TRANSACTIONS[kind]}"
                yield Call(action, logical[what["TableName"]], _leading(what))
        case "BatchExecuteStatement":
            for statement in body["Statements"]:
                verb, _, rest = statement["Statement"].partition('"')
                action = "PartiQLInsert" if verb.startswith("INSERT") else "PartiQLUpdate"
                yield Call(f"dynamodb:{action}", logical[rest.partition('"')[0]])
        case _:
            index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
            yield Call(f"dynamodb:{operation}", logical[body["TableName"]] + index, _leading(body))


def _leading(request: Any) -> str:
    return str((request.get("Key") or request.get("Item") or {}).get("pk", {}).get("S", ""))


def _of_secret(name: str, logical: Mapping[str, str]) -> str:
    return logical.get(name) or next(one for held, one in logical.items() if name in held)


@dataclass(frozen=True, slots=True)
class _Allowance:
    actions: frozenset[str]
    resources: tuple[str, ...]
    leading: tuple[str, ...]

    def __call__(self, call: Call) -> bool:
        return (
            call.action in self.actions
            and any(fnmatch.fnmatchcase(call.resource, one) for one in self.resources)
            and (not self.leading or any(fnmatch.fnmatchcase(call.leading, one) for one in self.leading))
        )


@cache
def _allowances(function: str) -> list[_Allowance]:
    return [_allowance(one) for one in role_statements(function) if one["Effect"] == "Allow"]


def _allowance(statement: Mapping[str, Any]) -> _Allowance:
    (keys,) = {**statement.get("Condition", {"": {}})}.values()
    assert set(keys) <= {"dynamodb:LeadingKeys"}
    return _Allowance(
        frozenset(as_list(statement["Action"])),
        tuple(map(_resource, as_list(statement["Resource"]))),
        tuple(as_list(keys.get("dynamodb:LeadingKeys", []))),
    )


def _resource(node: Any) -> str:
    match node:
        case {"Fn::Sub": str(text)}:
            return text.replace("${", "").replace(".Arn}", "")
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), "StreamArn"]}:
            return f"{name}/stream"
        case {"Fn::GetAtt": [str(name), *_]}:
            return name
        case _:
            return str(node)


def _key_actions(call: Call) -> tuple[str, ...]:
    if VAULT_KEY not in json.dumps(TEMPLATE["Resources"][call.resource.partition("/")[0]]["Properties"]):
        return ()
    return ("kms:Decrypt", "kms:GenerateDataKey") if call.action == "sqs:SendMessage" else ("kms:Decrypt",)
