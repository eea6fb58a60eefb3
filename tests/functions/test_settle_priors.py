"""settle_priors on the stack: the night's schedule reads every car and publishes what they teach."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.domain.errors import MissingSettingError
from ownerloop.domain.priors import Priors
from tests.builders import START, a_consent, a_grant, a_vehicle, readings
from tests.functions.stack import Stack, function

SAMPLE = Path(__file__).parents[2] / "events" / "settle_priors.schedule.json"


def a_night() -> dict[str, Any]:
    event: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return event


def park(stack: Stack, *, cars: int, km_per_day: float = 40) -> None:
    today = (datetime.now(UTC) - START).days
    drive = readings(days=range(today - 60, today, 5), km_per_day=km_per_day)
    always = a_consent(grants=[a_grant(expires_at=datetime(2199, 1, 1, tzinfo=UTC))])
    lost = DynamoVehicles(stack.names["VehiclesTable"]).save(
        [a_vehicle(vehicle_id=f"v_{place}", evidence=drive, consent=always) for place in range(cars)]
    )
    assert lost == set()


def published(stack: Stack) -> Priors:
    return DynamoPriorsBook(stack.names["VehiclesTable"]).current()


def test_the_schedule_publishes_what_the_fleet_teaches(stack: Stack) -> None:
    park(stack, cars=5)

    with function(stack, "settle_priors") as app:
        answer = app.handler(a_night(), None)

    assert answer == {"version": 1}
    assert published(stack).metres_per_day == {"*": 40_000, "petrol-sedan#sh-pudong": 40_000}


def test_a_second_delivery_of_the_schedule_changes_nothing(stack: Stack) -> None:
    park(stack, cars=5)

    with function(stack, "settle_priors") as app:
        answers = [app.handler(a_night(), None) for _ in range(2)]

    assert answers == [{"version": 1}, {"version": 1}]
    assert published(stack).version == 1


def test_a_stack_without_cars_keeps_the_fallback(stack: Stack) -> None:
    with function(stack, "settle_priors") as app:
        answer = app.handler(a_night(), None)

    assert answer == {"version": 0}
    assert published(stack) == Priors()


def test_a_missing_value_of_the_environment_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with function(stack, "settle_priors") as app:
        monkeypatch.delenv("VEHICLES_TABLE")

        with pytest.raises(MissingSettingError, match="VEHICLES_TABLE"):
            app.handler(a_night(), None)
