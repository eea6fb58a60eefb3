"""Where cars were seen, as it stands in a table."""

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import query
from ownerloop.adapters.dynamodb.presence import PREFIX, presence_from
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_pk
from ownerloop.domain.presence import Presence


def sights_of(vehicle_id: str, *, vehicles_table: str) -> list[Presence]:
    """Return what is kept of the car, consented to or not, in order."""
    values = {":pk": vehicle_pk(vehicle_id), ":prefix": PREFIX}
    return sorted(map(presence_from, query(vehicles_table, None, expressions.PRESENCE_OF_A_CAR, values)))
