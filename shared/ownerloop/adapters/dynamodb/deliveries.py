"""Deliveries by webhook in the Partners table: a source of vehicle data is a partner that calls without a token.

| pk | sk | attributes |
|---|---|---|
| `webhook#<delivery key>` | `delivery` | `source`, `digest` of what it says, `received_at`, `queued_at` once everything
  in it is queued, `expires_at` (TTL 35 days: later than the last day on which a reading of it could be taken) |

No payload is kept. The function's policy opens these items of the table and no others.
"""

from datetime import datetime, timedelta
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import Key, get_item, put, put_of
from ownerloop.adapters.dynamodb.direct import ask
from ownerloop.adapters.dynamodb.items import micros
from ownerloop.domain.webhook import Claim, Delivery

PREFIX = "webhook#"
KEPT_FOR = timedelta(days=35)  # the intake refuses readings after 30


class DynamoDeliveries:
    """The deliveries."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def claim(self, delivery: Delivery, *, now: datetime) -> Claim:
        """Remember the delivery at first sight and return whose it is; one that was never finished is open again."""
        if put(self._table, _item(delivery, now=now), when=expressions.ABSENT):
            return Claim.OPEN
        held = get_item(self._table, _key(delivery))
        if held is None or held["digest"] == delivery.digest:
            return Claim.DONE if held and "queued_at" in held else Claim.OPEN
        return Claim.OTHER

    def finish(self, delivery: Delivery, *, now: datetime) -> None:
        """Remember that everything in it is queued."""
        item = _item(delivery, now=now) | {"queued_at": micros(now)}
        ask("dynamodb", "PutItem", put_of(self._table, item))

    def is_done(self, delivery: Delivery) -> bool:
        """Return whether this very delivery was finished; nothing is remembered."""
        held = get_item(self._table, _key(delivery))
        return held is not None and held["digest"] == delivery.digest and "queued_at" in held


def _key(delivery: Delivery) -> Key:
    return f"{PREFIX}{delivery.key}", "delivery"


def _item(delivery: Delivery, *, now: datetime) -> dict[str, Any]:
    pk, sk = _key(delivery)
    return {
        "pk": pk,
        "sk": sk,
        "source": delivery.source,
        "digest": delivery.digest,
        "received_at": micros(now),
        "expires_at": int((now + KEPT_FOR).timestamp()),
    }
