"""The stack that an import goes to: the local one that is up, or one that CloudFormation knows by its name."""

from collections.abc import Callable, Sequence
from typing import Any

import boto3

from infra.importing.sending import Target
from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.stack import Stack


class NoSuchStackError(Exception):
    """CloudFormation knows no stack of that name in this account and region, or it is none of ours."""

    def __init__(self, name: str, *, lacks: str = "") -> None:
        super().__init__(f"stack {name} has no output {lacks}" if lacks else f"there is no stack {name}")
        self.name, self.lacks = name, lacks


def local_target(stack: Stack) -> Target:
    """Return the local stack that is up."""
    return target_of(STACK_NAME, lambda service: client(service, stack.endpoint))


def deployed_target(name: str) -> Target:
    """Return a deployed stack, reached with the credentials and the region of the environment."""
    return target_of(name, boto3.session.Session().client)


def target_of(name: str, client_of: Callable[[str], Any]) -> Target:
    """Return what the stack's outputs name, or refuse a stack that is not ours."""
    needed = ("EnrolmentQueueUrl", "OwnersTableName", "QuarantineTableName")
    stack_id, outputs = outputs_of(name, client_of, needed=needed)
    return Target(
        client=client_of,
        stack_id=stack_id,
        enrolment_queue_url=outputs["EnrolmentQueueUrl"],
        owners_table=outputs["OwnersTableName"],
        quarantine_table=outputs["QuarantineTableName"],
    )


def outputs_of(name: str, client_of: Callable[[str], Any], *, needed: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the stack's id and its outputs, or refuse one that lacks any of those needed."""
    service = client_of("cloudformation")
    try:
        (stack,) = service.describe_stacks(StackName=name)["Stacks"]
    except service.exceptions.ClientError as error:
        raise NoSuchStackError(name) from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    for output in needed:
        if output not in outputs:
            raise NoSuchStackError(name, lacks=output)
    return stack["StackId"], outputs
