"""Vehicle data comes in: consent first, each identity once, one write a car, and a reason for every refusal."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownerloop.contracts import vocabulary as words
from ownerloop.domain.consent import ConsentHead, Ownership, Withdrawal
from ownerloop.domain.ids import body_key, event_key
from ownerloop.domain.report import RawEvent
from tests.builders import DAY, START, a_consent, a_grant
from tests.lead_builders import a_lead_time
from tests.messages import VIN, a_telemetry, body, metres, with_value, without
from tests.usecases.intake_streets import Streets, raws, streets

OTHER = "0DMDEMXX500000002"


@pytest.fixture
def town() -> Streets:
    made = streets()
    made.enrol()
    return made


def reasons(town: Streets) -> list[str]:
    return [row["reason"] for row in town.history.rows.get("refusals", [])]


def test_an_authorised_reading_becomes_evidence_forecast_history_and_news(town: Streets) -> None:
    report = town.ingest(a_telemetry())

    car = town.car()
    assert (report.accepted, report.cars_written, report.announced) == (1, 1, 1)
    assert [reading.odometer_m for reading in car.evidence] == [10_000_000]
    assert car.forecast is not None
    assert car.remind_on is not None
    (row,) = town.history.rows["readings"]
    assert (row["event_key"], row["vehicle_id"]) == (event_key("urn:test:cars", "e-1"), car.vehicle_id)
    assert row["odometer_m"] == 10_000_000
    (event,) = town.bus.events
    assert event["data"]["version"] == car.version == 2


def test_a_car_is_read_once_and_written_once_a_batch(town: Streets) -> None:
    town.enrol(OTHER)
    town.trouble.seen.clear()

    town.ingest(
        *(a_telemetry(event_id=f"{vin}-{n}", vin=vin, at=START - n * DAY) for n in range(5) for vin in (VIN, OTHER))
    )

    assert town.trouble.seen.count("vault.vehicle_ids") == 1
    assert town.trouble.seen.count("vehicles.load") == 1
    assert town.trouble.seen.count("vehicles.save") == 2
    assert town.car().version == 2


def test_equal_identities_in_a_batch_count_once(town: Streets) -> None:
    report = town.ingest(a_telemetry(), a_telemetry(), a_telemetry())

    assert (report.accepted, report.duplicates) == (1, 2)
    assert len(town.history.rows["readings"]) == 1


def test_a_batch_delivered_again_changes_nothing_and_says_its_news_again(town: Streets) -> None:
    town.ingest(a_telemetry())
    car = town.car()

    report = town.ingest(a_telemetry(), was_delivered=True)

    assert town.car() == car
    assert (report.accepted, report.cars_written, report.announced) == (1, 0, 1)
    first, again = town.bus.events
    assert first["id"] == again["id"]


def test_a_car_whose_state_does_not_change_is_not_written(town: Streets) -> None:
    town.ingest(a_telemetry())

    report = town.ingest(a_telemetry(event_id="another name for the same reading"))

    assert (report.accepted, report.cars_written, report.announced) == (1, 0, 0)


def test_a_signal_outside_the_granted_classes_is_dropped_and_never_stored(town: Streets) -> None:
    town.enrol(consent=a_consent(grants=[a_grant(classes=["battery"])]))
    signals = {**metres(), words.STATE_OF_CHARGE: {"value": 60, "unit": "percent"}}

    report = town.ingest(a_telemetry(signals=signals))

    (row,) = town.history.rows["readings"]
    assert report.accepted == 1
    assert (row["odometer_m"], row["state_of_charge_percent"]) == (None, 60.0)
    assert town.car().evidence == ()
    assert town.quarantine.held == {}


def test_an_event_with_nothing_left_is_counted_and_acknowledged(town: Streets) -> None:
    town.enrol(consent=a_consent(grants=[a_grant(classes=["battery"])]))

    report = town.ingest(a_telemetry())

    assert report.refused == {"no_consent": 1}
    assert report.failed_messages == set()
    assert town.history.rows["refusals"][0]["vehicle_id"] == town.car().vehicle_id
    assert "readings" not in town.history.rows
    assert town.quarantine.held == {}


@pytest.mark.parametrize(
    ("consent", "reason"),
    [
        (ConsentHead(), "no_consent"),
        (a_consent(grants=[]), "no_consent"),
        (a_consent(grants=[a_grant(expires_at=START - DAY)]), "no_consent"),
        (a_consent(grants=[a_grant(granted_at=START - DAY / 2)]), "no_consent"),  # after the event
        (a_consent(grants=[a_grant(purpose="marketing")]), "no_consent"),
        (a_consent(since=START - DAY / 2), "no_consent"),  # somebody else's then
        (a_consent(withdrawals=[Withdrawal(START - DAY / 2, "p_1", "maintenance")]), "consent_withdrawn"),
        (a_consent(withdrawals=[Withdrawal(START - 9 * DAY, "p_1", "maintenance")]), "consent_withdrawn"),
        (
            replace(a_consent(), owners=(*a_consent().owners, Ownership(START - DAY / 2, "p_2"))),
            "no_consent",  # handed over since
        ),
    ],
)
def test_without_a_live_consent_then_and_now_nothing_is_used(town: Streets, consent: ConsentHead, reason: str) -> None:
    town.enrol(consent=consent)

    report = town.ingest(a_telemetry(at=START - DAY))

    assert report.refused == {reason: 1}
    assert town.car().evidence == ()
    assert "readings" not in town.history.rows


def test_a_car_that_nobody_enrolled_is_unknown() -> None:
    town = streets()

    report = town.ingest(a_telemetry())

    assert report.refused == {"unknown_vehicle": 1}
    assert town.vehicles.held == {}
    assert VIN not in repr(town.history.rows)


def test_a_car_known_to_the_vault_only_is_unknown() -> None:
    town = streets()
    town.vault.enrol_vehicles([VIN])[VIN]

    assert town.ingest(a_telemetry()).refused == {"unknown_vehicle": 1}
    assert town.vehicles.held == {}


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


def test_a_bare_date_is_kept_as_one(town: Streets) -> None:
    town.ingest(a_telemetry(is_bare_date=True))

    assert town.car().evidence[0].is_bare_date
    assert town.history.rows["readings"][0]["date_only"] is True


def test_a_replayed_log_gets_forecasts_and_no_reminder_day(town: Streets) -> None:
    town.enrol(remind=False)

    town.ingest(a_telemetry())

    assert town.car().forecast is not None
    assert town.car().remind_on is None


def test_a_message_that_is_broken_as_a_whole_counts_by_its_body(town: Streets) -> None:
    raw = RawEvent(body=b"bomb", received_at=START, message_id="m", rule="expands to more than 8388608 bytes")

    report = town.ingest_raw([raw])

    assert report.refused == {"malformed": 1}
    assert town.history.rows["refusals"][0]["event_key"] == body_key(b"bomb")


def test_an_empty_batch_does_nothing(town: Streets) -> None:
    town.trouble.seen.clear()

    report = town.ingest()

    assert (report.accepted, dict(report.refused), town.trouble.seen) == (0, {}, [])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_order_doubling_and_batching_ends_in_the_same_state(data: st.DataObject) -> None:
    days = data.draw(st.lists(st.integers(0, 6 * 24), min_size=1, max_size=12))
    events = [
        a_telemetry(event_id=str(n), at=START - timedelta(hours=hours), signals=metres(10_000_000 + 1_000 * n))
        for n, hours in enumerate(days)
    ]
    prices = tuple(data.draw(st.lists(st.integers(0, 30_000), max_size=12))) * 9
    published = data.draw(st.sampled_from([[], [a_lead_time(first_on=START.date(), prices_fen=prices)]]))
    once, shuffled = streets(*published), streets(*published)
    for town in (once, shuffled):
        town.enrol(store_id="sh-pudong")
    order = data.draw(st.permutations([*events, *data.draw(st.lists(st.sampled_from(events), max_size=4))]))
    cut = data.draw(st.integers(0, len(order)))

    once.ingest(*events)
    shuffled.ingest(*order[:cut])
    shuffled.ingest(*order[cut:])

    assert shuffled.car().evidence == once.car().evidence
    assert shuffled.car().forecast == once.car().forecast
    assert shuffled.car().remind_on == once.car().remind_on


def test_every_event_is_accepted_or_refused_by_its_identity(town: Streets) -> None:
    events = [a_telemetry(event_id=str(n), vin=VIN if n % 3 else "X", at=START - n * DAY) for n in range(40)]

    report = town.ingest(*events, *events[:10])

    told = [row["event_key"] for rows in town.history.rows.values() for row in rows]
    assert sorted(told) == sorted({event_key("urn:test:cars", str(n)) for n in range(40)})
    assert report.accepted + report.refused.total() == 40
    assert report.duplicates == 10


def test_a_cluster_that_was_replaced_is_flagged_with_its_evidence(town: Streets) -> None:
    before = [(n, 150_000_000 + n * 40_000) for n in range(4)]
    after = [(n, 12_000 + n * 40_000) for n in range(4, 8)]
    events = [
        a_telemetry(event_id=str(day), at=START + day * DAY, signals=metres(odometer_m))
        for day, odometer_m in (*before, *after)
    ]

    town.ingest(*events, now=START + 8 * DAY)

    flag = town.car().cluster_flag
    assert flag is not None
    assert len(flag.readings) >= 3


def test_raws_name_their_messages() -> None:
    assert [raw.message_id for raw in raws([b"1", b"2"])] == ["m-1", "m-2"]
    assert with_value({"a": 1}, 2, "a") == {"a": 2}
    assert reasons(streets()) == []
