"""Refused events in the Quarantine table, one item each, until their time is over.

| pk | sk | attributes |
|---|---|---|
| `day#<UTC date of receipt>` | `<event_key>` | `schema`, `event_type`, `reason`, `field`, `rule`, `payload_hash`,
  `surrogate`, `received_at`, `expires_at` (TTL); `sealed_body` only where a live consent was found |

The table is encrypted with the vault's key. A body names its car by the surrogate, so nothing here leads outside.
"""

import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any

from ownerloop.adapters.dynamodb.client import client
from ownerloop.ports import Refusal

SCHEMA = 1
KEPT_FOR = timedelta(days=30)  # as long as a late event could still be mended and taken
ITEMS_MAX = 25  # of one BatchWriteItem
TRIES_MAX = 6
_FIRST_PAUSE_SECONDS = 0.05


class QuarantineIsBusyError(RuntimeError):
    """The table did not take every item in the tries it is given."""


class DynamoQuarantine:
    """The Quarantine table."""

    def __init__(self, table_name: str) -> None:
        self._table_name = table_name

    def put(self, refusals: Sequence[Refusal]) -> None:
        """Keep each refusal once, under its day and event key; the same refusal again writes the same item."""
        items = list({(item["pk"]["S"], item["sk"]["S"]): item for item in map(_item, refusals)}.values())
        for at in range(0, len(items), ITEMS_MAX):
            self._write([{"PutRequest": {"Item": item}} for item in items[at : at + ITEMS_MAX]])

    def _write(self, requests: list[dict[str, Any]]) -> None:
        for attempt in range(TRIES_MAX):
            answer = client("dynamodb").batch_write_item(RequestItems={self._table_name: requests})
            requests = answer.get("UnprocessedItems", {}).get(self._table_name, [])
            if not requests:
                return
            time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt * random.random())  # noqa: S311  # jitter, not a secret
        raise QuarantineIsBusyError(f"{len(requests)} refusals were not taken")


def _item(refusal: Refusal) -> Mapping[str, Any]:
    received_at = refusal.received_at.astimezone(UTC)
    item: dict[str, Any] = {
        "pk": {"S": f"day#{received_at.date().isoformat()}"},
        "sk": {"S": refusal.event_key},
        "schema": {"N": str(SCHEMA)},
        "event_type": {"S": refusal.event_type},
        "reason": {"S": refusal.reason},
        "field": {"S": refusal.field},
        "rule": {"S": refusal.rule},
        "payload_hash": {"S": refusal.payload_hash},
        "surrogate": {"S": refusal.surrogate},
        "received_at": {"S": received_at.isoformat()},
        "expires_at": {"N": str(int((received_at + KEPT_FOR).timestamp()))},
    }
    if refusal.sealed_body is not None:
        item["sealed_body"] = {"B": refusal.sealed_body}
    return item
