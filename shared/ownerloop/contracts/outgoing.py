"""The CloudEvents envelope of what we publish; no pydantic here, for the intake speaks it."""

from datetime import datetime
from typing import Any

from ownerloop.contracts.identity import instant_text


def outgoing(
    kind: str,
    subject: str,
    data: dict[str, Any],
    *,
    event_id: str,
    source: str,
    at: datetime,
    begun_with: str | None = None,
) -> dict[str, Any]:
    """Return the event; `begun_with` is what its thread began with, which is left out where nobody knows it."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind,
        "subject": subject,
        "time": instant_text(at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return {**event, "correlationid": begun_with} if begun_with else event
