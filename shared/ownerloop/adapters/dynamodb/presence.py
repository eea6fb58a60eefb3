"""Where cars were seen, in the Vehicles table: `vehicle#<vehicle_id>` / `presence#<zone_id>#<yyyy-mm-ddThh>`, UTC.

`first_at` and `last_at` are microseconds; `expires_at` is the table's TTL in seconds, seven days after the hour began.
The service deletes late, so that a reader passes over what is past its time. There is no column for a position.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import TRIES_MAX, Key, StillBusyError, get_items, pause
from ownerloop.adapters.dynamodb.items import SCHEMA, attribute, instant, micros
from ownerloop.adapters.dynamodb.statements import Statement, run_statements
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_pk
from ownerloop.domain.presence import Presence, joined

PREFIX = "presence#"
_HOUR = "%Y-%m-%dT%H"


class DynamoPresenceBook:
    """The presence rows of the Vehicles table."""

    def __init__(self, vehicles_table: str) -> None:
        self._table = vehicles_table

    def note(self, facts: Iterable[Presence]) -> None:
        """Keep the facts, each hour from its first to its last sight; who loses to another writer joins with it."""
        waiting = joined(facts)
        for attempt in range(TRIES_MAX):
            held = self._held(waiting)
            wider = [fact for fact in waiting if joined([fact, held.get(fact.key, fact)]) != [held.get(fact.key)]]
            statements = [self._statement(fact, held.get(fact.key)) for fact in wider]
            waiting = [wider[place] for place in run_statements(statements, table=self._table)]
            if not waiting:
                return
            pause(attempt)
        raise StillBusyError(table=self._table)

    def _held(self, facts: Iterable[Presence]) -> dict[tuple[str, str, datetime], Presence]:
        rows = get_items(self._table, map(_key, facts))
        return {fact.key: fact for fact in map(presence_from, rows.values())}

    def _statement(self, fact: Presence, held: Presence | None) -> Statement:
        if held is None:
            text, names, values = expressions.insert_presence(self._table), expressions.PRESENCE_INSERTED, _values(fact)
            return {"Statement": text, "Parameters": [attribute(values[name]) for name in names]}
        (whole,) = joined([fact, held])
        after, before = _values(whole), _values(held)
        parameters = [after[name] for name in expressions.PRESENCE_SIGHTS]
        parameters += [before[name] for name in expressions.PRESENCE_HELD]
        return {"Statement": expressions.widen_presence(self._table), "Parameters": [attribute(p) for p in parameters]}


def _values(fact: Presence) -> dict[str, Any]:
    pk, sk = _key(fact)
    return {
        "pk": pk,
        "sk": sk,
        "schema": SCHEMA,
        "first_at": micros(fact.first_at),
        "last_at": micros(fact.last_at),
        "expires_at": int(fact.gone_at.timestamp()),
    }


def presence_from(values: Mapping[str, Any]) -> Presence:
    """Return the fact of a row's plain values."""
    _, zone_id, hour = values["sk"].split("#")
    return Presence(
        vehicle_id=values["pk"].partition("#")[2],
        zone_id=zone_id,
        hour=datetime.strptime(hour, _HOUR).replace(tzinfo=UTC),
        first_at=instant(values["first_at"]),
        last_at=instant(values["last_at"]),
    )


def _key(fact: Presence) -> Key:
    return vehicle_pk(fact.vehicle_id), f"{PREFIX}{fact.zone_id}#{fact.hour.strftime(_HOUR)}"
