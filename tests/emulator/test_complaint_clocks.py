"""Complaints over National Day 2026 on the deployed stack: the clock is moved, sweeps meet and are killed."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from infra.local.clients import client
from infra.local.clock import ClockFile
from infra.local.deploy import schedules
from infra.local.stack import Stack, Wish, running
from ownerloop.adapters.dynamodb.cases import case_from, case_values
from ownerloop.adapters.dynamodb.items import read, written
from ownerloop.domain.cases import Case
from ownerloop.domain.complaints import assigned, called_back, closed, opened
from tests.complaint_builders import EVE, HOUR, a_complaint, a_telling
from tests.emulator.killing import Killer

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

STEPS = [EVE + hours * HOUR for hours in (0, 12, 23, 24, 24, 36, 48, 60, 72, 120, 192, 241, 242, 264, 312)]
DELAYS = (0.02, 0.1, 0.2, 0.35, None)  # seconds until a kill, in turn; None lets a sweep live

# Told by hand from the policy: what staff did so many hours after 16:30 on the eve, and the levels that it leaves.
STORIES: dict[str, tuple[list[tuple[str, int]], list[int]]] = {
    "nobody does anything": ([], [1, 2, 3]),
    "assigned within the first hours": ([("assign", 2)], [2, 3]),
    "called back in time": ([("call", 20)], [1, 3]),
    "assigned and called back": ([("assign", 1), ("call", 20)], [3]),
    "closed before anything was due": ([("close", 20)], []),
    "closed on the holiday after two levels": ([("close", 60)], [1, 2]),
    "everything too late": ([("assign", 60), ("call", 60)], [1, 2, 3]),
    "closed and reopened": ([("close", 20), ("open", 36)], [1, 2, 3]),
}


def test_over_a_holiday_with_sweeps_killed_no_level_is_missed_and_none_comes_twice(tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text('{"people": []}', encoding="utf-8")
    wish = Wish(seed=3, starts_at=EVE, people=tmp_path / "people.json", work_dir=tmp_path)
    cases = {name: a_complaint(case_key=f"k_{number:024x}") for number, name in enumerate(STORIES)}
    with running(wish, descriptor=tmp_path / "stack.json") as stack, ThreadPoolExecutor(2) as pool:
        queue = listen(stack)
        for case in cases.values():
            put(stack, case)
        killer = Killer(stack.ministack_pid, ["WatchComplaints"], delays=DELAYS)
        for before, now in pairwise([EVE, *STEPS]):
            ClockFile(Path(stack.clock)).move_to(now)
            tell(stack, cases, since=before, now=now)
            killer.strike()
            list(pool.map(lambda _: sweep(stack), range(2)))
            killer.rest()
        for _ in range(4):  # each goes three days on behind one that was killed
            sweep(stack)

        held = {name: load(stack, case.case_key) for name, case in cases.items()}
        heard = published(stack, queue)
    assert killer.killed > 0
    for name, (_, levels) in STORIES.items():
        case = held[name]
        assert [one.level for one in case.taken] == levels, name
        assert heard.get(case.case_key, []) == levels, name
        assert case.look_at is None, name


def sweep(stack: Stack) -> None:
    output, payload = schedules()["watch_complaints"]
    client("lambda", stack.endpoint).invoke(FunctionName=stack.outputs[output], Payload=payload)


def tell(stack: Stack, cases: dict[str, Case], *, since: datetime, now: datetime) -> None:
    """Write what staff did since the last step, as the interactions do: at its own instant, under the version."""
    for name, (story, _) in STORIES.items():
        for what, hours in story:
            at = EVE + hours * HOUR
            if since < at <= now:
                held = load(stack, cases[name].case_key)
                put(stack, acted(held, what, at=at, now=now))


def acted(case: Case, what: str, *, at: datetime, now: datetime) -> Case:
    told = a_telling(at, now=now)
    match what:
        case "assign":
            return assigned(case, told, staff_userid="chen")
        case "call":
            return called_back(case, told)
        case "close":
            return closed(case, told)
        case _:
            return opened(case, told, topic="noise")


def put(stack: Stack, case: Case) -> None:
    item = written(case_values(case))
    item["version"] = {"N": str(case.version + 1)}
    client("dynamodb", stack.endpoint).put_item(TableName=stack.outputs["CasesTableName"], Item=item)


def load(stack: Stack, case_key: str) -> Case:
    key = {"pk": {"S": f"case#{case_key}"}, "sk": {"S": "state"}}
    table = stack.outputs["CasesTableName"]
    return case_from(read(client("dynamodb", stack.endpoint).get_item(TableName=table, Key=key)["Item"]))


def listen(stack: Stack) -> str:
    """Return a queue that hears what is published of complaints."""
    queue = client("sqs", stack.endpoint).create_queue(QueueName="heard")["QueueUrl"]
    attributes = client("sqs", stack.endpoint).get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    events, bus = client("events", stack.endpoint), stack.outputs["DecisionBusName"]
    pattern = json.dumps({"detail-type": ["ownerloop.case.escalated.v1"]})
    events.put_rule(Name="heard", EventBusName=bus, EventPattern=pattern)
    target = {"Id": "heard", "Arn": attributes["Attributes"]["QueueArn"]}
    events.put_targets(Rule="heard", EventBusName=bus, Targets=[target])
    return str(queue)


def published(stack: Stack, queue: str) -> dict[str, list[int]]:
    """Return the levels that were published of each case, each id once, in the order in which it was heard first."""
    seen: dict[str, dict[str, Any]] = {}
    while (
        messages := client("sqs", stack.endpoint)
        .receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        .get("Messages")
    ):
        for message in messages:
            event = json.loads(message["Body"])["detail"]
            seen.setdefault(event["id"], event["data"])
            client("sqs", stack.endpoint).delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    heard: dict[str, list[int]] = {}
    for data in seen.values():
        heard.setdefault(data["case_key"], []).append(data["level"])
    return heard
