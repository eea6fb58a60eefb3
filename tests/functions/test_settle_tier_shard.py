"""settle_tier_shard on the stack, step by step and as the template's state machine goes through its steps."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from ownerloop.adapters.dynamodb.cut_points import DynamoCutPoints
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import SHARD_COUNT, shard
from ownerloop.domain.tiers import Tier
from ownerloop.usecases import settle_tiers
from tests.functions.stack import Stack, function, sqs_event
from tests.functions.states import run
from tests.functions.test_settle_tiers import JOB, ClockAt, a_regular, settled

NOW = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
WORK = {"store_id": "sh-pudong", "as_of": "2026-03-02", "places": list(range(SHARD_COUNT))}


def stepped(stack: Stack, event: dict[str, Any]) -> Any:
    with function(stack, "settle_tier_shard") as app:
        wired = app.wiring()
        app.wiring = _wiring = lambda: replace(wired, clock=ClockAt(NOW))
        _wiring.cache_clear = lambda: None  # type: ignore[attr-defined]  # the stack clears it afterwards
        return app.handler(event, None)


def tiers_in(stack: Stack) -> list[dict[str, Any]]:
    return [held for held in stack.items("OwnersTable", "person#") if held["sk"]["S"] == "tier"]


def test_a_shard_settles_its_owners_and_says_what_they_are_like(stack: Stack) -> None:
    a_regular(stack)
    (person,) = (tier["person_id"]["S"] for tier in tiers_in(stack))

    answers = [
        stepped(stack, {"step": "settle", "store_id": "sh-pudong", "as_of": "2026-03-02", "place": place})
        for place in range(SHARD_COUNT)
    ]

    (tier,) = tiers_in(stack)
    assert (tier["settled"]["S"], tier["settled_on"]["S"]) == (Tier.POTENTIAL, "2026-03-02")
    assert [answer["owners"] for answer in answers] == [int(place == shard(person)) for place in range(SHARD_COUNT)]
    assert answers[shard(person)]["crowd"] == {"frequency": [[2, 1]], "money": [[180_000, 1]]}


def test_the_crowds_of_all_shards_publish_the_cuts_of_the_next_day(stack: Stack) -> None:
    crowds = [{"frequency": [[1, 100], [3, 60]], "money": [[80_000, 100], [900_000, 60]]}] * SHARD_COUNT

    answer = stepped(stack, {"step": "publish", "store_id": "sh-pudong", "as_of": "2026-03-02", "crowds": crowds})

    cuts = DynamoCutPoints(stack.names["OwnersTable"]).in_force("sh-pudong", on=datetime(2026, 3, 3).date())  # noqa: DTZ001
    assert answer == {"effective_on": "2026-03-03"}
    assert cuts is not None
    assert (cuts.owners, cuts.policy_version) == (2_560, "tier-1")


@pytest.mark.parametrize(
    "change", [{"store_id": "elsewhere"}, {"as_of": "soon"}, {"place": 16}, {"step": "publish", "crowds": []}]
)
def test_a_step_that_names_no_work_of_ours_fails(stack: Stack, change: dict[str, Any]) -> None:
    with pytest.raises(MalformedEventError):
        stepped(stack, {"step": "settle", "store_id": "sh-pudong", "as_of": "2026-03-02", "place": 7, **change})


def test_the_state_machine_leaves_what_the_one_pass_leaves(stack: Stack) -> None:
    a_regular(stack)
    done = run(stack.definition("TierShards"), WORK, call=lambda _, event: stepped(stack, event))
    by_shards = tiers_in(stack)

    settled(stack, sqs_event(json.dumps(JOB)), now=NOW)

    assert tiers_in(stack) == by_shards
    assert done.ended == "PublishCuts"
    assert [tier["settled"]["S"] for tier in by_shards] == [Tier.POTENTIAL]


def test_a_shard_that_keeps_failing_publishes_nothing_and_is_told_of(stack: Stack) -> None:
    told: list[dict[str, Any]] = []

    def call(target: str, event: dict[str, Any]) -> Any:
        if target == "SendMessage":
            return told.append(event)
        if event["step"] == "settle" and event["place"] == 3:
            raise TimeoutError
        return stepped(stack, event)

    done = run(stack.definition("TierShards"), WORK, call=call)

    assert (done.ended, done.called["publish"]) == ("Failed", 0)
    assert done.called["settle"] == 3 + 4  # the three before it, and the one with its retries
    assert [(one["MessageBody"]["store_id"], one["MessageBody"]["as_of"]) for one in told] == [
        ("sh-pudong", "2026-03-02")
    ]


def test_a_step_that_was_refused_is_not_tried_again(stack: Stack) -> None:
    told: list[dict[str, Any]] = []

    def call(target: str, event: dict[str, Any]) -> Any:
        return told.append(event) if target == "SendMessage" else stepped(stack, event)

    done = run(stack.definition("TierShards"), {**WORK, "store_id": "elsewhere"}, call=call)

    assert (done.ended, done.called["settle"]) == ("Failed", 1)
    assert [one["MessageBody"]["failure"]["Error"] for one in told] == ["MalformedEventError"]


def test_a_store_that_one_run_does_not_hold_starts_the_state_machine(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle_tiers, "OWNERS_IN_ONE_RUN", 0)
    a_regular(stack)

    for _ in range(2):
        settled(stack, sqs_event(json.dumps(JOB)), now=NOW)

    service = boto3.client("stepfunctions")
    (execution,) = service.list_executions(stateMachineArn=stack.names["TierShards"])["executions"]
    held = service.describe_execution(executionArn=execution["executionArn"])
    assert execution["name"] == "sh-pudong-2026-03-02"
    assert json.loads(held["input"]) == WORK
    assert [tier["settled"]["S"] for tier in tiers_in(stack)] == [Tier.PROSPECT]
