"""What makers and aggregators really send: units, signs, texts for numbers, nothing for something."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ownerloop.adapters.formats.event import CanonicalEvent, RefusedRecordError
from ownerloop.adapters.formats.registry import Decoded, decoded
from ownerloop.contracts import vocabulary as words
from tests.adapters.formats.encoder import VIN

AT = "2026-03-02T10:40:00Z"
EVENTS = Path(__file__).parents[3] / "events" / "formats"


def results(format_name: str, *records: Any) -> list[Decoded]:
    return list(decoded(format_name, json.dumps(list(records)).encode()))


def event(format_name: str, record: Any) -> CanonicalEvent:
    (result,) = results(format_name, record)
    assert result.event is not None, result.refusal
    return result.event


def refusal(format_name: str, record: Any) -> RefusedRecordError:
    (result,) = results(format_name, record)
    assert result.refusal is not None
    return result.refusal


def a_skoda(**changes: Any) -> dict[str, Any]:
    report = {"capturedAt": AT, "mileageInKm": 44_028, "inspectionDueInDays": 100, "inspectionDueInKm": 5000}
    return {"vin": VIN, "maintenanceReport": {**report, **changes}}


def a_vss(**changes: Any) -> dict[str, Any]:
    return {"vin": VIN, "timestamp": AT, **changes}


def an_oil_service(status: str | None, **more: Any) -> dict[str, Any]:
    maintenance = {"distance_to_next_oil_service": {"data": {"value": 300, "unit": "kilometers"}}, **more}
    if status:
        maintenance["service_status"] = {"data": status}
    return {"vin": VIN, "timestamp": AT, "maintenance": maintenance}


def test_an_overdue_skoda_is_negative_and_an_electric_one_has_no_distance() -> None:
    told = event("skoda", a_skoda(inspectionDueInDays=-26, inspectionDueInKm=None))

    assert told.odometer_m == 44_028_000
    assert told.signals[words.TIME_TO_SERVICE].value == -26 * 86_400
    assert words.DISTANCE_TO_SERVICE not in told.signals


def test_oil_and_inspection_are_counted_apart_and_the_sooner_is_the_next_service() -> None:
    told = event("skoda", a_skoda(oilServiceDueInDays=20, oilServiceDueInKm=6600))

    assert [item["item"] for item in told.facts["services"]] == ["inspection", "oil"]
    assert told.signals[words.DISTANCE_TO_SERVICE].value == 5000
    assert told.signals[words.TIME_TO_SERVICE].value == 20 * 86_400


def test_a_csv_with_empty_cells_is_read_a_car_a_line() -> None:
    header = "vehicle,captured_at,mileage_in_km,inspection_due_in_days,inspection_due_in_km"
    file = f"{header}\ncar a,{AT},,650,28600\ncar b,,71,1,2\n"

    first, second = decoded("skoda", file.encode())

    assert first.event is not None
    assert (first.line, first.event.odometer_m, first.event.absent["odometer_m"]) == (2, None, "null")
    assert first.event.as_json()["provenance"]["vehicle"] == "car a"
    assert (second.line, second.event) == (3, None)


@pytest.mark.parametrize(
    ("mileage", "reason"),
    [
        ("n/a", "not_a_number"),
        (True, "not_a_number"),
        (-1, "out_of_range"),
        (2_000_001, "out_of_range"),
        ([], "not_a_number"),
    ],
)
def test_an_odometer_that_is_none_is_absent_with_the_reason_and_costs_nothing_else(mileage: Any, reason: str) -> None:
    told = event("skoda", a_skoda(mileageInKm=mileage))

    assert told.odometer_m is None
    assert told.absent["odometer_m"] == reason
    assert told.signals[words.DISTANCE_TO_SERVICE].value == 5000


def test_a_toyota_writes_its_mileage_as_text_or_not_at_all_and_in_any_order() -> None:
    rows = [("43087", "km", "2023-11-17"), ("30087", "km", "2023-11-16"), (None, None, "2020-11-19")]
    history = [{"mileage": m, "unit": u, "serviceDate": day, "serviceCategory": "HSC"} for m, u, day in rows]

    told = [result.event for result in results("toyota", {"vin": VIN, "payload": {"serviceHistories": history}})]

    assert [one.odometer_m for one in told if one] == [43_087_000, 30_087_000, None]
    assert {one.vin for one in told if one} == {VIN}
    assert all(one.is_bare_date for one in told if one)


def test_a_bmw_names_the_kilometre_and_day_of_each_service_and_may_lack_either() -> None:
    services = [
        {"type": "OIL", "mileage": 50_000, "status": "OK"},
        {"type": "BRAKE_FLUID", "dateTime": "2026-03-12T10:40:00Z"},
    ]
    state = {"currentMileage": 51_000, "lastUpdatedAt": AT, "requiredServices": services}

    told = event("bmw", {"vin": VIN, "state": state})

    assert told.signals[words.DISTANCE_TO_SERVICE].value == -1000
    assert told.facts["services"][1]["due_on"] == "2026-03-12"
    assert "distance_m" not in told.facts["services"][1]


def test_a_bmw_that_was_never_updated_has_no_instant() -> None:
    state = {"currentMileage": 7, "lastUpdatedAt": "0001-01-01T00:00:00Z", "lastFetched": AT}

    told = event("bmw", {"vin": VIN, "state": state})

    assert told.read_at is None
    assert told.absent["recorded_at"] == "out_of_range"
    assert told.fetched_at is not None


@pytest.mark.parametrize(
    ("status", "remaining_m"), [("ok", 300_000), ("warning", 300_000), ("critical", -300_000), (None, None)]
)
def test_a_high_mobility_oil_service_is_positive_before_and_after_its_limit(
    status: str | None, remaining_m: int | None
) -> None:
    told = event("highmobility", an_oil_service(status, days_to_next_service={"days": 5}))

    oil = next((item for item in told.facts["services"] if item["item"] == "oil"), {})
    assert oil.get("distance_m") == remaining_m
    if remaining_m is None:
        assert told.absent["services.oil.distance_m"] == "overdue_or_remaining"


def test_the_day_of_the_oil_service_tells_what_its_time_means() -> None:
    more = {"time_to_next_oil_service": {"days": 3}, "next_oil_service_date": "2026-02-27T00:00:00Z"}

    told = event("highmobility", an_oil_service("ok", **more))

    assert next(item for item in told.facts["services"] if item["item"] == "oil")["time_s"] == -3 * 86_400


@pytest.mark.parametrize(
    ("record", "odometer_m"),
    [
        (a_vss(vss_version="5.1", **{words.ODOMETER: 48_213.9}), 48_213_900),
        (a_vss(vss_version="v6.0", **{words.ODOMETER: 48_213_900}), 48_213_900),
        (a_vss(Vehicle={"VersionVSS": {"Major": 6}, "TraveledDistance": 48_213_900}), 48_213_900),
        (a_vss(**{words.ODOMETER: {"value": 48_213.9, "unit": "km"}}), 48_213_900),
        (a_vss(vss_version="6.0", **{words.ODOMETER: {"value": 48_213.9, "unit": "km"}}), 48_213_900),
        (a_vss(signals={words.ODOMETER: {"value": "48213900", "unit": "m"}}), 48_213_900),
    ],
)
def test_vss_counts_kilometres_up_to_5_and_metres_since_6(record: dict[str, Any], odometer_m: int) -> None:
    assert event("vss", record).odometer_m == odometer_m


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (a_vss(**{words.ODOMETER: 48_213}), "ambiguous_unit"),
        (a_vss(vss_version="latest", **{words.ODOMETER: 48_213}), "ambiguous_unit"),
        (a_vss(**{words.ODOMETER: {"value": 48_213, "unit": "furlong"}}), "wrong_unit"),
        (a_vss(**{words.ODOMETER: {"value": 48_213, "unit": "kPa"}}), "wrong_unit"),
        ({"distance": 48_213, "vin": VIN}, "ambiguous_unit"),
        ({"odometer": {"distance": 48_213}, "unitSystem": "nautical", "vin": VIN}, "wrong_unit"),
    ],
)
def test_an_odometer_whose_unit_cannot_be_told_is_refused(record: dict[str, Any], reason: str) -> None:
    assert refusal("vss" if "timestamp" in record else "smartcar", record).reason == reason


@pytest.mark.parametrize(("system", "odometer_m"), [("metric", 100_000), ("imperial", 160_934)])
def test_a_smartcar_distance_is_in_the_unit_system_of_its_header(system: str, odometer_m: int) -> None:
    record = {"vin": VIN, "odometer": {"distance": 100}, "headers": {"sc-unit-system": system, "sc-data-age": AT}}

    assert event("smartcar", record).odometer_m == odometer_m


def test_a_smartcar_webhook_signal_carries_its_own_unit() -> None:
    meta = {"oemUpdatedAt": AT, "retrievedAt": "2026-03-02T10:41:00Z"}
    signal = {"code": "odometer-traveleddistance", "body": {"value": 100, "unit": "km"}, "meta": meta}

    told = event("smartcar", {"vin": VIN, "eventType": "VEHICLE_STATE", "data": {"signals": [signal]}})

    assert told.odometer_m == 100_000
    assert told.as_json()["provenance"]["fetched_at"] == "2026-03-02T10:41:00Z"


def test_a_tesla_counts_miles_and_milliseconds_and_bar() -> None:
    state = {"odometer": 29_958.42, "timestamp": 1_772_448_000_000, "tpms_pressure_fl": 2.9, "service_mode": False}

    told = event("tesla", {"response": {"vin": VIN, "vehicle_state": state}})

    assert told.odometer_m == 48_213_403
    assert told.as_json()["read_at"] == AT
    assert told.signals["Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure"].value == 290


def test_high_mobility_is_read_with_the_names_of_its_definitions_in_either_spelling() -> None:
    record = json.loads((EVENTS / "highmobility.json").read_text(encoding="utf-8"))

    def cased(value: Any) -> Any:
        if isinstance(value, list):
            return [cased(part) for part in value]
        if not isinstance(value, dict):
            return value
        return {re.sub("_(.)", lambda found: found[1].upper(), name): cased(part) for name, part in value.items()}

    assert cased(record) != record
    assert event("highmobility", cased(record)).as_json() == event("highmobility", record).as_json()


@pytest.mark.parametrize(("unit", "pressure", "kpa"), [("kPa", 255.1, 255), ("psi", 37, 255)])
def test_smartcar_tells_tyres_by_row_and_column(unit: str, pressure: float, kpa: int) -> None:
    wheels = [{"row": row, "column": side, "tirePressure": pressure + row + side} for row in (0, 1) for side in (0, 1)]
    tyres = {"code": "wheel-tires", "body": {"values": wheels, "rowCount": 2, "columnCount": 2, "unit": unit}}

    told = event("smartcar", {"data": {"vehicle": {"vin": VIN}, "signals": [tyres]}})

    assert round(told.signals["Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure"].value) == kpa
    assert told.signals["Vehicle.Chassis.Axle.Row2.Wheel.Right.Tire.Pressure"].received_value == pressure + 2


def test_smartcar_tyres_without_a_unit_are_not_told() -> None:
    tyres = {"code": "wheel-tires", "body": {"values": [{"row": 0, "column": 0, "tirePressure": 255}]}}

    assert refusal("smartcar", {"data": {"signals": [tyres]}}).reason == "ambiguous_unit"


@pytest.mark.parametrize("text", ["NaN", "1e999", "-Infinity"])
def test_a_number_that_is_none_never_becomes_a_fact(text: str) -> None:
    file = f'{{"maintenanceReport": {{"capturedAt": "{AT}", "mileageInKm": {text}, "inspectionDueInKm": 1}}}}'

    (result,) = decoded("skoda", file.encode())

    assert result.refusal is not None or (result.event is not None and result.event.odometer_m is None)


def test_a_record_with_a_vin_that_is_none_is_refused() -> None:
    assert refusal("skoda", {**a_skoda(), "vin": "I am no VIN"}).reason == "bad_vin"


@pytest.mark.parametrize(
    ("mileage", "reason"), [(-1, "out_of_range"), (3_000_000, "out_of_range"), ("43,087", "not_a_number")]
)
def test_a_record_whose_only_value_is_not_believed_names_it(mileage: Any, reason: str) -> None:
    refused = refusal("bmw", {"state": {"currentMileage": mileage, "lastFetched": "2026-03-02T10:00:00Z"}})

    assert (refused.reason, f"odometer_m {reason}" in str(refused)) == (reason, True)


@pytest.mark.parametrize("record", [{}, {"vin": VIN, "timestamp": AT}, 7, "text", None, [1]])
def test_a_record_that_says_nothing_is_refused(record: Any) -> None:
    assert refusal("vss", record).reason in {"says_nothing", "not_an_object"}


@pytest.mark.parametrize("at", ["yesterday", "2026-03-02T25:00:00Z", 12, "1999-12-31T23:59:59Z", "2100-01-01"])
def test_a_required_instant_that_is_none_is_refused(at: Any) -> None:
    assert refusal("skoda", a_skoda(capturedAt=at)).reason in {"bad_time", "out_of_range"}


def test_trouble_codes_may_be_a_list_a_text_or_objects() -> None:
    flat, text = (a_vss(**{words.FAULT_CODES: codes}) for codes in (["p0420", "C1234"], "P0420,C1234"))
    listed = {"vin": VIN, "timestamp": AT, "diagnostics": {"trouble_codes": [{"data": {"id": "P0420"}}]}}

    assert event("vss", flat).signals[words.FAULT_CODES].value == ["P0420", "C1234"]
    assert event("vss", text).signals[words.FAULT_CODES].value == ["P0420", "C1234"]
    assert event("highmobility", listed).signals[words.FAULT_CODES].value == ["P0420"]
