"""Puts owners and cars into the tables as they are, for tests that do not care how they came in."""

from collections.abc import Sequence

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import put
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle


def fill_tables(*, owners_table: str, vehicles_table: str, owners: Sequence[Owner], cars: Sequence[Vehicle]) -> None:
    """Put each owner and each car of version 1."""
    for owner in owners:
        assert put(owners_table, owner_values(owner), when=expressions.ABSENT)
    assert DynamoVehicles(vehicles_table).save(cars) == set()
