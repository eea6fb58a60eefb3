"""settle_lead_times on the stack: a job a store, then a lead time for ingest and planning to read."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ownerloop.adapters.dynamodb.lead_evidence import DynamoLeadEvidence
from ownerloop.adapters.dynamodb.lead_times import DynamoLeadTimes
from ownerloop.domain.lead_time import LeadTime
from tests.functions.stack import Stack, function, sqs_event
from tests.functions.test_settle_tiers import ClockAt
from tests.lead_builders import a_sending, an_answer

JOB = {"job": "settle_lead_times", "store_id": "sh-pudong", "at": "2026-03-01T18:30:00+00:00"}
NIGHT = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)  # 2 March in Shanghai
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def settled(stack: Stack, event: dict[str, Any], *, now: datetime = NIGHT) -> Any:
    with function(stack, "settle_lead_times") as app:
        wired = app.wiring()
        app.wiring = _wiring = lambda: type(wired)(settling=wired.settling, jobs=wired.jobs, clock=ClockAt(now))
        _wiring.cache_clear = lambda: None  # type: ignore[attr-defined]  # the stack clears it afterwards
        return app.handler(event, None)


def published(stack: Stack) -> LeadTime:
    return DynamoLeadTimes(stack.names["WorkshopTable"]).of_stores(["sh-pudong"])["sh-pudong"]


def test_the_night_queues_a_job_for_each_store(stack: Stack) -> None:
    settled(stack, {"schedule": "settle_lead_times"})

    jobs = [json.loads(body) for body in stack.queue("LeadJobQueue")]
    assert [job["store_id"] for job in jobs] == ["cd-gaoxin", "sh-pudong", "ur-tianshan"]
    assert {job["job"] for job in jobs} == {"settle_lead_times"}


def test_a_stores_first_night_publishes_the_prior_and_free_days(stack: Stack) -> None:
    settled(stack, sqs_event(json.dumps(JOB)))

    (item,) = stack.items("WorkshopTable", "store#sh-pudong")
    lead = published(stack)
    assert (item["sk"]["S"], item["version"]["N"]) == ("lead_time", "1")
    assert (lead.as_of, lead.first_on, len(lead.prices_fen), lead.is_learned) == (TODAY, TODAY, 120, False)
    assert set(lead.prices_fen) == {0}  # nobody has booked, nobody is due


def test_messages_whose_time_to_be_answered_is_over_teach_the_curve(stack: Stack) -> None:
    evidence = DynamoLeadEvidence(stack.names["WorkshopTable"])
    old = [a_sending(n, sent_on=TODAY - 40 * DAY, **_due(TODAY - 19 * DAY)) for n in range(50)]
    evidence.sent(old)
    evidence.answered([an_answer(n, booked_on=TODAY - 38 * DAY, visit_on=TODAY - 30 * DAY) for n in range(50)])

    settled(stack, sqs_event(json.dumps(JOB)))

    lead = published(stack)
    prior = 450_000
    assert (lead.is_learned, lead.curve.messages, lead.lags.visits) == (True, 50, 50)
    assert lead.curve.rates_ppm[lead.curve.leads.index(21)] > prior


def test_a_night_settled_twice_publishes_once(stack: Stack) -> None:
    settled(stack, sqs_event(json.dumps(JOB), json.dumps(JOB)))
    once = stack.items("WorkshopTable", "store#")
    settled(stack, sqs_event(json.dumps(JOB)), now=NIGHT + timedelta(hours=3))

    assert stack.items("WorkshopTable", "store#") == once
    settled(stack, sqs_event(json.dumps(JOB)), now=NIGHT + DAY)
    assert published(stack).version == 2


def test_a_job_that_names_no_store_of_ours_is_refused(stack: Stack) -> None:
    bodies = [json.dumps({**JOB, "store_id": "elsewhere"}), json.dumps({**JOB, "job": "plan_contacts"}), "no json"]

    assert settled(stack, sqs_event(*bodies)) == {"batchItemFailures": []}
    assert stack.items("WorkshopTable") == []


def test_an_empty_batch_queues_nothing(stack: Stack) -> None:
    settled(stack, {"Records": []})

    assert stack.queue("LeadJobQueue") == []


def _due(on: date) -> dict[str, date]:
    return {"due_p10": on, "due_p50": on, "due_p90": on}
