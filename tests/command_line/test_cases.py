"""A doubt on the stack: opened by the intake, listed and answered from the command line, applied by enrolment."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.casework.desk import Desk
from infra.command_line import cases as command
from infra.command_line.main import app as line
from ownerloop.adapters.dynamodb.cases import DynamoCases
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.memory import CountedSurrogates
from ownerloop.domain.cases import Case
from ownerloop.domain.vehicle import Vehicle
from tests.builders import DAY, KM, START, TODAY, a_service, a_vehicle, readings
from tests.command_line.answering import a_target, case
from tests.functions.stack import Stack, function, moto_stack, sqs_event
from tests.messages import VIN, a_telemetry, body, metres

NOW = START + 4 * DAY
COMPLAINT = Case("k_" + 24 * "c", "p_1", version=1, topic="noise", opened_at=START, store_id="cd-gaoxin")


class StandingClock:
    def now(self) -> Any:
        return NOW


@pytest.fixture
def stack() -> Iterator[Stack]:
    with moto_stack() as held:
        yield held


@pytest.fixture
def doubted(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """Give a stack whose intake has just met a new cluster, and a complaint beside it."""
    vault = DynamoVault(stack.names["VaultTable"], stack.names["VaultSecret"], CountedSurrogates())
    vehicle_id = vault.enrol_vehicles([VIN])[VIN]
    old = readings(days=range(-60, 0), km_per_day=40)
    car = a_vehicle(vehicle_id=vehicle_id, evidence=old, services=[a_service(on=TODAY - timedelta(days=50), km=8_000)])
    DynamoVehicles(stack.names["VehiclesTable"]).save([car])
    DynamoCases(stack.names["CasesTable"]).open([COMPLAINT])
    events = [
        a_telemetry(event_id=f"{n}", at=START + n * DAY, received_at=NOW, signals=metres(n * 40 * KM))
        for n in (1, 2, 3)
    ]
    with function(stack, "ingest_vehicle_data") as intake:
        monkeypatch.setattr(intake, "the_clock", StandingClock)
        assert intake.handler(sqs_event(*(body(event).decode() for event in events)), None) == {"batchItemFailures": []}
    with function(stack, "enrol_owners") as enrolment:
        monkeypatch.setattr(enrolment, "the_clock", StandingClock)
        target = a_target(stack.names, enrolment)
        desk = Desk(target, stack.names["CasesTable"], stack.names["VehiclesTable"], "interactions", now=NOW + DAY)
        monkeypatch.setattr(command, "the_desk", lambda *_: desk)
        yield stack


def the_doubt() -> str:
    _, (one,) = case("list", "--kind", "cluster_replaced")
    return str(one["case"])


def car_of(stack: Stack) -> Vehicle:
    (car,) = DynamoVehicles(stack.names["VehiclesTable"]).all()
    return car


@pytest.mark.usefixtures("doubted")
def test_open_cases_are_listed_with_the_readings_that_they_are_about() -> None:
    code, (complaint, doubt) = case("list")

    assert code == 0
    assert (complaint["kind"], complaint["topic"], complaint["open_days"]) == ("complaint", "noise", 5)
    assert (doubt["kind"], doubt["store_id"], doubt["open_days"]) == ("cluster_replaced", "sh-pudong", 1)
    assert [doubt["readings"][name]["odometer_m"] for name in ("old_last", "new_first", "new_last")] == [
        9_960_000,
        40_000,
        120_000,
    ]
    assert case("list", "--store", "sh-pudong")[1] == [doubt]
    assert case("show", doubt["case"])[1] == doubt
    assert doubt["case"] in CliRunner().invoke(line, ["case", "list"]).stdout  # whole, however narrow the terminal is


def test_a_yes_waits_and_says_what_changed(doubted: Stack) -> None:
    code, told = case("close", the_doubt(), "--answer", "yes")

    assert code == 0
    assert (told["is_open"], told["answer"]) == (False, "yes")
    before, after = told["vehicle"]["before"], told["vehicle"]["after"]
    assert (before["state_epoch"], after["state_epoch"], after["readings"]) == (0, 1, 3)
    assert after["items"]["oil"]["remaining_m"] == before["items"]["oil"]["remaining_m"] - 80 * KM
    assert car_of(doubted).state_epoch == 1
    assert case("list", "--kind", "cluster_replaced") == (0, [])


def test_a_no_leaves_the_old_odometer(doubted: Stack) -> None:
    code, told = case("close", the_doubt(), "--answer", "no")

    assert code == 0
    assert told["vehicle"]["after"]["last_odometer_m"] == 9_960_000
    assert car_of(doubted).cluster_flag is None


@pytest.mark.usefixtures("doubted")
def test_what_cannot_be_answered_is_said_in_a_clear_sentence() -> None:
    doubt = the_doubt()
    case("close", doubt, "--answer", "no")

    closed, complaint, unknown, store = (
        case("close", doubt, "--answer", "yes"),
        case("close", COMPLAINT.case_key, "--answer", "yes"),
        case("close", "k_none", "--answer", "yes"),
        case("list", "--store", "nowhere"),
    )

    assert (closed[0], closed[1]["error"]) == (1, f"{doubt} is closed already (no)")
    assert complaint[0] == 2
    assert "takes no yes or no" in complaint[1]["error"]
    assert unknown == (2, {"error": "there is no case k_none"})
    assert store[0] == 2


@pytest.mark.usefixtures("doubted")
@pytest.mark.parametrize(("lang", "word"), [("zh", "更换仪表？"), ("en", "cluster replaced?")])
def test_people_read_it_in_their_language(lang: str, word: str) -> None:
    doubt = the_doubt()

    listed = CliRunner().invoke(line, ["case", "list", "--lang", lang], env={"COLUMNS": "200"})
    shown = CliRunner().invoke(line, ["case", "show", doubt, "--lang", lang])
    closed = CliRunner().invoke(line, ["case", "close", doubt, "--answer", "yes", "--lang", lang])

    assert all(word in told.output for told in (listed, shown))
    assert "9,960.0 km" in shown.output
    assert "40.0 km" in closed.output
