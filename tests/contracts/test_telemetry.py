"""Telemetry: what is taken, what is dropped, and which field and rule refuse the rest."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.contracts import hot
from ownerloop.contracts import vocabulary as words
from ownerloop.contracts.telemetry import VehicleTelemetryV1
from ownerloop.domain.consent import DataClass
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.observations import CODES, SIGNALS, class_of
from ownerloop.domain.presence import Position
from ownerloop.domain.report import VehicleReport
from tests.builders import START
from tests.messages import a_telemetry, body, metres, with_value, without

GOOD = a_telemetry(
    received_at=START,
    is_bare_date=False,
    signals={
        **metres(),
        words.DISTANCE_TO_SERVICE: {"value": -12.5, "unit": "km"},
        words.TIME_TO_SERVICE: {"value": -86_400, "unit": "s"},
        words.STATE_OF_CHARGE: {"value": 55.5, "unit": "percent"},
        words.LOW_VOLTAGE: {"value": 12.6, "unit": "V"},
        words.FAULT_CODES: {"value": ["P0420", "U0100"]},
        words.TYRE_PRESSURE_FL: {"value": 241.3, "unit": "kPa"},
        words.TYRE_PRESSURE_FR: {"value": 242, "unit": "kPa"},
        words.TYRE_PRESSURE_RL: {"value": 0, "unit": "kPa"},
        words.TYRE_PRESSURE_RR: {"value": 1500, "unit": "kPa"},
        words.PAD_WEAR_FL: {"value": 0, "unit": "percent"},
        words.PAD_WEAR_FR: {"value": 100, "unit": "percent"},
        words.PAD_WEAR_RL: {"value": 49.6, "unit": "percent"},
        words.PAD_WEAR_RR: {"value": 7, "unit": "percent"},
        words.STATE_OF_HEALTH: {"value": 88.2, "unit": "percent"},
        words.OIL_LIFE: {"value": -3_600, "unit": "s"},
        words.LATITUDE: {"value": 31.2304, "unit": "degrees"},
        words.LONGITUDE: {"value": 121.4737, "unit": "degrees"},
    },
)
_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.5, -0.0, 1e300, 2**70, "", "m", "km", "1", "2026-01-05", [], ["x"], {}),
    *({"value": 1}, "x" * 300, "2026-01-05T00:00:00+0800", "2026-01-05 00:00:00Z", "1901-01-05T00:00:00Z"),
    *("2026-01-05T00:00:00", "0001-01-01T00:00:00+14:00", "2026-13-01T00:00:00Z", 1_767_585_600, 12_345.678, 100, 101),
    *(-90, 90, 90.001, -180.5, 181, 1_500, 1_500.5, 2**31 - 1, 2**31, "kPa", "percent", "degrees", "s", ["P0420\n"]),
)


def _paths(node: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(node, dict):
        return [path]
    return [path, *(inner for name, value in node.items() for inner in _paths(value, (*path, name)))]


PATHS = [path for path in _paths(GOOD) if path]


def outcome(read: Any, raw: bytes) -> object:
    try:
        return read(raw)
    except MalformedEventError as error:
        return (error.field, error.rule, error.reason)


def by_the_contract(raw: bytes) -> VehicleReport:
    return VehicleTelemetryV1.parse(raw).to_domain()


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_the_quick_reader_and_the_contract_agree_on_every_missing_field(path: tuple[str, ...]) -> None:
    raw = body(without(GOOD, *path))

    assert outcome(hot.read, raw) == outcome(by_the_contract, raw)


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_the_quick_reader_and_the_contract_agree_on_every_odd_value(path: tuple[str, ...]) -> None:
    for value in _ODD:
        raw = body(with_value(GOOD, value, *path))

        assert outcome(hot.read, raw) == outcome(by_the_contract, raw), value


@given(st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(_ODD)), min_size=2, max_size=4), st.randoms())
def test_they_name_the_same_field_when_several_are_broken_in_any_order(
    breaks: list[tuple[tuple[str, ...], object]], random: Any
) -> None:
    event: Any = GOOD
    for path, value in breaks:
        if path in _paths(event):
            event = with_value(event, value, *path)
    names = list(event)
    random.shuffle(names)
    raw = body({name: event[name] for name in names})

    assert outcome(hot.read, raw) == outcome(by_the_contract, raw)


@given(
    st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5), st.lists, max_leaves=5)
)
def test_they_agree_on_any_json(value: object) -> None:
    raw = body(value)

    assert outcome(hot.read, raw) == outcome(by_the_contract, raw)


@pytest.mark.parametrize("raw", [b"", b"  ", b"no json", b"[", b'{"a":NaN}', b"\xff\xfe", b'"\\ud800"', b"[" * 100_000])
def test_what_is_no_json_is_refused_as_a_body(raw: bytes) -> None:
    field, _, reason = outcome(hot.read, raw)  # type: ignore[misc]

    assert (field, reason) == ("body", "not_json")
    assert outcome(by_the_contract, raw)[0] == "body"  # type: ignore[index]


def test_a_report_carries_every_signal_in_our_units() -> None:
    report = hot.read(body(GOOD))

    assert report.odometer_m == 10_000_000
    assert report.distance_to_service_m == -12_500
    assert report.time_to_service_s == -86_400
    assert report.state_of_charge_percent == 55.5
    assert report.low_voltage_mv == 12_600
    assert report.fault_codes == ("P0420", "U0100")
    assert dict(report.measured) == {
        "tyre_pressure_fl_kpa": 241,
        "tyre_pressure_fr_kpa": 242,
        "tyre_pressure_rl_kpa": 0,
        "tyre_pressure_rr_kpa": 1_500,
        "pad_wear_fl_percent": 0,
        "pad_wear_fr_percent": 100,
        "pad_wear_rl_percent": 50,
        "pad_wear_rr_percent": 7,
        "state_of_health_percent": 88,
        "oil_life_s": -3_600,
    }
    assert report.position == Position(longitude=121.4737, latitude=31.2304)
    assert report.classes == frozenset(DataClass)


def test_a_report_says_what_its_car_observed_signal_by_signal() -> None:
    said = {one.signal: one.value for one in hot.read(body(GOOD)).observations}

    assert set(said) == {*SIGNALS, "dtc:P0420", "dtc:U0100"}
    assert (said["low_voltage_mv"], said["service_distance_m"], said["service_time_s"]) == (12_600, -12_500, -86_400)
    assert (said[CODES], said["dtc:P0420"]) == (2, 1)


@pytest.mark.parametrize("half", words.POSITION)
def test_half_a_position_is_none(half: str) -> None:
    signals = {path: said for path, said in GOOD["data"]["signals"].items() if path != half}

    report = hot.read(body(a_telemetry(signals=signals)))

    assert report.position is None
    assert DataClass.LOCATION not in report.classes


@pytest.mark.parametrize("data_class", list(DataClass))
def test_of_a_report_only_the_allowed_classes_are_left(data_class: DataClass) -> None:
    left = hot.read(body(GOOD)).limited_to(frozenset({data_class}))

    assert left.classes == {data_class}
    assert {class_of(one.signal) for one in left.observations} <= {data_class}
    assert (left.position is not None) is (data_class is DataClass.LOCATION)
    assert (left.odometer_m is not None) is (data_class is DataClass.ODOMETER)


def test_a_report_never_shows_where_its_car_was() -> None:
    report = hot.read(body(GOOD))

    assert "31.23" not in repr(report) + str(report) + repr(report.position)
    assert "121.47" not in repr(report) + str(report) + repr(report.position)


@pytest.mark.parametrize(
    ("value", "unit", "expected_m"),
    [
        (12_345_678, "m", 12_345_678),
        (12_345_678.0, "m", 12_345_678),
        (12_345, "km", 12_345_000),
        (0.1, "km", 100),
        (1.005, "km", 1_005),
        (1.0005, "km", 1_000),  # half to even, of the decimal that was written
        (1.0015, "km", 1_002),
        (16_777.217, "km", 16_777_217),
        (0, "m", 0),
    ],
)
def test_kilometres_become_metres_without_binary_error(value: float, unit: str, expected_m: int) -> None:
    assert hot.read(body(a_telemetry(signals=metres(value, unit)))).odometer_m == expected_m


@pytest.mark.parametrize(
    ("value", "unit", "field", "reason"),
    [
        (12, "mi", "unit", "wrong_unit"),
        (12, None, "unit", "wrong_unit"),
        ("12", "m", "value", "bad_value"),
        (True, "m", "value", "bad_value"),
        (-1, "m", "value", "bad_value"),
        (-0.001, "km", "value", "bad_value"),
        (1.5, "m", "value", "bad_value"),
        (2**32, "m", "value", "bad_value"),
        (4_294_968, "km", "value", "bad_value"),
        (None, "m", "value", "bad_value"),
    ],
)
def test_an_odometer_that_breaks_its_rule_is_refused_by_field(
    value: object, unit: object, field: str, reason: str
) -> None:
    with pytest.raises(MalformedEventError) as refused:
        hot.read(body(a_telemetry(signals=metres(value, unit))))

    assert refused.value.field == f"data.signals.{words.ODOMETER}.{field}"
    assert refused.value.reason == reason


def test_a_missing_unit_is_refused_as_a_wrong_one() -> None:
    with pytest.raises(MalformedEventError) as refused:
        hot.read(body(a_telemetry(signals={words.ODOMETER: {"value": 1}})))

    assert (refused.value.reason, refused.value.rule) == ("wrong_unit", "is missing")


def test_signals_off_the_list_are_dropped_whatever_they_hold() -> None:
    signals = {**metres(), "Vehicle.CurrentLocation.Altitude": {"value": 31.2, "unit": "m"}, "X": None}

    report = hot.read(body(a_telemetry(signals=signals)))

    assert "31.2" not in repr(report)
    assert report.classes == {DataClass.ODOMETER}


@pytest.mark.parametrize(
    "vin", ["", "SHORT", "0DMDEMXX30000000I", "0DMDEMXX30000000O", "0DMDEMXX30000000Q", 17, "0" * 18]
)
def test_a_vin_of_wrong_length_or_alphabet_is_refused(vin: object) -> None:
    with pytest.raises(MalformedEventError) as refused:
        hot.read(body(a_telemetry(vin=vin)))

    assert (refused.value.field, refused.value.reason) == ("subject", "bad_vin")


def test_a_vin_in_small_letters_is_the_same_car() -> None:
    assert hot.read(body(a_telemetry(vin="0dmdemxx300000001"))).vin == "0DMDEMXX300000001"


@pytest.mark.parametrize("attribute", ["time", "receivedat"])
@pytest.mark.parametrize("value", ["2026-01-05", "2026-01-05T04:00:00", 1_767_585_600, "1999-12-31T23:59:59Z", "noon"])
def test_an_instant_without_offset_or_century_is_refused(attribute: str, value: object) -> None:
    with pytest.raises(MalformedEventError) as refused:
        hot.read(body({**a_telemetry(), attribute: value}))

    assert (refused.value.field, refused.value.reason) == (attribute, "bad_time")


def test_instants_become_utc() -> None:
    report = hot.read(body({**a_telemetry(), "time": "2026-01-05T12:00:00.5+08:00"}))

    assert report.read_at == datetime(2026, 1, 5, 4, 0, 0, 500_000, tzinfo=UTC)
    assert report.read_at.utcoffset() == timedelta(0)


def test_a_refusal_never_quotes_what_it_refuses() -> None:
    for path in PATHS:
        said = outcome(hot.read, body(with_value(GOOD, "SECRET-VALUE", *path)))
        assert "SECRET-VALUE" not in (json.dumps(said) if isinstance(said, tuple) else "")
