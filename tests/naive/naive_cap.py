"""The daily cap as it is often written: count, compare, write. Kept to show that the race test fails on it."""

from datetime import date

from ownerloop.adapters.dynamodb.client import client


class NaiveCap:
    """Counters in a table, one per person and day, read and written without a condition."""

    def __init__(self, table_name: str, *, daily_max: int) -> None:
        self._table, self._daily_max = table_name, daily_max

    def reserve(self, person_id: str, *, day: date) -> bool:
        """Return whether one more message may start, counting it if so."""
        key = {"pk": {"S": f"naive#{person_id}"}, "sk": {"S": day.isoformat()}}
        held = client("dynamodb").get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        taken = int(held["taken"]["N"]) if held else 0
        if taken >= self._daily_max:
            return False
        client("dynamodb").put_item(TableName=self._table, Item={**key, "taken": {"N": str(taken + 1)}})
        return True
