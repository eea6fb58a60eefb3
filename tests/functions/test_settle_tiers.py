"""settle_tiers on the stack: a job a store, then tiers, changes and welcomes."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ownerloop.adapters.history import unpack_rows
from tests.functions.stack import Stack, function, sqs_event
from tests.functions.test_enrol_owners import OWNER_KEY, VIN, an_enrolment, an_event

NIGHT = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
JOB = {"job": "settle_tiers", "store_id": "sh-pudong", "at": NIGHT.isoformat()}


@pytest.fixture(autouse=True)
def _at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is told before the settlement be told that night, on whatever day this runs."""
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock.now", lambda _: NIGHT)


class ClockAt:
    """A clock that stands still."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the instant it stands at."""
        return self._now


def a_regular(stack: Stack) -> None:
    registered, linked, granted = an_enrolment()
    marketing = {**granted, "id": "4", "data": {**granted["data"], "purpose": "marketing"}}
    registered["time"] = "2025-01-01T00:00:00Z"
    orders = [
        an_event(
            "interaction.purchase",
            OWNER_KEY,
            {"order_id": f"o-{month}", "amount_fen": 90_000, "currency": "CNY", "category": "parts", "vin": VIN},
            key=f"i-{month}",
            at=f"2026-{month:02}-10T03:00:00Z",
        )
        for month in (1, 2)
    ]
    with function(stack, "enrol_owners") as app:
        app.handler(sqs_event(json.dumps([registered, linked, granted, marketing])), None)
    with function(stack, "process_interactions") as app:
        app.handler(sqs_event(json.dumps(orders)), None)
    stack.queue("HistoryQueue")


def settled(stack: Stack, event: dict[str, Any], *, now: datetime = NIGHT) -> Any:
    with function(stack, "settle_tiers") as app:
        wired = app.wiring()
        app.wiring = _wiring = lambda: replace(wired, clock=ClockAt(now))
        _wiring.cache_clear = lambda: None  # type: ignore[attr-defined]  # the stack clears it afterwards
        return app.handler(event, None)


def test_the_night_queues_a_job_for_each_store(stack: Stack) -> None:
    settled(stack, {"schedule": "settle_tiers"})

    jobs = [json.loads(body) for body in stack.queue("TierJobQueue")]
    assert [job["store_id"] for job in jobs] == ["cd-gaoxin", "sh-pudong", "ur-tianshan"]
    assert {job["job"] for job in jobs} == {"settle_tiers"}


def test_a_stores_job_settles_its_owners_and_asks_for_a_welcome(stack: Stack) -> None:
    a_regular(stack)

    answer = settled(stack, sqs_event(json.dumps(JOB)))

    (tier,) = [held for held in stack.items("OwnersTable", "person#") if held["sk"]["S"] == "tier"]
    (contact,) = stack.items("ContactsTable", "contact#")
    assert answer == {"batchItemFailures": []}
    assert (tier["settled"]["S"], tier["settled_on"]["S"]) == ("potential", "2026-03-02")
    assert (contact["class"]["S"], contact["topic"]["S"]) == ("commercial", "tier_welcome")
    assert contact["body"]["S"].startswith("【安程汽车浦东店】")


def test_a_change_by_time_alone_reaches_history(stack: Stack) -> None:
    a_regular(stack)
    late = NIGHT + timedelta(days=700)

    settled(stack, sqs_event(json.dumps(JOB)), now=late)

    (rows,) = [rows for name, rows in map(unpack_rows, stack.queue("HistoryQueue")) if name == "tier_changes"]
    assert [row["after"] for row in rows] == ["at_risk"]


def test_a_job_that_names_no_store_of_ours_is_refused(stack: Stack) -> None:
    bodies = [json.dumps({**JOB, "store_id": "elsewhere"}), json.dumps({**JOB, "job": "plan_contacts"}), "no json"]

    assert settled(stack, sqs_event(*bodies)) == {"batchItemFailures": []}


def test_an_empty_batch_queues_nothing(stack: Stack) -> None:
    settled(stack, {"Records": []})

    assert stack.queue("TierJobQueue") == []
