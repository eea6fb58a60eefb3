"""What a sweep must look at next, through the index `by_due` of the Contacts or the Cases table.

An item that waits for a look has `due_key` = `<UTC date>#<shard 0-15>` and `due_sort` = `<kind>#<instant>#<id>`; kind
is `contact`, `task` or `case`, so that they never mix. It is filed under the day of its look, or the day it was written
if that is later, so that nothing is ever filed behind the sweep. `sweep` / `<kind>` holds `through`, the first day that
may still hold something: a sweep that stood still for a week finds its way day by day.
"""

from datetime import UTC, date, datetime, timedelta

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import get_item, put, query
from ownerloop.adapters.dynamodb.items import sortable
from ownerloop.domain.ids import SHARD_COUNT, shard

EARLIER_DAYS_MAX = 3  # days behind the newest that one sweep looks at: 16 small queries each
SETTLES_WITHIN = timedelta(hours=2)  # a day may still get items after its end: from whoever read the clock before it

_DAY = timedelta(days=1)


def due_attributes(
    kind: str, item_id: str, *, look_at: datetime | None, written_at: datetime | None
) -> dict[str, str | None]:
    """Return the index attributes of an item, all None where nobody has to look.

    `written_at` is None for an item whose look never lies before the instant at which it is written.
    """
    if look_at is None:
        return {"due_key": None, "due_sort": None}
    filed_on = max(look_at, written_at or look_at).astimezone(UTC).date()
    return {
        "due_key": f"{filed_on.isoformat()}#{shard(item_id)}",
        "due_sort": f"{kind}#{sortable(look_at)}#{item_id}",
    }


def due_ids(table: str, kind: str, *, now: datetime) -> list[str]:
    """Return the ids of the kind's items to look at by now, oldest first; move the cursor past days that are done."""
    today = now.astimezone(UTC).date()
    settled = (now - SETTLES_WITHIN).astimezone(UTC).date()  # days before this one get no more items
    held = get_item(table, ("sweep", kind))
    first = date.fromisoformat(held["through"]) if held else today - timedelta(days=EARLIER_DAYS_MAX)
    earlier = _days(first, min(settled, first + timedelta(days=EARLIER_DAYS_MAX)))
    by_day = {day: _due_on(table, kind, day, now=now) for day in (*earlier, *_days(settled, today + _DAY))}
    reached = first
    while reached in earlier and not by_day[reached]:
        reached += _DAY
    if held is None or reached > first:
        _move_cursor(table, kind, reached)
    return [item_id for _, item_id in sorted(pair for pairs in by_day.values() for pair in pairs)]


def _days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _due_on(table: str, kind: str, day: date, *, now: datetime) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for place in range(SHARD_COUNT):
        values = {":due_key": f"{day.isoformat()}#{place}", ":first": f"{kind}#", ":last": f"{kind}#{sortable(now)}~"}
        for row in query(table, "by_due", expressions.DUE_BY_AN_INSTANT, values):
            found.append((row["due_sort"], row["pk"].partition("#")[2]))  # noqa: PERF401  # two generators read worse
    return found


def _move_cursor(table: str, kind: str, through: date) -> None:
    item = {"pk": "sweep", "sk": kind, "through": through.isoformat()}
    put(table, item, when=expressions.SWEEP_MOVES_ON, values={":through": through.isoformat()})
