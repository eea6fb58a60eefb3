"""Canonical events as telemetry: the intake takes what any format told, and the same record is the same event."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ownerloop.adapters.formats.event import CanonicalEvent, RefusedRecordError
from ownerloop.adapters.formats.gbt32960.lines import read_line
from ownerloop.adapters.formats.registry import decoded, format_names
from ownerloop.adapters.formats.telemetry import to_telemetry
from ownerloop.contracts import hot
from ownerloop.contracts import vocabulary as words
from ownerloop.contracts.telemetry import VehicleTelemetryV1
from ownerloop.domain.observations import WHEELS
from ownerloop.domain.report import VehicleReport
from tests.adapters.formats.encoder import VIN, a_frame, a_realtime_frame, a_vehicle

SAMPLES = {path.name.split(".")[0]: path for path in (Path(__file__).parents[3] / "events" / "formats").iterdir()}


def sampled(format_name: str) -> list[CanonicalEvent]:
    events = (result.event for result in decoded(format_name, SAMPLES[format_name].read_bytes()))
    return [event for event in events if event is not None and event.odometer_m is not None]


def taken(event: CanonicalEvent) -> VehicleReport:
    return hot.read(msgspec.json.encode(to_telemetry(event)))


@pytest.mark.parametrize("format_name", format_names())
def test_what_any_format_told_is_taken_by_the_contract(format_name: str) -> None:
    events = sampled(format_name)

    assert events
    for event in events:
        report = taken(event)
        assert report == VehicleTelemetryV1.parse(msgspec.json.encode(to_telemetry(event))).to_domain()
        assert (report.vin, report.odometer_m, report.read_at) == (event.vin, event.odometer_m, event.read_at)
        assert report.is_bare_date == event.is_bare_date


def test_an_overdue_service_stays_negative() -> None:
    (report, *_) = (taken(event) for event in sampled("vss"))

    assert report.distance_to_service_m == -120_500
    assert report.time_to_service_s == -86_400


def test_the_same_record_is_the_same_event_and_another_is_another() -> None:
    once, again, later = (read_line(a_realtime_frame(a_vehicle(odometer=at)).hex()) for at in (10, 10, 11))

    assert to_telemetry(once)["id"] == to_telemetry(again)["id"] != to_telemetry(later)["id"]


def test_a_reissued_frame_is_the_event_that_it_repeats() -> None:
    first, reissued = (read_line(a_realtime_frame(command=command).hex()) for command in (2, 3))

    assert to_telemetry(first)["id"] == to_telemetry(reissued)["id"]


@pytest.mark.parametrize(
    "record", [{"maintenanceReport": {"capturedAt": "2026-03-02T10:40:00Z", "mileageInKm": 7}}, None]
)
def test_telemetry_needs_a_car_an_instant_and_something_said(record: Any) -> None:
    event = read_line(a_frame(b"", command=7).hex())
    if record is not None:
        (result,) = decoded("skoda", msgspec.json.encode(record))
        assert result.event is not None
        event = result.event

    with pytest.raises(RefusedRecordError):
        to_telemetry(event)


def test_a_position_is_no_telemetry() -> None:
    told = to_telemetry(read_line(a_realtime_frame().hex()))

    assert told["subject"] == VIN
    assert "location" not in repr(told)


def test_the_condition_of_a_car_comes_through_from_a_decoded_file() -> None:
    signals: dict[str, object] = {words.ODOMETER: 48_213_400, words.OIL_LIFE: -7200}
    signals |= {path: {"value": 2.4, "unit": "bar"} for path in words.TYRE_PRESSURES}
    signals |= dict.fromkeys(words.PAD_WEARS, 35) | {words.STATE_OF_HEALTH: 91.4}
    record = {"vin": VIN, "timestamp": "2026-03-02T10:40:00Z", "vss_version": "6.0", **signals}

    (result,) = decoded("vss", msgspec.json.encode(record))

    assert result.event is not None
    assert dict(taken(result.event).measured) == {
        **{f"tyre_pressure_{wheel}_kpa": 240 for wheel in WHEELS},
        **{f"pad_wear_{wheel}_percent": 35 for wheel in WHEELS},
        "state_of_health_percent": 91,
        "oil_life_s": -7200,
    }
