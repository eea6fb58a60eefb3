"""settle_benefits on the stack: a job a store, then portraits, grants and contacts; at once where a tier changed."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.functions.stack import Stack, function, sqs_event
from tests.functions.test_settle_tiers import ClockAt, a_regular

JOB = {"job": "settle_benefits", "store_id": "sh-pudong", "at": "2026-03-01T18:30:00+00:00"}
NIGHT = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)


def settled(stack: Stack, event: dict[str, Any], *, now: datetime = NIGHT) -> Any:
    with function(stack, "settle_benefits") as app:
        wired = app.wiring()
        app.wiring = _wiring = lambda: type(wired)(world=wired.world, jobs=wired.jobs, clock=ClockAt(now))
        _wiring.cache_clear = lambda: None  # type: ignore[attr-defined]  # the stack clears it afterwards
        return app.handler(event, None)


def tier_changed(person_id: str, **more: str) -> str:
    event = {"type": "ownerloop.owner.tier_changed.v1", "id": "e1", "data": {"person_id": person_id}, **more}
    return json.dumps({"detail-type": event["type"], "source": "urn:ownerloop:tiers", "detail": event})


def benefit_contacts(stack: Stack) -> list[dict[str, Any]]:
    return [one for one in stack.items("ContactsTable", "contact#") if one["topic"]["S"] == "benefit"]


def test_the_night_queues_a_job_for_each_store(stack: Stack) -> None:
    settled(stack, {"schedule": "settle_benefits"})

    jobs = [json.loads(body) for body in stack.queue("BenefitJobQueue")]
    assert [job["store_id"] for job in jobs] == ["cd-gaoxin", "sh-pudong", "ur-tianshan"]
    assert {job["job"] for job in jobs} == {"settle_benefits"}


def test_a_stores_job_grants_the_next_best_voucher_and_asks_for_one_message(stack: Stack) -> None:
    a_regular(stack)

    for _ in range(2):  # a redelivery grants nothing anew
        assert settled(stack, sqs_event(json.dumps(JOB))) == {"batchItemFailures": []}

    items = stack.items("BenefitsTable")
    (grant,) = [one for one in items if one["sk"]["S"].startswith("grant#")]
    (stock,) = [one for one in items if one["sk"]["S"] == "stock"]
    (portrait,) = [one for one in items if one["sk"]["S"] == "portrait"]
    (contact,) = benefit_contacts(stack)
    assert stock["pk"]["S"] == f"benefit#{grant['benefit_id']['S']}#2026"
    assert (stock["granted"]["N"], stock["spent_fen"]["N"]) == ("1", grant["cost_fen"]["N"])
    assert portrait["version"]["N"] == "1"
    assert (contact["class"]["S"], contact["item"]["S"]) == ("commercial", grant["benefit_id"]["S"])
    assert contact["body"]["S"].startswith("【安程汽车浦东店】")


def test_an_owner_whose_tier_changed_is_settled_at_once(stack: Stack) -> None:
    a_regular(stack)
    (profile,) = [one for one in stack.items("OwnersTable", "person#") if one["sk"]["S"] == "profile"]

    settled(stack, sqs_event(tier_changed(profile["person_id"]["S"])), now=NIGHT + timedelta(hours=1))

    (grant,) = [one for one in stack.items("BenefitsTable", "person#") if one["sk"]["S"].startswith("grant#")]
    assert grant["cause"]["S"] == "tier#e1"


def test_a_message_about_a_benefit_is_followed_from_the_event_that_moved_the_tier(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    a_regular(stack)
    (profile,) = [one for one in stack.items("OwnersTable", "person#") if one["sk"]["S"] == "profile"]
    purchase = "0123456789abcdef" * 2

    with caplog.at_level(logging.INFO):
        settled(stack, sqs_event(tier_changed(profile["person_id"]["S"], correlationid=purchase)))

    (contact,) = benefit_contacts(stack)
    (line,) = [record for record in caplog.records if record.message == "benefits offered"]
    assert contact["corr"]["S"] == purchase
    assert line.correlation_ids == [purchase]  # type: ignore[attr-defined]  # a field of the structured line


def test_a_message_that_names_neither_store_nor_tier_is_refused(stack: Stack) -> None:
    wrong = [{**JOB, "store_id": "elsewhere"}, {"detail": {"type": "ownerloop.contact.ended.v1"}}, []]

    assert settled(stack, sqs_event("no json", *map(json.dumps, wrong))) == {"batchItemFailures": []}
    assert stack.items("BenefitsTable") == []


def test_an_empty_batch_queues_nothing(stack: Stack) -> None:
    settled(stack, {"Records": []})

    assert stack.queue("BenefitJobQueue") == []
