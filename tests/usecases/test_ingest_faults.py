"""Vehicle data under trouble: losers merge again, a fault costs only its own events, nothing is lost or doubled."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain import evidence
from ownerloop.domain.consent import Withdrawal
from ownerloop.usecases.merging import ATTEMPTS_MAX
from tests.builders import DAY, START, a_reading
from tests.messages import VIN, a_telemetry, body, metres, with_value
from tests.usecases.intake_streets import Streets, raws, streets

CARS = [f"0DMDEMXX0{number:08d}" for number in range(1, 21)]

_BREAKS = [
    body(event)
    for good in [a_telemetry(received_at=START)]
    for value in (None, 0, -1, 1e308, "", "x" * 400, [], {}, True, "2026-01-05T04:00:00+23:59", 2**80)
    for event in (
        *(with_value(good, value, name) for name in good),
        with_value(good, value, "data", "signals"),
        with_value(good, {"value": value, "unit": "km"}, "data", "signals", "Vehicle.TraveledDistance"),
    )
]


@pytest.fixture
def town() -> Streets:
    made = streets()
    made.enrol()
    return made


def fail() -> None:
    raise ConnectionError("the table does not answer")


def test_a_loser_reads_again_and_loses_no_reading(town: Streets) -> None:
    other = a_reading(day=-1, km=9_900)

    def somebody_else() -> None:
        held = town.car()
        town.vehicles.held[held.vehicle_id] = replace(
            held, version=held.version + 1, evidence=evidence.merge(held.evidence, [other])
        )

    town.trouble.at["vehicles.save", 1] = somebody_else
    report = town.ingest(a_telemetry())

    assert [reading.odometer_m for reading in town.car().evidence] == [9_900_000, 10_000_000]
    assert (report.accepted, report.writes_lost, report.cars_written) == (1, 1, 1)


def test_consent_is_asked_again_after_a_lost_write(town: Streets) -> None:
    def withdraw() -> None:
        held = town.car()
        taken = Withdrawal(START, "p_1", "maintenance")
        consent = replace(held.consent, withdrawals=(taken,))
        town.vehicles.held[held.vehicle_id] = replace(held, version=held.version + 1, consent_epoch=1, consent=consent)

    town.trouble.at["vehicles.save", 1] = withdraw
    report = town.ingest(a_telemetry(at=START - DAY), now=START)

    assert report.refused == {"consent_withdrawn": 1}
    assert town.car().evidence == ()
    assert "readings" not in town.history.rows


def test_what_loses_every_time_goes_back_to_the_queue_and_costs_no_other(town: Streets) -> None:
    town.enrol(CARS[0])

    def race() -> None:
        held = town.car()
        town.vehicles.held[held.vehicle_id] = replace(held, version=held.version + 1)

    town.trouble.always["vehicles.save"] = race
    report = town.ingest(a_telemetry(), a_telemetry(event_id="2", vin=CARS[0]))

    assert report.failed_messages == {"m-1"}
    assert report.accepted == 1
    assert report.writes_lost == ATTEMPTS_MAX
    assert len(town.car(CARS[0]).evidence) == 1


def test_in_a_packed_message_only_the_faulted_events_are_queued_again(town: Streets) -> None:
    for vin in CARS:
        town.enrol(vin)
    poisoned = town.ids[CARS[7]]
    town.vehicles.held[poisoned] = replace(town.vehicles.held[poisoned], model=7)  # type: ignore[arg-type]
    town.vehicles.held[poisoned] = replace(town.vehicles.held[poisoned], evidence=("no reading",))  # type: ignore[arg-type]
    events = [a_telemetry(event_id=vin, vin=vin) for vin in CARS]

    report = town.ingest(*events, message_id="packed")

    assert report.accepted == len(CARS) - 1
    assert report.failed_messages == set()
    ((bodies, received_at),) = town.requeue.messages
    assert [CARS[7].encode() in body for body in bodies] == [True]
    assert received_at == START


def test_a_message_that_faults_whole_is_left_to_the_queue(town: Streets) -> None:
    town.trouble.always["vehicles.save"] = fail

    report = town.ingest(a_telemetry(), a_telemetry(event_id="2", at=START - DAY), message_id="packed")

    assert report.failed_messages == {"packed"}
    assert town.requeue.messages == []
    assert report.accepted == 0


def test_a_table_that_is_down_fails_every_message_after_few_tries(town: Streets) -> None:
    town.trouble.always["vault.vehicle_ids"] = fail

    report = town.ingest(*(a_telemetry(event_id=str(n)) for n in range(500)))

    assert len(report.failed_messages) == 500
    assert town.trouble.seen.count("vault.vehicle_ids") < 50


@pytest.mark.parametrize("operation", ["history.append", "bus.publish", "vehicles.save", "vehicles.load"])
def test_a_fault_that_heals_leaves_every_effect(town: Streets, operation: str) -> None:
    town.trouble.at[operation, 1] = fail

    report = town.ingest(a_telemetry())

    assert report.failed_messages == {"m-1"}
    report = town.ingest(a_telemetry(), was_delivered=True)
    assert report.accepted == 1
    assert len(town.car().evidence) == 1
    assert {row["event_key"] for row in town.history.rows["readings"]} == {
        town.history.rows["readings"][0]["event_key"]
    }
    assert len({event["id"] for event in town.bus.events}) == 1


def test_news_that_a_fault_swallowed_is_told_by_the_half_that_is_tried_again(town: Streets) -> None:
    town.trouble.at["bus.publish", 1] = fail

    report = town.ingest(a_telemetry(), a_telemetry(event_id="2", at=START - DAY, signals=metres(9_950_000)))

    assert report.accepted == 2
    assert report.failed_messages == set()
    assert {event["data"]["version"] for event in town.bus.events} == {2}


def test_success_is_reported_only_after_history_has_it(town: Streets) -> None:
    town.trouble.always["history.append"] = fail

    report = town.ingest(a_telemetry())

    assert report.failed_messages == {"m-1"}
    assert report.accepted == 0


def test_a_requeue_that_fails_raises_so_that_the_queue_keeps_everything(town: Streets) -> None:
    town.enrol(CARS[0])
    town.trouble.always["requeue.send"] = fail
    poisoned = town.car(CARS[0])
    town.vehicles.held[poisoned.vehicle_id] = replace(poisoned, evidence=("no reading",))  # type: ignore[arg-type]
    events = raws([a_telemetry(), a_telemetry(event_id="2", vin=CARS[0])], message_id="packed")

    with pytest.raises(ConnectionError):
        town.ingest_raw(events)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40) | st.sampled_from(_BREAKS), max_size=12))
def test_nothing_that_can_be_sent_is_a_fault(bodies: list[bytes]) -> None:
    town = streets()
    town.enrol()

    report = town.ingest(*bodies)

    assert report.faults == []
    assert report.accepted + report.refused.total() + report.duplicates == len(bodies)


def test_the_vin_of_the_tests_is_no_car_of_these() -> None:
    assert VIN not in CARS
