"""What operators did to messages and quarantined events: who, when, why; kept beside the quarantine, never a body.

| pk | sk | attributes |
|---|---|---|
| `audit#<date>` | `<microseconds>#<what>#<about>` | `act`, `by`, `why`, `place`, `payload_hash`, `keys`, `reason` |
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from infra.operation.site import Site
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.items import micros, read, written

KEPT_FOR = timedelta(days=400)  # longer than any question of a year's audit
KEYS_MAX = 2000  # event identities of one line: 64 KB of the 400 KB of an item


@dataclass(frozen=True, slots=True)
class Line:
    """One act. `keys` are the identities of the events that it was about."""

    act: str
    about: str
    by: str
    at: datetime
    why: str = ""
    place: str = ""
    reason: str = ""
    payload_hash: str = ""
    keys: tuple[str, ...] = ()


def record(line: Line, site: Site) -> None:
    """Write the line; the same line again changes nothing."""
    at = line.at.astimezone(UTC)
    values = {
        "pk": f"audit#{at.date().isoformat()}",
        "sk": f"{micros(at)}#{line.act}#{line.about}",
        "act": line.act,
        "by": line.by,
        "why": line.why or None,
        "place": line.place or None,
        "reason": line.reason or None,
        "payload_hash": line.payload_hash or None,
        "keys": list(line.keys[:KEYS_MAX]) or None,
        "events": len(line.keys),
        "expires_at": int((at + KEPT_FOR).timestamp()),
    }
    site.client("dynamodb").put_item(TableName=site.ids["QuarantineTable"], Item=written(values))


def lines_of(day: str, site: Site) -> list[dict[str, object]]:
    """Return the lines of a day (`2026-03-01`) in the order of their times, as plain values."""
    pages = site.pages(
        "dynamodb",
        "query",
        TableName=site.ids["QuarantineTable"],
        KeyConditionExpression=expressions.QUARANTINED_ON_A_DAY,
        ExpressionAttributeValues={":pk": {"S": f"audit#{day}"}},
    )
    return [read(item) for page in pages for item in page["Items"]]


def digest_of(text: str | bytes) -> str:
    """Return the SHA-256 of a body, by which it is known when it is gone."""
    raw = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    return hashlib.sha256(raw).hexdigest()
