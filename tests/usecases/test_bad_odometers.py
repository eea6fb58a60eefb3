"""Every bad odometer is cleaned with a reason in the forecast, or refused and quarantined with its field and rule."""

from itertools import permutations
from typing import Any

import pytest

from ownerloop.contracts import vocabulary as words
from tests.builders import DAY, KM, START, a_consent, a_reading, readings
from tests.messages import a_telemetry, metres
from tests.usecases.intake_streets import Streets, streets

HELD = readings(days=range(-30, 0), from_km=10_000, km_per_day=40)
VALUE = f"data.signals.{words.ODOMETER}.value"
UNIT = f"data.signals.{words.ODOMETER}.unit"


@pytest.fixture
def town() -> Streets:
    made = streets()
    made.enrol(evidence=HELD)
    return made


@pytest.mark.parametrize(
    "km",
    [100_000, 0, 5_000, 16_093, 40_000, 9_957.9, 1_999_999],
    ids=["x10 typo", "zero", "fall", "km read as miles", "jump", "just too far back", "most that is taken"],
)
def test_an_implausible_reading_is_kept_as_evidence_and_dropped_with_a_reason(town: Streets, km: float) -> None:
    report = town.ingest(a_telemetry(at=START, signals=metres(round(km * KM))))

    forecast = town.car().forecast
    assert (report.accepted, sum(report.refused.values())) == (1, 0)
    assert forecast is not None
    assert forecast.last_odometer_m == HELD[-1].odometer_m
    assert "dropped:1" in forecast.reasons
    assert town.history.rows["readings"][0]["odometer_m"] == round(km * KM)


def test_a_small_step_back_is_a_rounding_and_no_fault(town: Streets) -> None:
    town.ingest(a_telemetry(at=START, signals=metres(HELD[-1].odometer_m - 2 * KM)))

    forecast = town.car().forecast
    assert forecast is not None
    assert forecast.last_odometer_m == HELD[-1].odometer_m
    assert not any(reason.startswith("dropped") for reason in forecast.reasons)


def test_a_wrong_unit_that_lasts_is_asked_about(town: Streets) -> None:
    for day in range(3):
        at = START + day * DAY
        town.ingest(a_telemetry(event_id=f"{day}", at=at, signals=metres(6_200 * KM)), now=at)

    assert town.car().cluster_flag is not None
    assert len(town.cases.held) == 1


@pytest.mark.parametrize(
    ("signal", "field", "reason"),
    [
        ({"value": None, "unit": "m"}, VALUE, "bad_value"),
        ({"value": "ten thousand", "unit": "km"}, VALUE, "bad_value"),
        ({"value": "10000", "unit": "km"}, VALUE, "bad_value"),
        ({"value": True, "unit": "m"}, VALUE, "bad_value"),
        ({"value": -1, "unit": "m"}, VALUE, "bad_value"),
        ({"value": 10.5, "unit": "m"}, VALUE, "bad_value"),
        ({"value": 2_000_000_001, "unit": "m"}, VALUE, "bad_value"),
        ({"value": 2_000_001, "unit": "km"}, VALUE, "bad_value"),
        ({"value": 2**32 - 1, "unit": "m"}, VALUE, "bad_value"),
        ({"unit": "m"}, VALUE, "missing_field"),
        ({"value": 6_213, "unit": "mi"}, UNIT, "wrong_unit"),
        ({"value": 10_000}, UNIT, "wrong_unit"),
        ({"value": 10_000, "unit": None}, UNIT, "wrong_unit"),
    ],
)
def test_what_is_no_odometer_is_refused_with_field_and_rule(
    town: Streets, signal: dict[str, Any], field: str, reason: str
) -> None:
    before = town.car()

    report = town.ingest(a_telemetry(signals={words.ODOMETER: signal}))

    assert report.accepted == 0
    (refused,) = town.quarantine.held.values()
    assert (refused.field, refused.reason) == (field, reason)
    assert refused.rule
    assert refused.surrogate == before.vehicle_id
    assert town.car() == before


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("2026-01-05T04:06:00Z", "future_time"),
        ("2025-12-06T03:59:00Z", "too_old"),
        ("05.01.2026 12:00", "bad_time"),
        ("2026-01-05T12:00:00", "bad_time"),
        ("2026-02-30T12:00:00Z", "bad_time"),
        (None, "bad_time"),
        ("0001-01-01T00:00:00Z", "bad_time"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_field_and_rule(town: Streets, time: object, reason: str) -> None:
    before = town.car()

    report = town.ingest({**a_telemetry(), "time": time})

    assert report.accepted == 0
    (refused,) = town.quarantine.held.values()
    assert (refused.field, refused.reason) == ("time", reason)
    assert refused.rule
    assert town.car() == before


def test_what_is_a_week_old_goes_to_history_and_moves_nothing(town: Streets) -> None:
    before = town.car()

    report = town.ingest(a_telemetry(at=START - 8 * DAY, signals=metres(9_680 * KM)))

    assert report.accepted == 1
    assert town.history.rows["readings"][0]["odometer_m"] == 9_680 * KM
    assert town.car() == before


def test_dates_out_of_order_end_in_the_same_car() -> None:
    days = (-4.5, -2.5, -0.5)
    ends = set()
    for order in permutations(days):
        town = streets()
        town.enrol(evidence=HELD)
        for day in order:
            reading = a_reading(day=day, km=10_000 + day * 40)
            town.ingest(a_telemetry(event_id=str(day), at=reading.read_at, signals=metres(reading.odometer_m)))
        ends.add((town.car().evidence, town.car().forecast, town.car().remind_on))

    assert len(ends) == 1


def test_one_car_with_nothing_usable_does_not_stop_the_others(town: Streets) -> None:
    other = "0DMDEMXX500000002"
    town.enrol(other, consent=a_consent())

    report = town.ingest(
        a_telemetry(event_id="a", signals={words.ODOMETER: {"value": "?", "unit": "km"}}),
        a_telemetry(event_id="b", vin=other, signals=metres(5_000 * KM)),
    )

    assert (report.accepted, report.refused) == (1, {"bad_value": 1})
    assert town.car(other).forecast is not None
