"""What the intake refuses: field, rule and identity, nothing of who it was, and no cost to its neighbours."""

from datetime import timedelta

import pytest

from ownerloop.contracts import vocabulary as words
from ownerloop.domain.ids import body_key, event_key
from ownerloop.domain.report import RawEvent
from tests.builders import DAY, START, a_consent
from tests.messages import VIN, a_telemetry, body, metres, without
from tests.usecases.intake_streets import Streets, streets

OTHER = "0DMDEMXX500000002"


@pytest.fixture
def town() -> Streets:
    made = streets()
    made.enrol()
    return made


@pytest.mark.parametrize(
    ("age", "reason"),
    [(-5, None), (-5.01, "future_time"), (7 * 1440, None), (30 * 1440, None), (30 * 1440.1, "too_old")],
)
def test_age_counts_to_the_receipt(town: Streets, age: float, reason: str | None) -> None:
    at = START - timedelta(minutes=age)

    report = town.ingest(a_telemetry(at=at, received_at=START), now=START + 90 * DAY)

    assert report.refused == ({reason: 1} if reason else {})
    assert report.accepted == (0 if reason else 1)


def test_a_reading_of_7_to_30_days_goes_to_history_only(town: Streets) -> None:
    report = town.ingest(a_telemetry(at=START - 7 * DAY - timedelta(seconds=1)))

    assert (report.accepted, report.cars_written) == (1, 0)
    assert len(town.history.rows["readings"]) == 1
    assert town.car().evidence == ()


def test_nobody_receives_later_than_now(town: Streets) -> None:
    late = START + 300 * DAY

    report = town.ingest(a_telemetry(at=late, received_at=late), now=START)

    assert report.refused == {"future_time": 1}


def test_the_queues_own_time_stands_for_a_missing_receipt(town: Streets) -> None:
    raw = RawEvent(body=body(a_telemetry(at=START - 20 * DAY)), received_at=START - 15 * DAY, message_id="m")

    town.ingest_raw([raw])

    assert town.history.rows["readings"][0]["received_at"] == START - 15 * DAY
    assert len(town.car().evidence) == 1


def test_one_bad_event_costs_no_other(town: Streets) -> None:
    bad = [
        b"no json",
        body(without(a_telemetry(event_id="b1"), "time")),
        body(a_telemetry(event_id="b2", signals=metres(3, "mi"))),
        body(a_telemetry(event_id="b3", vin="SHORT")),
        body(a_telemetry(event_id="b4", type="ownerloop.vehicle.flown.v1")),
        body(a_telemetry(event_id="b5", signals=metres(2_000_000_001))),
        body(a_telemetry(event_id="b6", signals={"Vehicle.Cabin.DriverPosition": {"value": 31.2}})),
    ]

    report = town.ingest(*bad, a_telemetry())

    assert report.accepted == 1
    assert report.refused == {
        "not_json": 1,
        "missing_field": 1,
        "wrong_unit": 1,
        "bad_vin": 1,
        "unknown_type": 1,
        "bad_value": 1,
        "no_known_signal": 1,
    }
    assert report.failed_messages == set()
    assert len(town.quarantine.held) == 6


def test_a_refusal_names_field_and_rule_and_is_known_by_its_identity(town: Streets) -> None:
    town.ingest(b"no json", a_telemetry(event_id="x", signals=metres(3, "mi")))

    first, second = town.history.rows["refusals"]
    assert (first["event_key"], first["field"]) == (body_key(b"no json"), "body")
    assert second["event_key"] == event_key("urn:test:cars", "x")
    assert (second["field"], second["rule"]) == (f"data.signals.{words.ODOMETER}.unit", "is m or km")


def test_quarantine_keeps_a_body_only_under_a_live_consent_and_only_what_it_covers(town: Streets) -> None:
    town.enrol(OTHER, consent=a_consent(grants=[]))
    signals = {
        **metres(-1),
        "Vehicle.CurrentLocation.Latitude": {"value": 31.2, "unit": "degrees"},
        words.LOW_VOLTAGE: {"value": 12.5, "unit": "V", "note": "free text"},
    }
    odd = {"contact": "13800000000", "source": f"urn:car:{VIN}"}
    town.ingest(
        a_telemetry(event_id=f"{VIN}-1", signals=signals, **odd), a_telemetry(event_id="2", vin=OTHER, signals=signals)
    )

    sealed = {held.surrogate: held.sealed_body for held in town.quarantine.held.values()}
    kept = sealed[town.ids[VIN]]
    assert kept is not None
    assert b"12.5" in kept
    assert not [said for said in (VIN.encode(), b"31.2", b"free text", b"13800000000") if said in kept]
    assert sealed[town.ids[OTHER]] is None


def test_a_broken_message_of_nobody_is_kept_by_its_hash_alone(town: Streets) -> None:
    town.ingest(b"no json at all")

    (held,) = town.quarantine.held.values()
    assert held.sealed_body is None
    assert len(held.payload_hash) == 64


def test_no_vin_leaves_for_history_or_bus(town: Streets) -> None:
    town.ingest(
        a_telemetry(source=f"urn:car:{VIN.lower()}"),
        a_telemetry(event_id="2", type=f"car.{VIN}"),
        a_telemetry(event_id="3", signals=metres(-5)),
        a_telemetry(event_id="4", source="/dms/+86 139 0000 7392"),
    )

    told = repr(town.history.rows) + repr(town.bus.events) + repr(town.quarantine.held)
    assert VIN not in told
    assert VIN.lower() not in told
    assert "7392" not in told


def test_a_message_that_is_broken_as_a_whole_counts_by_its_body(town: Streets) -> None:
    raw = RawEvent(body=b"bomb", received_at=START, message_id="m", rule="expands to more than 8388608 bytes")

    report = town.ingest_raw([raw])

    assert report.refused == {"malformed": 1}
    assert town.history.rows["refusals"][0]["event_key"] == body_key(b"bomb")
