"""The rows of the quarantine as an operator sees them: what was refused, why, and how far it was mended."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from infra.operation.site import Site
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.quarantine import KEPT_FOR, QUEUED_MAX
from ownerloop.contracts.identity import decoded

DAY = "day#"


class Stand(StrEnum):
    """How far a row is. What is refused again is written anew by the intake, and so stands open again."""

    OPEN = "open"
    MENDED = "mended"
    REDRIVING = "redriving"  # somebody died between marking and sending, or is at it now
    REDRIVEN = "redriven"


@dataclass(frozen=True, slots=True)
class Row:
    """One refused event. Bodies name the car by its surrogate; the original stays beside the mended one."""

    day: str
    event_key: str
    event_type: str
    reason: str
    field: str
    rule: str
    payload_hash: str
    surrogate: str
    received_at: datetime
    sealed: bytes | None = None
    mended: bytes | None = None
    mended_by: str = ""
    redriving: str = ""
    redriven_at: str = ""
    redrives: int = 0

    @property
    def stand(self) -> Stand:
        """Return how far the row is."""
        if self.redriving:
            return Stand.REDRIVING
        if self.redriven_at:
            return Stand.REDRIVEN
        return Stand.MENDED if self.mended else Stand.OPEN

    @property
    def body(self) -> bytes | None:
        """Return the newest body that is kept, or None where no consent allowed to keep one."""
        return self.mended or self.sealed

    @property
    def source(self) -> str:
        """Return who sent the event, where a body is kept that says so."""
        event = decoded(self.sealed) if self.sealed else None
        return str(event.get("source") or "") if isinstance(event, dict) else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are meant; what is empty leaves the choice open."""

    days: tuple[str, ...] = ()
    reason: str = ""
    field: str = ""
    source: str = ""
    with_done: bool = False

    def takes(self, row: Row) -> bool:
        """Return whether the row is among them."""
        return (
            (self.with_done or row.stand is not Stand.REDRIVEN)
            and self.reason in {"", row.reason}
            and self.field in {"", row.field}
            and self.source in {"", row.source}
        )


def rows_of(choice: Choice, site: Site) -> Iterator[Row]:
    """Yield the chosen rows, page by page; of some days, or of all that are kept."""
    table = site.ids["QuarantineTable"]
    if not choice.days:
        pages = [site.pages("dynamodb", "scan", TableName=table)]
    else:
        condition = expressions.QUARANTINED_ON_A_DAY
        pages = [
            site.pages(
                "dynamodb",
                "query",
                TableName=table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues={":pk": {"S": f"{DAY}{day}"}},
            )
            for day in choice.days
        ]
    for items in (page["Items"] for of_day in pages for page in of_day):
        yield from (row for row in _rows(items) if choice.takes(row))


def row_called(event_key: str, site: Site) -> Row | None:
    """Return the row of an event, on whatever day of those that can still be kept it was received, or None."""
    for day in _days(site):
        if held := site.item("QuarantineTable", f"{DAY}{day}", event_key):
            return _row(held)
    return None


def _days(site: Site) -> Iterator[str]:
    # A message without a time of its own is filed by the queue's clock, which locally is not the moved one.
    firsts: Iterable[date] = dict.fromkeys((site.now.date(), datetime.now(UTC).date()))
    back_max = (KEPT_FOR + QUEUED_MAX).days
    for first in firsts:
        yield from ((first - timedelta(days=back)).isoformat() for back in range(-1, back_max + 1))


def _rows(items: Iterable[dict[str, Any]]) -> Iterator[Row]:
    return (_row(read(item)) for item in items if str(item["pk"]["S"]).startswith(DAY))


def _row(values: dict[str, Any]) -> Row:
    return Row(
        day=values["pk"].removeprefix(DAY),
        event_key=values["sk"],
        event_type=values["event_type"],
        reason=values["reason"],
        field=values["field"],
        rule=values["rule"],
        payload_hash=values["payload_hash"],
        surrogate=values["surrogate"],
        received_at=datetime.fromisoformat(values["received_at"]),
        sealed=values.get("sealed_body"),
        mended=values.get("mended_body"),
        mended_by=values.get("mended_by", ""),
        redriving=values.get("redriving", ""),
        redriven_at=values.get("redriven_at", ""),
        redrives=values.get("redrives", 0),
    )
