"""Where a stack's cars were seen: presence in zones, as far as a live consent lets an operator read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.reaching import Reach, item_of, rows_of
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.items import attribute
from ownerloop.adapters.dynamodb.presence import PREFIX, presence_from
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of, vehicle_pk
from ownerloop.domain.presence import Presence, visible


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
        item = item_of(self.dynamodb, self.vehicles_table, (vehicle_pk(vehicle_id), STATE))
        if item is None:
            return None
        rows = rows_of(
            self.dynamodb,
            "query",
            TableName=self.vehicles_table,
            KeyConditionExpression=expressions.PRESENCE_OF_A_CAR,
            ExpressionAttributeValues={":pk": attribute(vehicle_pk(vehicle_id)), ":prefix": attribute(PREFIX)},
        )
        seen = [presence_from(row) for row in rows]
        return sorted(visible(seen, consent=vehicle_of(item).consent, now=self.now))


def desk_of(reach: Reach) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    (vehicles_table,) = reach.outputs("VehiclesTableName")
    return Desk(reach.client("dynamodb"), vehicles_table, reach.now)
