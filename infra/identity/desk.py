"""Where an operator sees who is one person, and asks that persons are joined or parted: through the EnrolmentQueue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from infra.importing.sending import Outcome, Target, tell
from infra.importing.targets import outputs_of, target_of
from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.stack import Stack
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import key_of
from ownerloop.adapters.dynamodb.identity import EDGE, LOG, edge_from, line_from
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.owners import PROFILE, owner_from, owner_pk
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of, vehicle_pk
from ownerloop.contracts.identities import MERGE_ASKED, SPLIT_ASKED
from ownerloop.domain.identifying import Edge
from ownerloop.domain.identity import LogLine
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle

SOURCE = "urn:ownerloop:command_line"
_VEHICLES = "VehiclesTableName"


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's persons as of an instant."""

    target: Target
    vehicles_table: str
    now: datetime

    def owner(self, person_id: str) -> Owner:
        """Return the profile as last written; one that nobody registered comes with version 0."""
        item = self._item(self.target.owners_table, (owner_pk(person_id), PROFILE))
        return owner_from(read(item)) if item else Owner(person_id=person_id)

    def group_of(self, person_id: str) -> list[Owner]:
        """Return the profiles of the person's group, the head first."""
        head = self.owner(self.owner(person_id).head_id)
        return [head, *(self.owner(member) for member in head.members)]

    def edges_of(self, person_id: str) -> list[Edge]:
        """Return the evidence about one person."""
        return [edge_from(person_id, row) for row in self._parts(person_id, EDGE)]

    def log_of(self, person_id: str) -> list[LogLine]:
        """Return the lines of the person's log, oldest first."""
        return [line_from(row) for row in self._parts(person_id, LOG)]

    def shared_cars(self, owner: Owner) -> list[tuple[str, str]]:
        """Return each car of the person that somebody else owned too, with who: a hint, never more."""
        found = []
        for vehicle_id in owner.vehicle_ids:
            others = {one.person_id for one in self._vehicle(vehicle_id).consent.owners} - {owner.person_id}
            found += [(vehicle_id, other) for other in sorted(others)]
        return found

    def merge(self, person_id: str, other: str, *, because: str) -> Outcome:
        """Ask that two persons become one, and wait for what became of it."""
        return self.tell(self._event(MERGE_ASKED, person_id, {"other": other, "because": because}))

    def split(self, person_id: str, member: str, *, because: str) -> Outcome:
        """Ask that a member is parted from a person, and wait for what became of it."""
        return self.tell(self.split_event(person_id, member, because=because))

    def split_event(self, person_id: str, member: str, *, because: str) -> dict[str, Any]:
        """Return the event that asks for it."""
        return self._event(SPLIT_ASKED, person_id, {"member": member, "because": because})

    def tell(self, event: dict[str, Any]) -> Outcome:
        """Send what is asked for, and wait for what became of it."""
        return tell(event, target=self.target, now=self.now)

    def _event(self, kind: str, subject: str, data: dict[str, str]) -> dict[str, Any]:
        at = self.now.astimezone(UTC).isoformat()
        return {
            "specversion": "1.0",
            "id": f"{subject}#{data.get('other') or data['member']}#{at}",
            "source": SOURCE,
            "type": kind,
            "subject": subject,
            "time": at,
            "datacontenttype": "application/json",
            "receivedat": at,
            "data": data,
        }

    def _vehicle(self, vehicle_id: str) -> Vehicle:
        item = self._item(self.vehicles_table, (vehicle_pk(vehicle_id), STATE))
        return vehicle_of(item) if item else Vehicle(vehicle_id=vehicle_id)

    def _parts(self, person_id: str, prefix: str) -> Iterator[dict[str, Any]]:
        pages = (
            self.target.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.target.owners_table,
                KeyConditionExpression=expressions.PARTS_OF_A_PERSON,
                ExpressionAttributeValues={":pk": {"S": owner_pk(person_id)}, ":prefix": {"S": prefix}},
                ConsistentRead=True,
            )
        )
        for page in pages:
            yield from map(read, page["Items"])

    def _item(self, table: str, key: tuple[str, str]) -> dict[str, Any] | None:
        answer = self.target.client("dynamodb").get_item(TableName=table, Key=key_of(key), ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item


def local_desk(stack: Stack) -> Desk:
    """Return the desk of the local stack that is up."""
    return desk_of(STACK_NAME, lambda service: client(service, stack.endpoint), now=stack.now())


def deployed_desk(name: str) -> Desk:
    """Return the desk of a deployed stack, reached with the credentials and the region of the environment."""
    return desk_of(name, boto3.session.Session().client, now=datetime.now(UTC))


def desk_of(name: str, client_of: Callable[[str], Any], *, now: datetime) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    _, outputs = outputs_of(name, client_of, needed=(_VEHICLES,))
    return Desk(target_of(name, client_of), outputs[_VEHICLES], now)
