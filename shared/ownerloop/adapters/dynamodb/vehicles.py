"""The Vehicles table: one item a car (layout in `vehicle_items`) and the planning cursor of each store.

The cursor is `store#<store_id>` / `planned` with `planned_through`. A car is found for planning through the index
`by_reminder`, whose key names store, the day on which planning looks at it (`Vehicle.found_on`) and one of 16 shards.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import (
    each_item,
    fresh_nonce,
    get_item,
    put,
    query,
    scan,
)
from ownerloop.adapters.dynamodb.items import SCHEMA, attribute, day_or_none
from ownerloop.adapters.dynamodb.statements import Statement, run_statements
from ownerloop.adapters.dynamodb.vehicle_items import (
    STATE,
    reminder_key,
    state_values,
    vehicle_from,
    vehicle_pk,
    vehicle_values,
)
from ownerloop.domain.ids import SHARD_COUNT
from ownerloop.domain.vehicle import Vehicle


class DynamoVehicles:
    """The cars in the Vehicles table."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def load(self, vehicle_ids: Iterable[str]) -> dict[str, Vehicle]:
        """Return every asked car as last written; one without an item comes with version 0."""
        asked = list(vehicle_ids)
        keys = [(vehicle_pk(vehicle_id), STATE) for vehicle_id in asked]
        found = {car.vehicle_id: car for car in map(vehicle_from, each_item(self._table, keys))}
        return {vehicle_id: found.get(vehicle_id) or Vehicle(vehicle_id=vehicle_id) for vehicle_id in asked}

    def save(self, vehicles: Sequence[Vehicle]) -> set[str]:
        """Write each car whose stored version is its `version` - 1, at an unchanged consent epoch; return who lost."""
        nonces = [fresh_nonce() for _ in vehicles]
        statements = (_statement(self._table, *write) for write in zip(vehicles, nonces, strict=True))
        refused = run_statements(statements, table=self._table)
        return self._without_lost_answers({vehicles[place].vehicle_id: nonces[place] for place in refused})

    def to_remind(self, store_id: str, *, since: date, through: date) -> list[str]:
        """Return the cars of the store that planning looks at in the span, both ends included, earliest day first."""
        due: list[str] = []
        for offset in range((through - since).days + 1):
            day = since + timedelta(days=offset)
            due += sorted(vehicle_id for place in range(SHARD_COUNT) for vehicle_id in self._day(store_id, day, place))
        return due

    def all(self) -> Iterator[Vehicle]:
        """Return every car, page by page."""
        return map(vehicle_from, scan(self._table, expressions.VEHICLE_ITEMS, {":state": STATE}))

    def _day(self, store_id: str, day: date, place: int) -> Iterator[str]:
        key = {":key": reminder_key(store_id, day, place)}
        for row in query(self._table, "by_reminder", expressions.CARS_OF_A_REMINDER_DAY, key):
            yield row["vehicle_id"]

    def _without_lost_answers(self, refused: Mapping[str, str]) -> set[str]:
        # A statement whose answer was lost is refused when it is sent again, though it was this very write that won.
        keys = [(vehicle_pk(vehicle_id), STATE) for vehicle_id in refused]
        won = {item["vehicle_id"] for item in each_item(self._table, keys) if _is_ours(item, refused)}
        return refused.keys() - won


class DynamoPlanningCursor:
    """The planning cursors in the Vehicles table."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def planned_through(self, store_id: str) -> date | None:
        """Return the last day that was planned whole, or None."""
        values = get_item(self._table, _cursor_key(store_id)) or {}
        return day_or_none(values.get("planned_through"))

    def mark_planned(self, store_id: str, *, through: date) -> None:
        """Move the cursor forward, never back."""
        pk, sk = _cursor_key(store_id)
        item = {"pk": pk, "sk": sk, "planned_through": through.isoformat()}
        put(self._table, item, when=expressions.CURSOR_MOVES_ON, values={":through": through.isoformat()})


def _cursor_key(store_id: str) -> tuple[str, str]:
    return f"store#{store_id}", "planned"


def _is_ours(item: Mapping[str, Any], nonces: Mapping[str, str]) -> bool:
    return bool(item.get("nonce") == nonces[item["vehicle_id"]])


def _statement(table: str, vehicle: Vehicle, nonce: str) -> Statement:
    is_first = vehicle.version == 1
    values = vehicle_values(vehicle) if is_first else state_values(vehicle)
    values |= {"schema": SCHEMA, "nonce": nonce}
    with_reminder = values["reminder_key"] is not None
    reminder = (expressions.REMINDER,) if with_reminder else ()
    if is_first:
        text = expressions.insert_vehicle(table, with_reminder=with_reminder)
        parameters = [values[name] for name in (*expressions.VEHICLE_INSERTED, *reminder)]
    else:
        text = expressions.update_vehicle(table, with_reminder=with_reminder)
        parameters = [values[name] for name in (*expressions.VEHICLE_UPDATED, *reminder)]
        held = values | {"version": vehicle.version - 1}
        parameters += [held[name] for name in expressions.VEHICLE_HELD]
    return {"Statement": text, "Parameters": [attribute(value) for value in parameters]}
