"""Refused events in the Quarantine table, one item each, until their time is over.

| pk | sk | attributes |
|---|---|---|
| `day#<UTC date of receipt>` | `<event_key>` | `schema`, `event_type`, `reason`, `field`, `rule`, `payload_hash`,
  `surrogate`, `received_at`, `expires_at` (TTL, from the refusal); `sealed_body` only where a live consent was found |

The table is encrypted with the vault's key. A body names its car by the surrogate, so nothing here leads outside.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ownerloop.adapters.dynamodb.commands import put_all
from ownerloop.ports import Refusal

KEPT_FOR = timedelta(days=30)  # from its refusal, however long the event had waited: an operator needs the time
QUEUED_MAX = timedelta(days=36)  # before it: twice the 4 days of a queue and the 14 of its dead letters


class DynamoQuarantine:
    """The Quarantine table."""

    def __init__(self, table_name: str) -> None:
        self._table_name = table_name

    def put(self, refusals: Sequence[Refusal], *, now: datetime) -> None:
        """Keep each refusal once, under its day and event key; the same refusal again writes the same item."""
        expires_at = int((now + KEPT_FOR).timestamp())
        put_all(self._table_name, [_values(refusal, expires_at) for refusal in refusals])


def _values(refusal: Refusal, expires_at: int) -> dict[str, Any]:
    received_at = refusal.received_at.astimezone(UTC)
    return {
        "pk": f"day#{received_at.date().isoformat()}",
        "sk": refusal.event_key,
        "event_type": refusal.event_type,
        "reason": refusal.reason,
        "field": refusal.field,
        "rule": refusal.rule,
        "payload_hash": refusal.payload_hash,
        "surrogate": refusal.surrogate,
        "received_at": received_at.isoformat(),
        "expires_at": expires_at,
        "sealed_body": refusal.sealed_body,
    }
