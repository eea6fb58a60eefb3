"""Decisions on the event bus: every event, or a raise."""

import json
from typing import Any
from unittest.mock import patch

import msgspec
import pytest

from ownerloop.adapters.bus import EventBridge, EventsNotPublishedError
from ownerloop.contracts.announcements import lead_time_updated
from tests.builders import START, a_forecast, a_vehicle


class Taking:
    def __init__(self, *, failing: int = 0) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self._failing = failing

    def ask(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        assert (service, operation) == ("events", "PutEvents")
        entries = request["Entries"]
        self.calls.append(entries)
        codes = [{"ErrorCode": "ThrottlingException"}] * self._failing
        return {"FailedEntryCount": self._failing, "Entries": [*codes, *({"EventId": "1"} for _ in entries)]}


def events(count: int) -> list[dict[str, Any]]:
    car = a_vehicle(vehicle_id="v_" + "1" * 24, forecast=a_forecast())
    assert car.forecast
    return [lead_time_updated(car, forecast=car.forecast, at=START) for _ in range(count)]


def test_an_event_is_the_detail_of_its_entry() -> None:
    bus = Taking()
    with patch("ownerloop.adapters.bus.ask", bus.ask):
        EventBridge("decisions").publish(events(1))

    ((entry,),) = bus.calls
    assert (entry["EventBusName"], entry["DetailType"]) == ("decisions", "ownerloop.maintenance.lead_time_updated.v1")
    assert entry["Time"] == START.timestamp()
    assert json.loads(entry["Detail"]) == json.loads(msgspec.json.encode(events(1)[0]))


def test_many_events_go_ten_a_call() -> None:
    bus = Taking()
    with patch("ownerloop.adapters.bus.ask", bus.ask):
        EventBridge("decisions").publish(events(23))

    assert [len(call) for call in bus.calls] == [10, 10, 3]


def test_an_event_that_the_bus_does_not_take_raises_after_all_were_tried() -> None:
    bus = Taking(failing=1)
    with patch("ownerloop.adapters.bus.ask", bus.ask), pytest.raises(EventsNotPublishedError) as error:
        EventBridge("decisions").publish(events(11))

    assert len(bus.calls) == 2
    assert error.value.codes == ("ThrottlingException", "ThrottlingException")
