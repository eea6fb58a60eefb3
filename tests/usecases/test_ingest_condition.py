"""What a car says beside its odometer: observations under consent; where it was becomes presence and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownerloop.adapters.zones import zones
from ownerloop.contracts import vocabulary as words
from ownerloop.domain.consent import ConsentHead, DataClass, Purpose, Withdrawal
from ownerloop.domain.enrolment import VehicleHandedOver, hand_over
from ownerloop.domain.observations import newest
from ownerloop.domain.presence import Presence, visible
from tests.builders import DAY, START, TODAY, a_consent, a_grant, a_service
from tests.condition_builders import active_codes
from tests.messages import a_telemetry, metres
from tests.usecases.intake_streets import Streets, streets

HOUR = timedelta(hours=1)
STORE = zones(TODAY)[0]
CANARY = ("31.2248163", "121.5412759")  # within the store's zone
CARE = a_grant(classes=[name for name in DataClass if name is not DataClass.LOCATION])
PLACED = a_grant(purpose=Purpose.PRESENCE, classes=[DataClass.LOCATION])


def position(latitude: object = float(CANARY[0]), longitude: object = float(CANARY[1])) -> dict[str, Any]:
    halves = zip(words.POSITION, (latitude, longitude), strict=True)
    return {path: {"value": value, "unit": "degrees"} for path, value in halves}


def tyre(kpa: float = 231) -> dict[str, Any]:
    return {words.TYRE_PRESSURE_FL: {"value": kpa, "unit": "kPa"}}


def oil_life(days: int) -> dict[str, Any]:
    return {words.OIL_LIFE: {"value": days * 86_400, "unit": "s"}}


def codes(*named: str) -> dict[str, Any]:
    return {words.FAULT_CODES: {"value": list(named)}}


@pytest.fixture
def town() -> Streets:
    made = streets()
    made.enrol(consent=a_consent(grants=[CARE, PLACED]))
    return made


def sights(town: Streets) -> list[Presence]:
    return visible(town.presence.held, consent=town.car().consent, now=START)


def test_what_a_car_says_of_its_condition_is_kept_in_one_write(town: Streets) -> None:
    version = town.car().version

    town.ingest(
        a_telemetry(event_id="1", at=START - HOUR, signals={**metres(), **tyre(250), **codes("P0420")}),
        a_telemetry(event_id="2", signals={**tyre(180.4), **codes("P0420", "U0100")}),
    )

    car = town.car()
    pressure = newest(car.observations, "tyre_pressure_fl_kpa")
    assert car.version == version + 1
    assert pressure is not None
    assert (pressure.read_at, pressure.value) == (START, 180)
    assert active_codes(car.observations) == ("P0420", "U0100")


def test_a_car_that_says_nothing_new_is_not_written(town: Streets) -> None:
    town.ingest(a_telemetry(event_id="1", signals=tyre()))
    version = town.car().version

    town.ingest(a_telemetry(event_id="2", signals=tyre()), a_telemetry(event_id="3", at=START - HOUR, signals=tyre(99)))

    assert town.car().version == version


def test_a_warning_that_gets_worse_is_news_though_no_day_moves() -> None:
    town = streets()
    town.enrol(consent=a_consent(grants=[CARE]), services=(a_service(on=TODAY - 800 * DAY, km=1_000),))

    for number, days_left in enumerate((20, 20, 3)):
        town.ingest(a_telemetry(event_id=f"e-{number}", at=START - (3 - number) * HOUR, signals=oil_life(days_left)))

    told = [next(item for item in event["data"]["items"] if item["item"] == "oil") for event in town.bus.events]
    assert [item["severity"] for item in told] == ["advise", "soon"]
    assert len({(item["due_p50"], item["due_p90"]) for item in told}) == 1


def test_the_lake_gets_every_signal_and_no_position(town: Streets) -> None:
    town.ingest(a_telemetry(signals={**tyre(), **codes("P0420"), **position()}))

    (row,) = town.history.rows["readings"]
    assert (row["tyre_pressure_fl_kpa"], list(row["fault_codes"])) == (231, ["P0420"])
    assert not [name for name in row if "itude" in name or "zone" in name]


def test_an_observation_outside_the_granted_classes_is_dropped_and_never_stored() -> None:
    town = streets()
    town.enrol(consent=a_consent(grants=[a_grant(classes=["odometer", "diagnostics"])]))

    town.ingest(a_telemetry(signals={**metres(), **tyre(), **codes("P0420")}))

    (row,) = town.history.rows["readings"]
    assert "tyre_pressure_fl_kpa" not in row
    assert {one.signal for one in town.car().observations} == {"dtc", "dtc:P0420"}


def test_a_hand_over_starts_the_observations_anew(town: Streets) -> None:
    town.ingest(a_telemetry(signals=tyre()))

    sold = hand_over(town.car(), VehicleHandedOver("V", "o-2", START + HOUR, None), person_id="p_2")

    assert town.car().observations
    assert sold.observations == ()


def test_a_position_becomes_presence_and_is_found_nowhere(
    town: Streets, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = a_telemetry(event_id="broken", signals={**position(), **metres(-1)})
    strange = a_telemetry(event_id="strange", vin="0DMDEMXX500000002", signals=position())
    report = town.ingest(a_telemetry(signals={**metres(), **position()}), broken, strange)

    told = [repr(part) for part in (town.vehicles.held, town.history.rows, town.bus.events, town.quarantine.held)]
    told += [repr(town.presence.held), repr(report), caplog.text, *capsys.readouterr()]
    assert [(fact.zone_id, fact.first_at) for fact in sights(town)] == [(STORE.zone_id, START)]
    assert report.presences == 1
    assert not [half for half in CANARY for part in told if half[:6] in part]


@pytest.mark.parametrize("half", [0, 1])
def test_a_broken_half_of_a_position_is_named_and_not_kept(town: Streets, half: int) -> None:
    values: list[object] = list(map(float, CANARY))
    values[half] = "31.2248163 N"

    town.ingest(a_telemetry(signals={**metres(), **position(*values)}))

    (held,) = town.quarantine.held.values()
    assert held.field == f"data.signals.{words.POSITION[half]}.value"
    assert not [said for said in CANARY if said[:6] in repr(held) + repr(town.history.rows)]
    assert held.sealed_body is not None
    assert b"CurrentLocation" not in held.sealed_body


def test_location_needs_a_consent_of_its_own() -> None:
    town = streets()
    town.enrol(consent=a_consent(grants=[a_grant(classes=tuple(DataClass))]))

    report = town.ingest(a_telemetry(event_id="1", signals={**metres(), **position()}))
    refused = town.ingest(a_telemetry(event_id="2", signals=position()))

    assert (report.accepted, report.presences, town.presence.held) == (1, 0, [])
    assert refused.refused == {"no_consent": 1}


def test_presence_needs_no_consent_to_maintenance() -> None:
    town = streets()
    town.enrol(consent=a_consent(grants=[PLACED]))

    report = town.ingest(a_telemetry(signals={**metres(), **position()}))

    assert (report.presences, town.car().evidence) == (1, ())


def test_a_withdrawal_ends_noting_and_reading_at_once(town: Streets) -> None:
    town.ingest(a_telemetry(event_id="1", signals=position()))
    taken = Withdrawal(START, "p_1", Purpose.PRESENCE)
    town.enrol(consent=a_consent(grants=[CARE, PLACED], withdrawals=[taken]))

    report = town.ingest(a_telemetry(event_id="2", at=START - HOUR, signals=position()))

    assert report.refused == {"consent_withdrawn": 1}
    assert len(town.presence.held) == 1
    assert sights(town) == []


def test_a_position_outside_every_zone_or_of_last_week_leaves_nothing(town: Streets) -> None:
    town.ingest(
        a_telemetry(event_id="1", signals=position(0, 0)),
        a_telemetry(event_id="2", at=START - 8 * DAY, signals={**metres(), **position()}),
    )

    assert town.presence.held == []


def test_an_event_with_half_a_position_says_nothing_we_read(town: Streets) -> None:
    report = town.ingest(a_telemetry(signals={words.LATITUDE: {"value": 31.2, "unit": "degrees"}}))

    assert report.refused == {"no_known_signal": 1}


def test_presence_that_cannot_be_written_sends_the_message_back(town: Streets) -> None:
    def down() -> None:
        raise OSError

    town.trouble.always["presence.note"] = down
    report = town.ingest(a_telemetry(signals=position()))
    del town.trouble.always["presence.note"]
    again = town.ingest(a_telemetry(signals=position()))

    assert report.failed_messages == {"m-1"}
    assert (again.accepted, len(town.presence.held)) == (1, 1)


some_signals = st.fixed_dictionaries(
    {},
    optional={
        words.ODOMETER: st.integers(0, 3).map(lambda n: {"value": 10_000_000 + n, "unit": "m"}),
        words.TYRE_PRESSURE_FL: st.integers(0, 3).map(lambda kpa: {"value": kpa, "unit": "kPa"}),
        words.STATE_OF_HEALTH: st.integers(0, 3).map(lambda share: {"value": share, "unit": "percent"}),
        words.FAULT_CODES: st.lists(st.sampled_from(["P0420", "P0421", "U0100"]), max_size=3).map(
            lambda named: {"value": named}
        ),
    },
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.data())
def test_any_order_doubling_and_batching_ends_in_the_same_observations_and_presence(data: st.DataObject) -> None:
    said = data.draw(
        st.lists(st.tuples(st.integers(0, 6 * 24 * 4), some_signals, st.booleans()), min_size=1, max_size=9)
    )
    events = [
        a_telemetry(
            event_id=str(n),
            at=START - timedelta(minutes=15 * quarter),
            signals={**signals, **(position() if is_placed else {})},
        )
        for n, (quarter, signals, is_placed) in enumerate(said)
    ]
    once, shuffled = streets(), streets()
    head: ConsentHead = a_consent(grants=[CARE, PLACED])
    for town in (once, shuffled):
        town.enrol(consent=head)
    order = data.draw(st.permutations([*events, *data.draw(st.lists(st.sampled_from(events), max_size=4))]))
    cut = data.draw(st.integers(0, len(order)))

    once.ingest(*events)
    shuffled.ingest(*order[:cut])
    shuffled.ingest(*order[cut:])

    assert shuffled.car().observations == once.car().observations
    assert shuffled.car().forecast == once.car().forecast
    assert shuffled.presence.held == once.presence.held
