"""The way of an imported file: rows to the EnrolmentQueue in chunks, and back comes what became of each.

The state of a file is kept beside the stack's own files, so that a run that was cut off goes on where it was; since a
row's identity follows from the row, a row that is sent twice is applied once.
"""

import csv
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.importing.rows import ImportedRow, Kind, rows_of
from ownerloop.adapters.envelope import pack
from ownerloop.contracts.parsing import parse_enrolment
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import event_key

CHUNK_ROWS = 500
ANSWER_SECONDS_MAX = 120.0
_POLL_SECONDS = 0.2
_KEYS_MAX = 100  # of one BatchGetItem
_BODIES_MAX = 10  # of one SendMessageBatch


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: accepted, refused with field and rule, or sent without an answer so far."""

    line: int
    result: str
    reason: str = ""
    field: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """The stack that the file goes to; `client` makes a boto3 client of a service, `stack_id` is never used again."""

    client: Callable[[str], Any]
    stack_id: str
    enrolment_queue_url: str
    owners_table: str
    quarantine_table: str


@dataclass(slots=True)
class Account:
    """Every row's outcome so far, and where it is kept."""

    path: Path
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    @classmethod
    def of(cls, kind: Kind, file: Path, *, stack_id: str, folder: Path) -> "Account":
        """Return the account of a file on a stack, with what an earlier run of the same file already settled there."""
        digest = hashlib.sha256(f"{kind.name}\x1f{stack_id}\x1f".encode() + file.read_bytes()).hexdigest()[:32]
        path = folder / f"{kind.name}-{digest}.json"
        held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        return cls(path=path, outcomes={row["line"]: Outcome(**row) for row in held})

    def keep(self, outcomes: Iterable[Outcome]) -> None:
        """Add the outcomes and write the account whole, so that a cut never leaves half a file."""
        self.outcomes |= {outcome.line: outcome for outcome in outcomes}
        rows = [_plain(outcome) for _, outcome in sorted(self.outcomes.items())]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        draft.replace(self.path)

    def report(self, path: Path) -> None:
        """Write one line a row: line, result, reason, field, rule."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["line", "result", "reason", "field", "rule"])
            writer.writeheader()
            writer.writerows(_plain(outcome) for _, outcome in sorted(self.outcomes.items()))


def import_file(
    kind: Kind, path: Path, *, target: Target, account: Account, now: datetime, advance: Callable[[int], None]
) -> Account:
    """Send every row that is not settled yet and wait for its answer; `advance` hears how many rows are done."""
    for chunk in _chunks(rows_of(kind, path, received_at=now)):
        todo = [row for row in chunk if account.outcomes.get(row.line, _NOT_YET).result not in {"accepted", "refused"}]
        refused, good = _checked(todo)
        _send(list({event["id"]: event for _, event in good}.values()), target=target, now=now)
        answers = _answers(good, target=target, day=now.astimezone(UTC).date().isoformat())
        account.keep([*refused, *answers])
        advance(len(chunk))
    return account


def tell(event: dict[str, Any], *, target: Target, now: datetime) -> Outcome:
    """Send one event and wait for what became of it; its line is 1."""
    _send([event], target=target, now=now)
    (outcome,) = _answers([(1, event)], target=target, day=now.astimezone(UTC).date().isoformat())
    return outcome


_NOT_YET = Outcome(line=0, result="unsent")


def _chunks(rows: Iterator[ImportedRow]) -> Iterator[list[ImportedRow]]:
    chunk: list[ImportedRow] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _checked(rows: list[ImportedRow]) -> tuple[list[Outcome], list[tuple[int, dict[str, Any]]]]:
    refused, good = [], []
    for row in rows:
        if row.event is None:
            refused.append(Outcome(line=row.line, result="refused", reason="malformed", field=row.field, rule=row.rule))
            continue
        try:
            parse_enrolment(row.event)
        except MalformedEventError as error:
            outcome = Outcome(line=row.line, result="refused", reason=error.reason, field=error.field, rule=error.rule)
            refused.append(outcome)
            continue
        good.append((row.line, row.event))
    return refused, good


def _send(events: list[dict[str, Any]], *, target: Target, now: datetime) -> None:
    bodies = pack([json.dumps(event, ensure_ascii=False).encode() for event in events], received_at=now)
    queue = target.client("sqs")
    for at in range(0, len(bodies), _BODIES_MAX):
        for body in bodies[at : at + _BODIES_MAX]:
            queue.send_message(QueueUrl=target.enrolment_queue_url, MessageBody=body)


def _answers(good: list[tuple[int, dict[str, Any]]], *, target: Target, day: str) -> list[Outcome]:
    waiting: dict[str, list[int]] = {}  # equal rows are one event, and each gets its answer
    for line, event in good:
        waiting.setdefault(event_key(event["source"], event["id"]), []).append(line)
    answers: list[Outcome] = []
    ends_at = time.monotonic() + ANSWER_SECONDS_MAX
    while waiting and time.monotonic() < ends_at:
        answers += _settled(waiting, target=target, day=day)
        if waiting:
            time.sleep(_POLL_SECONDS)
    unanswered = sorted(line for lines in waiting.values() for line in lines)
    return answers + [Outcome(line=line, result="unanswered", reason="still_queued") for line in unanswered]


def _settled(waiting: dict[str, list[int]], *, target: Target, day: str) -> list[Outcome]:
    """Return what the inbox and the quarantine say of the waiting keys, and take those off the list."""
    table = target.client("dynamodb")
    settled: list[Outcome] = []
    keys = list(waiting)
    for at in range(0, len(keys), _KEYS_MAX):
        part = keys[at : at + _KEYS_MAX]
        markers = _batch(table, target.owners_table, [(f"inbox#{key}", "inbox") for key in part])
        refusals = _batch(table, target.quarantine_table, [(f"day#{day}", key) for key in part])
        for item in markers:
            lines = waiting.pop(item["pk"]["S"].removeprefix("inbox#"))
            settled += [Outcome(line=line, result="accepted") for line in lines]
        for item in refusals:
            said = {name: item[name]["S"] for name in ("reason", "field", "rule")}
            lines = waiting.pop(item["sk"]["S"], [])
            settled += [Outcome(line=line, result="refused", **said) for line in lines]
    return settled


def _batch(dynamodb: Any, table: str, keys: list[tuple[str, str]]) -> list[dict[str, Any]]:
    wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]
    found: list[dict[str, Any]] = dynamodb.batch_get_item(RequestItems={table: {"Keys": wanted}})["Responses"][table]
    return found  # keys left unread are asked again on the next round


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in ("line", "result", "reason", "field", "rule")}
