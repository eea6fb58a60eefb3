"""Booking as it is often written: count the day's bookings, compare, write. Kept to show that the race fails on it."""

from datetime import date

from ownerloop.adapters.dynamodb.client import client


class NaiveBooking:
    """Rows of a store's day in a table, counted first and written without a condition."""

    def __init__(self, table_name: str, *, slots: int) -> None:
        self._table, self._slots = table_name, slots

    def book(self, store_id: str, on: date, *, booking_id: str) -> bool:
        """Return whether the day had a slot left, writing the booking if so."""
        if self.booked(store_id, on) >= self._slots:
            return False
        row = {"pk": {"S": _day(store_id, on)}, "sk": {"S": booking_id}}
        client("dynamodb").put_item(TableName=self._table, Item=row)
        return True

    def booked(self, store_id: str, on: date) -> int:
        """Return how many bookings the day holds."""
        answer = client("dynamodb").query(
            TableName=self._table,
            KeyConditionExpression="pk = :day",
            ExpressionAttributeValues={":day": {"S": _day(store_id, on)}},
            ConsistentRead=True,
            Select="COUNT",
        )
        return int(answer["Count"])


def _day(store_id: str, on: date) -> str:
    return f"naive#{store_id}#{on.isoformat()}"
