"""Where an operator sees who is one person, and asks that persons are joined or parted: through the EnrolmentQueue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.importing.saying import event_of
from infra.importing.sending import Outcome, Target, tell
from infra.importing.targets import target_of
from infra.reaching import Reach, item_of, rows_of
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.identity import EDGE, LOG, edge_from, line_from
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.owners import PROFILE, owner_from, owner_pk
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of, vehicle_pk
from ownerloop.contracts.identities import MERGE_ASKED, SPLIT_ASKED
from ownerloop.domain.identifying import Edge
from ownerloop.domain.identity import LogLine
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle


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
        identity = f"{subject}#{data.get('other') or data['member']}"
        return event_of(kind, subject, identity=identity, data=data, at=self.now)

    def _vehicle(self, vehicle_id: str) -> Vehicle:
        item = self._item(self.vehicles_table, (vehicle_pk(vehicle_id), STATE))
        return vehicle_of(item) if item else Vehicle(vehicle_id=vehicle_id)

    def _parts(self, person_id: str, prefix: str) -> Iterator[dict[str, Any]]:
        return rows_of(
            self.target.client("dynamodb"),
            "query",
            TableName=self.target.owners_table,
            KeyConditionExpression=expressions.PARTS_OF_A_PERSON,
            ExpressionAttributeValues={":pk": {"S": owner_pk(person_id)}, ":prefix": {"S": prefix}},
            ConsistentRead=True,
        )

    def _item(self, table: str, key: tuple[str, str]) -> dict[str, Any] | None:
        return item_of(self.target.client("dynamodb"), table, key)


def desk_of(reach: Reach) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    (vehicles_table,) = reach.outputs("VehiclesTableName")
    return Desk(target_of(reach), vehicles_table, reach.now)
