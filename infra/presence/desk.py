"""Where a stack's cars were seen: presence in zones, as far as a live consent lets an operator read it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from infra.importing.targets import outputs_of
from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.stack import Stack
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import key_of
from ownerloop.adapters.dynamodb.items import attribute, read
from ownerloop.adapters.dynamodb.presence import PREFIX, presence_from
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of, vehicle_pk
from ownerloop.domain.presence import Presence, visible

_TABLE = "VehiclesTableName"


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's Vehicles table as of an instant."""

    dynamodb: Any
    vehicles_table: str
    now: datetime

    def seen(self, vehicle_id: str) -> list[Presence] | None:
        """Return the zones that held the car within seven days, in order; None for a car that nobody enrolled.

        What the owner's consent does not cover, at that time and now, is told to nobody.
        """
        key = key_of((vehicle_pk(vehicle_id), STATE))
        item = self.dynamodb.get_item(TableName=self.vehicles_table, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            return None
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.vehicles_table,
            KeyConditionExpression=expressions.PRESENCE_OF_A_CAR,
            ExpressionAttributeValues={":pk": attribute(vehicle_pk(vehicle_id)), ":prefix": attribute(PREFIX)},
        )
        rows = [presence_from(read(row)) for page in pages for row in page["Items"]]
        return sorted(visible(rows, consent=vehicle_of(item).consent, now=self.now))


def local_desk(stack: Stack) -> Desk:
    """Return the desk of the local stack that is up."""
    return desk_of(STACK_NAME, lambda service: client(service, stack.endpoint), now=stack.now())


def deployed_desk(name: str) -> Desk:
    """Return the desk of a deployed stack, reached with the credentials and the region of the environment."""
    return desk_of(name, boto3.session.Session().client, now=datetime.now(UTC))


def desk_of(name: str, client_of: Callable[[str], Any], *, now: datetime) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    _, outputs = outputs_of(name, client_of, needed=(_TABLE,))
    return Desk(client_of("dynamodb"), vehicles_table=outputs[_TABLE], now=now)
