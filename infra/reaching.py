"""A stack as it is reached from outside: the local one that is up, or a deployed one by its name, and its tables."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.stack import Stack
from ownerloop.adapters.dynamodb.commands import Key, key_of
from ownerloop.adapters.dynamodb.items import read


class NoSuchStackError(Exception):
    """CloudFormation knows no stack of that name in this account and region, or it is none of ours."""

    def __init__(self, name: str, *, lacks: str = "") -> None:
        super().__init__(f"stack {name} has no output {lacks}" if lacks else f"there is no stack {name}")
        self.name, self.lacks = name, lacks


@dataclass(frozen=True, slots=True)
class Reach:
    """A stack's name, the boto3 clients that reach it, and its clock as of the command."""

    name: str
    client: Callable[[str], Any]
    now: datetime

    def outputs(self, *names: str) -> tuple[str, ...]:
        """Return these outputs of the stack, or refuse one that lacks any of them (NoSuchStackError)."""
        outputs = {output["OutputKey"]: output["OutputValue"] for output in self._described().get("Outputs", [])}
        for name in names:
            if name not in outputs:
                raise NoSuchStackError(self.name, lacks=name)
        return tuple(outputs[name] for name in names)

    def stack_id(self) -> str:
        """Return what names this stack and no later one of its name, or refuse one that is not there."""
        return str(self._described()["StackId"])

    def _described(self) -> dict[str, Any]:
        service = self.client("cloudformation")
        try:
            answer = service.describe_stacks(StackName=self.name)
        except service.exceptions.ClientError as error:
            raise NoSuchStackError(self.name) from error
        stack: dict[str, Any] = answer["Stacks"][0]
        return stack


def local_reach(stack: Stack) -> Reach:
    """Return the way to the local stack that is up."""
    return Reach(STACK_NAME, lambda service: client(service, stack.endpoint), stack.now())


def deployed_reach(name: str) -> Reach:
    """Return the way to a deployed stack, with the credentials and the region of the environment."""
    return Reach(name, boto3.session.Session().client, datetime.now(UTC))


def item_of(dynamodb: Any, table: str, key: Key) -> dict[str, Any] | None:
    """Return an item as last written, in the service's own form, or None."""
    item: dict[str, Any] | None = dynamodb.get_item(TableName=table, Key=key_of(key), ConsistentRead=True).get("Item")
    return item


def rows_of(dynamodb: Any, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
    """Return the plain values of every item that a query or a scan finds, page by page."""
    for page in dynamodb.get_paginator(operation).paginate(**request):
        yield from map(read, page["Items"])
