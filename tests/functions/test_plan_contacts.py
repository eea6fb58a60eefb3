"""The planner on the tables and the queue of the template: the hour's schedule, and one store's message."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.vehicles import DynamoPlanningCursor, DynamoVehicles
from ownerloop.domain.errors import MissingSettingError
from ownerloop.domain.vehicle import ServiceDone
from tests.contact_builders import NOW, TODAY, a_car, a_surrogate, an_owner
from tests.filling import fill_tables
from tests.functions.stack import Stack, function, sqs_event

EVENTS = Path(__file__).parents[2] / "events"


def sample(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock", StoppedClock)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "OwnerLoop")


def fill(stack: Stack) -> None:
    """Put an owner and a car whose inspection falls due within days into the tables."""
    serviced = tuple(
        ServiceDone(item=item, on=date(2025, 3, 10), odometer_m=None) for item in ("oil", "inspection", "brake_fluid")
    )
    car = a_car(1, model="petrol-sedan", services=serviced, forecast=None, remind_on=TODAY)
    fill_tables(
        owners_table=stack.names["OwnersTable"],
        vehicles_table=stack.names["VehiclesTable"],
        owners=[an_owner()],
        cars=[car],
    )


def test_the_hours_schedule_queues_one_message_a_store_whose_planning_hour_has_come(stack: Stack) -> None:
    with function(stack, "plan_contacts") as module:
        module.handler(sample("plan_contacts.schedule.json"), None)

    queued = [json.loads(body) for body in stack.queue("StoreJobQueue")]
    assert sorted(job["store_id"] for job in queued) == ["cd-gaoxin", "sh-pudong", "ur-tianshan"]
    assert {job["job"] for job in queued} == {"plan_contacts"}
    assert {job["at"] for job in queued} == {NOW.isoformat()}


def test_the_sample_message_plans_its_store_once(stack: Stack) -> None:
    with function(stack, "plan_contacts") as module:
        fill(stack)
        answers = [module.handler(sample("plan_contacts.sqs.json"), None) for _ in range(2)]

    contacts = stack.items("ContactsTable", "contact#")
    car = DynamoVehicles(stack.names["VehiclesTable"]).load([a_surrogate("v", 1)])[a_surrogate("v", 1)]
    assert answers == [{"batchItemFailures": []}] * 2
    assert [contact["item"]["S"] for contact in contacts] == ["oil"]
    assert car.remind_on is not None
    assert car.remind_on > TODAY
    assert DynamoPlanningCursor(stack.names["VehiclesTable"]).planned_through("sh-pudong") == TODAY


def test_what_a_queued_job_says_is_what_the_planner_reads(stack: Stack) -> None:
    with function(stack, "plan_contacts") as module:
        module.handler(sample("plan_contacts.schedule.json"), None)
        bodies = stack.queue("StoreJobQueue")
        assert module.handler(sqs_event(*bodies), None) == {"batchItemFailures": []}

    cursor = DynamoPlanningCursor(stack.names["VehiclesTable"])
    assert cursor.planned_through("ur-tianshan") == TODAY


def test_messages_that_name_no_job_of_ours_are_refused_and_acknowledged(stack: Stack) -> None:
    elsewhere = '{"job": "plan_contacts", "store_id": "nowhere", "at": "2026-03-02T00:00:00+00:00"}'

    with function(stack, "plan_contacts") as module:
        assert module.handler(sqs_event("not json", elsewhere), None) == {"batchItemFailures": []}

    assert DynamoPlanningCursor(stack.names["VehiclesTable"]).planned_through("sh-pudong") is None


def test_a_store_that_faults_comes_again_alone(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    with function(stack, "plan_contacts") as module:
        monkeypatch.setattr(module, "plan_store", broken)
        answer = module.handler(sample("plan_contacts.sqs.json"), None)

    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == [
        "2f6a2f0e-5d0b-4c3e-9b57-3a1c1d8e4f10"
    ]


def test_a_missing_value_of_the_environment_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with function(stack, "plan_contacts") as module:
        monkeypatch.delenv("STORE_JOB_QUEUE_URL")
        with pytest.raises(MissingSettingError, match="STORE_JOB_QUEUE_URL"):
            module.handler(sample("plan_contacts.schedule.json"), None)


def test_a_night_on_every_stores_clock_queues_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StoppedClock, "now", lambda _: NOW - timedelta(hours=6))
    with function(stack, "plan_contacts") as module:
        module.handler(sample("plan_contacts.schedule.json"), None)

    assert stack.queue("StoreJobQueue") == []
