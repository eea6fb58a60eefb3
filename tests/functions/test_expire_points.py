"""expire_points on the stack: a job a shard, then what has had its day lapses, once."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ownerloop.adapters.dynamodb.points import DynamoLedger, DynamoPoints
from ownerloop.domain.ids import shard
from ownerloop.domain.points import Account
from ownerloop.usecases import expire_points
from tests.functions.stack import Stack, function, sqs_event
from tests.functions.test_settle_tiers import ClockAt
from tests.points_builders import a_lot, postings_of

NIGHT = datetime(2026, 6, 1, 18, 30, tzinfo=UTC)  # it is 1 June everywhere
FIRST_OF_JUNE = date(2026, 6, 1)


def ran(stack: Stack, event: dict[str, Any], *, now: datetime = NIGHT) -> Any:
    with function(stack, "expire_points") as app:
        wired = app.wiring()
        held = type(wired)(points=wired.points, ledger=wired.ledger, jobs=wired.jobs, clock=ClockAt(now))
        app.wiring = _wiring = lambda: held
        _wiring.cache_clear = lambda: None  # type: ignore[attr-defined]  # the stack clears it afterwards
        return app.handler(event, None)


def a_job(person_id: str) -> dict[str, Any]:
    return sqs_event(json.dumps({"job": "expire_points", "shard": shard(person_id), "at": NIGHT.isoformat()}))


def given(stack: Stack, person_id: str, *, points: int = 100, expires_on: date = FIRST_OF_JUNE) -> None:
    for posting in postings_of(Account(person_id), a_lot(points=points, expires_on=expires_on)):
        assert DynamoLedger(stack.names["PointsTable"]).post(posting)


def balance(stack: Stack, person_id: str) -> int:
    return DynamoPoints(stack.names["PointsTable"]).accounts([person_id])[person_id].balance


def test_the_night_queues_a_job_for_each_shard(stack: Stack) -> None:
    ran(stack, {"schedule": "expire_points"})

    assert sorted(json.loads(body)["shard"] for body in stack.queue("PointsJobQueue")) == list(range(16))


def test_points_lapse_when_their_day_has_come_and_only_once(stack: Stack) -> None:
    given(stack, "p_1")

    ran(stack, a_job("p_1"), now=NIGHT - timedelta(days=1))
    before = balance(stack, "p_1")
    ran(stack, a_job("p_1"))
    ran(stack, a_job("p_1"))

    entries = list(DynamoLedger(stack.names["PointsTable"]).entries("p_1"))
    assert (before, balance(stack, "p_1")) == (100, 0)
    assert [(entry.kind, entry.points) for entry in entries] == [("settled", 100), ("expired", -100)]


def test_nobody_loses_points_while_the_day_has_not_come_where_they_live(stack: Stack) -> None:
    given(stack, "p_1")

    ran(stack, a_job("p_1"), now=datetime(2026, 6, 1, 11, 59, tzinfo=UTC))  # 31 May at the date line

    assert balance(stack, "p_1") == 100


def test_the_rest_of_a_very_full_shard_is_a_job_of_its_own(stack: Stack, monkeypatch: Any) -> None:
    monkeypatch.setattr(expire_points, "ACCOUNTS_MAX", 1)
    mates = [f"p_{number}" for number in range(60) if shard(f"p_{number}") == shard("p_1")][:2]
    for person_id in mates:
        given(stack, person_id)

    ran(stack, a_job("p_1"))
    (job,) = stack.queue("PointsJobQueue")
    ran(stack, sqs_event(job))

    assert [balance(stack, person_id) for person_id in mates] == [0, 0]
    assert stack.queue("PointsJobQueue") == []


def test_an_account_that_faults_is_named_in_the_log_and_its_job_comes_again_without_the_others(
    stack: Stack, monkeypatch: Any, caplog: Any
) -> None:
    broken, whole = [f"p_{number}" for number in range(60) if shard(f"p_{number}") == shard("p_1")][:2]
    for person_id in (broken, whole):
        given(stack, person_id)
    expire = expire_points.expire

    def faulting(account: Account, **when: Any) -> Any:
        if account.person_id == broken:
            raise KeyError("13800000000")
        return expire(account, **when)

    monkeypatch.setattr(expire_points, "expire", faulting)
    answer = ran(stack, a_job("p_1"))

    (line,) = [record for record in caplog.records if record.message == "points not expired"]
    assert len(answer["batchItemFailures"]) == 1
    assert [balance(stack, person_id) for person_id in (broken, whole)] == [100, 0]
    assert (line.surrogate, line.fault, "13800000000" in caplog.text) == (broken, "KeyError", False)


def test_a_job_that_names_no_shard_is_refused(stack: Stack) -> None:
    bodies = ['{"job": "expire_points", "shard": 16}', '{"job": "expire_points"}', '{"job": "x"}', "[]", "no json"]

    assert ran(stack, sqs_event(*bodies)) == {"batchItemFailures": []}


def test_an_empty_batch_queues_nothing(stack: Stack) -> None:
    ran(stack, {"Records": []})

    assert stack.queue("PointsJobQueue") == []
