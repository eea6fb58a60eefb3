"""Quarantined events on their way back to the queue that they came from, a batch at a time.

A row is marked as under way before its event is sent and as redriven afterwards, each under the mark of its own run:
whoever dies in between leaves a row that says so and is sent again, and a row that the intake refuses again meanwhile
is written anew by the intake and stays open with its new reason.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from infra.operation.audit import Line, record
from infra.operation.mending import NotMendedError, Ready, ready_of
from infra.operation.names import Names
from infra.operation.quarantine import DAY, Row
from infra.operation.site import Site
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.items import micros, written
from ownerloop.adapters.envelope import pack

BATCH = 100  # events of one message: one that faults costs few others a second delivery


@dataclass(slots=True)
class Tally:
    """What became of the rows, by event; `refused` are those that their intake would refuse again, and why."""

    redriven: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # somebody else wrote the row meanwhile
    refused: dict[str, str] = field(default_factory=dict)


def release(
    rows: Iterable[Row],
    *,
    site: Site,
    names: Names,
    by: str,
    given: Mapping[str, bytes] | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Tally:
    """Send the rows' events back to their queues and return what became of each; `given` are bodies by event key."""
    tally = Tally()
    waiting = iter(rows)
    token = f"{by} {micros(site.now)}"
    while batch := list(islice(waiting, BATCH)):
        ready = dict(_ready(batch, tally, site=site, names=names, given=given or {}))
        marked = {key: row for key, row in _by_key(batch, ready) if _mark(row, token, site)}
        tally.changed += sorted(set(ready) - set(marked))
        _send([ready[key] for key in marked], site)
        done = [key for key, row in marked.items() if _settle(row, token, by, site)]
        tally.redriven += done
        tally.changed += sorted(set(marked) - set(done))
        if done:
            record(Line("redriven", done[0], by, site.now, place="quarantine", keys=tuple(done)), site)
        advance(len(batch))
    return tally


def _by_key(batch: Iterable[Row], ready: Mapping[str, Ready]) -> Iterator[tuple[str, Row]]:
    return ((row.event_key, row) for row in batch if row.event_key in ready)


def _ready(
    batch: Iterable[Row], tally: Tally, *, site: Site, names: Names, given: Mapping[str, bytes]
) -> Iterator[tuple[str, Ready]]:
    for row in batch:
        try:
            yield row.event_key, ready_of(row, site=site, names=names, given=given.get(row.event_key))
        except NotMendedError as error:
            tally.refused[row.event_key] = str(error)


def _send(events: Iterable[Ready], site: Site) -> None:
    by_queue: dict[str, list[bytes]] = {}
    for event in events:
        by_queue.setdefault(event.queue, []).append(event.body)
    for queue, bodies in by_queue.items():
        for body in pack(bodies, received_at=site.now, was_delivered=True):
            site.client("sqs").send_message(QueueUrl=site.ids[queue], MessageBody=body)


def _mark(row: Row, token: str, site: Site) -> bool:
    return _update(
        row,
        site,
        expressions.START_REDRIVE,
        when=expressions.QUARANTINED_AS_READ,
        values={"token": token, "held": row.payload_hash},
    )


def _settle(row: Row, token: str, by: str, site: Site) -> bool:
    values = {"token": token, "at": site.now.isoformat(), "by": by, "one": 1}
    return _update(row, site, expressions.END_REDRIVE, when=expressions.REDRIVE_IS_OURS, values=values)


def _update(row: Row, site: Site, update: str, *, when: str, values: Mapping[str, Any]) -> bool:
    dynamodb = site.client("dynamodb")
    told = {f":{name}": value for name, value in written(values).items() if name != "schema"}
    try:
        dynamodb.update_item(
            TableName=site.ids["QuarantineTable"],
            Key={"pk": {"S": f"{DAY}{row.day}"}, "sk": {"S": row.event_key}},
            UpdateExpression=update,
            ConditionExpression=when,
            ExpressionAttributeValues=told,
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True
