"""The stack of the template on moto, as an operator reaches it."""

from collections.abc import Iterator
from functools import cache

import boto3
import pytest

from infra.operation.site import Site
from infra.template.reading import resources
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.memory import CountedSurrogates
from tests.builders import START, a_consent, a_vehicle
from tests.functions.stack import Stack, moto_stack
from tests.messages import VIN


@pytest.fixture(scope="package")
def held_stack() -> Iterator[Stack]:
    """Give one stack to all tests here: making it takes longer than any of them."""
    with moto_stack() as held:
        yield held


@pytest.fixture
def stack(held_stack: Stack) -> Stack:
    """Give the stack with empty queues and an empty quarantine."""
    queue, table = boto3.client("sqs"), held_stack.names["QuarantineTable"]
    for name in resources(dict(held_stack.template), "AWS::SQS::Queue"):
        queue.delete_queue(QueueUrl=held_stack.names[name])
        queue.create_queue(QueueName=name)
    for item in held_stack.items("QuarantineTable"):
        boto3.client("dynamodb").delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    return held_stack


@pytest.fixture
def site(stack: Stack) -> Site:
    return Site(name="ownerloop-test", is_local=True, client=cache(boto3.client), ids=stack.names, now=START)


@pytest.fixture
def vehicle_id(stack: Stack) -> str:
    """Give a car that the vault knows and whose owner consents."""
    vault = DynamoVault(stack.names["VaultTable"], stack.names["VaultSecret"], CountedSurrogates())
    vehicle_id = vault.enrol_vehicles([VIN])[VIN]
    DynamoVehicles(stack.names["VehiclesTable"]).save(
        [a_vehicle(vehicle_id=vehicle_id, version=1, consent=a_consent())]
    )
    return vehicle_id
