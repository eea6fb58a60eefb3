"""The consents that cars carry: the items of `vehicle_items`, written whole, which else only enrolment does."""

from collections.abc import Iterable

from ownerloop.adapters.dynamodb.commands import put_versioned
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.domain.vehicle import Vehicle


class DynamoConsentHeads:
    """The cars in the Vehicles table with their consents."""

    def __init__(self, vehicles_table: str) -> None:
        self._table = vehicles_table

    def cars(self, vehicle_ids: Iterable[str]) -> dict[str, Vehicle]:
        """Return every asked car as last written; one without an item comes with version 0."""
        return DynamoVehicles(self._table).load(vehicle_ids)

    def keep(self, car: Vehicle) -> bool:
        """Write the car with its consents if the version before its own is held; return whether it is."""
        return put_versioned(self._table, vehicle_values(car))
