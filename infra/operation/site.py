"""The stack that an operator works on: its resources by the template's names, and whether all of them are there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import boto3
from botocore.config import Config

from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.stack import Stack
from infra.reaching import NoSuchStackError
from infra.template.reading import load_template, resources
from ownerloop.adapters.dynamodb.items import read

KINDS = (
    "AWS::DynamoDB::Table",
    "AWS::SQS::Queue",
    "AWS::S3::Bucket",
    "AWS::Serverless::Function",
    "AWS::SecretsManager::Secret",
)  # what the commands of an operator touch
# A job may take fifteen minutes, and a start that is asked for again is a second start.
_STARTING = Config(read_timeout=910, retries={"mode": "standard", "total_max_attempts": 1})
_BROKEN = ("FAILED", "ROLLBACK", "DELETE")


class HalfDeployedError(Exception):
    """The stack lacks what the template has, or its last change did not end well; the message names it."""

    def __init__(self, name: str, *, missing: Sequence[str]) -> None:
        super().__init__(f"stack {name} is half deployed: {', '.join(missing)}")
        self.name, self.missing = name, tuple(missing)


@dataclass(frozen=True, slots=True)
class Site:
    """A stack with whoever may reach it. `ids` maps the template's names to the service's own."""

    name: str
    is_local: bool
    client: Callable[[str], Any]
    ids: Mapping[str, str]
    now: datetime

    def pages(self, service: str, operation: str, **request: Any) -> Any:
        """Return the pages of a reading operation."""
        return self.client(service).get_paginator(operation).paginate(**request)

    def item(self, table: str, pk: str, sk: str) -> dict[str, Any] | None:
        """Return an item of a table (by the template's name) as plain values, or None."""
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = self.client("dynamodb").get_item(TableName=self.ids[table], Key=key, ConsistentRead=True)
        return read(answer["Item"]) if "Item" in answer else None

    def who(self) -> str:
        """Return who is acting, for the record of what was done."""
        return str(self.client("sts").get_caller_identity()["Arn"])


def local_site(stack: Stack) -> Site:
    """Return the local stack that is up."""
    return site_of(STACK_NAME, lambda service: client(service, stack.endpoint), is_local=True, now=stack.now())


def deployed_site(name: str, *, region: str = "", profile: str = "") -> Site:
    """Return a deployed stack, reached as boto3 finds credentials; region and profile are boto3's own."""
    session = boto3.session.Session(region_name=region or None, profile_name=profile or None)

    def client_of(service: str) -> Any:
        return session.client(service, config=_STARTING if service == "lambda" else None)

    return site_of(name, client_of, is_local=False, now=datetime.now(UTC))


def site_of(name: str, client_of: Callable[[str], Any], *, is_local: bool, now: datetime) -> Site:
    """Return the stack, or refuse one that is not there (NoSuchStackError) or not whole (HalfDeployedError)."""
    cloudformation = client_of("cloudformation")
    try:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except cloudformation.exceptions.ClientError as error:
        raise NoSuchStackError(name) from error
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    rows = [row for page in pages for row in page["StackResourceSummaries"]]
    if missing := [*_unwell(stack["StackStatus"]), *_lacking(rows)]:
        raise HalfDeployedError(name, missing=missing)
    ids = {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows}
    return Site(name=name, is_local=is_local, client=partial(_kept, {}, client_of), ids=ids, now=now)


def _kept(held: dict[str, Any], client_of: Callable[[str], Any], service: str) -> Any:
    if service not in held:
        held[service] = client_of(service)
    return held[service]


def _unwell(status: str) -> list[str]:
    # UPDATE_ROLLBACK_COMPLETE is whole: everything is as it was before the change.
    is_whole = status.endswith("_COMPLETE") and (
        status == "UPDATE_ROLLBACK_COMPLETE" or not any(word in status for word in _BROKEN)
    )
    return [] if is_whole else [f"it stands at {status}"]


def _lacking(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    held = {row["LogicalResourceId"] for row in rows if "FAILED" not in row.get("ResourceStatus", "")}
    return [f"no {name}" for name in _wanted() if name not in held]


@cache
def _wanted() -> tuple[str, ...]:
    wanted = resources(load_template(), *KINDS)
    return tuple(name for name, resource in wanted.items() if "Condition" not in resource)
