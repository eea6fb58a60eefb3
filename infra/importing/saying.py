"""What an operator says at the command line, as an event like everybody else's."""

from datetime import UTC, datetime
from typing import Any

SOURCE = "urn:ownerloop:command_line"


def event_of(kind: str, subject: str, *, identity: str, data: dict[str, str], at: datetime) -> dict[str, Any]:
    """Return the event; said again at another instant, it is another event."""
    said_at = at.astimezone(UTC).isoformat()
    return {
        "specversion": "1.0",
        "id": f"{identity}#{said_at}",
        "source": SOURCE,
        "type": kind,
        "subject": subject,
        "time": said_at,
        "datacontenttype": "application/json",
        "receivedat": said_at,
        "data": data,
    }
