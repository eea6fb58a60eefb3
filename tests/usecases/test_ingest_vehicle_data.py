"""Vehicle data comes in: consent first, each identity once, one write a car, and a reason for every refusal."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownerloop.contracts import vocabulary as words
from ownerloop.domain.consent import ConsentHead, Ownership, Withdrawal
from ownerloop.domain.ids import event_key
from tests.builders import DAY, START, a_consent, a_grant
from tests.lead_builders import a_lead_time
from tests.messages import VIN, a_telemetry, metres, with_value
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


def a_drive(day: int, *, km: int) -> dict[str, object]:
    return a_telemetry(event_id=f"d{day}", signals=metres(km * 1_000), at=START + day * DAY)


def test_readings_that_move_no_due_day_by_much_are_written_and_told_to_nobody(town: Streets) -> None:
    town.ingest(*(a_drive(-n, km=10_000 - 30 * n) for n in range(7)))

    report = town.ingest(a_drive(1, km=10_031), now=START + DAY)

    assert (report.cars_written, report.announced, report.causes) == (1, 0, set())
    assert len(town.bus.events) == 1
    assert town.car().cause == event_key("urn:test:cars", "d0")


def test_what_drifts_reading_by_reading_is_told_in_the_end(town: Streets) -> None:
    town.ingest(*(a_drive(-n, km=10_000 - 30 * n) for n in range(7)))

    for day in range(1, 15):
        town.ingest(a_drive(day, km=10_000 + 90 * day), now=START + day * DAY)

        car = town.car()
        assert car.forecast is not None
        heard = [date.fromisoformat(item["due_p50"]) for item in town.bus.events[-1]["data"]["items"]]
        for told, held in zip(heard, car.forecast.items, strict=True):
            left = max((told - car.forecast.as_of).days, 0)
            assert abs((held.due_p50 - told).days) * 100 <= left * 5

    assert 2 < len(town.bus.events) < 15


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


def test_a_bare_date_is_kept_as_one(town: Streets) -> None:
    town.ingest(a_telemetry(is_bare_date=True))

    assert town.car().evidence[0].is_bare_date
    assert town.history.rows["readings"][0]["date_only"] is True


def test_a_replayed_log_gets_forecasts_and_no_reminder_day(town: Streets) -> None:
    town.enrol(remind=False)

    town.ingest(a_telemetry())

    assert town.car().forecast is not None
    assert town.car().remind_on is None


def test_an_empty_batch_does_nothing(town: Streets) -> None:
    town.trouble.seen.clear()

    report = town.ingest()

    assert (report.accepted, dict(report.refused), town.trouble.seen) == (0, {}, [])


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
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
