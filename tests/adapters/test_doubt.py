"""Answers that are lost, transactions that meet, tables that are busy: what the adapters make of them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ownerloop.adapters.dynamodb import commands, direct
from ownerloop.adapters.dynamodb.client import ATTEMPTS_MAX, client
from ownerloop.adapters.dynamodb.commands import StillBusyError, TransactionRefusedError
from ownerloop.adapters.dynamodb.statements import StatementRefusedError
from ownerloop.domain.contact import ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Gate
from ownerloop.ports import EnrolmentChange, Marker
from tests.adapters.conftest import World, on_dynamodb
from tests.builders import START, TODAY, a_contact, a_vehicle, an_owner
from tests.tables import Tables

# These ask botocore only where the short way brought no answer.
DIRECT = {"BatchGetItem", "BatchExecuteStatement", "BatchWriteItem", "PutItem", "TransactWriteItems"}


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands.time, "sleep", lambda _: None)


@pytest.fixture(params=["moto", pytest.param("emulator", marks=pytest.mark.emulator)])
def stored(request: pytest.FixtureRequest) -> World:
    name = "tables" if request.param == "moto" else "emulated_tables"
    return on_dynamodb(request.getfixturevalue(name))


def lose_the_answer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the next answer of the short way for one that never came: botocore asks again."""
    lost: list[bytes] = []

    def read(status: int, headers: Mapping[str, str], body: bytes, refusals: frozenset[str]) -> dict[str, Any] | None:
        if lost:
            return whole(status, headers, body, refusals)
        lost.append(body)
        return None

    whole = direct._read
    monkeypatch.setattr(direct, "_read", read)


def answer_first(operation: str, *answers: dict[str, Any]) -> list[dict[str, Any]]:
    """Give these answers to the next requests of this kind instead of carrying them out; return those still to give."""
    waiting = list(answers)

    def instead(**_: Any) -> tuple[Any, dict[str, Any]] | None:
        if not waiting:
            return None
        answer = waiting.pop(0)
        return SimpleNamespace(status_code=400 if "Error" in answer else 200), answer

    def directly(**_: Any) -> SimpleNamespace | None:
        status, answer = instead() or (None, None)
        body = {"__type": f"service#{answer['Error']['Code']}", **answer} if answer and "Error" in answer else answer
        return status and SimpleNamespace(status_code=status.status_code, headers={}, content=json.dumps(body).encode())

    client("dynamodb").meta.events.register(f"before-call.dynamodb.{operation}", instead)
    if operation in DIRECT:
        for events in (direct.line("dynamodb").events, client("dynamodb").meta.events):
            events.register_first(f"before-send.dynamodb.{operation}", directly)
    return waiting


def an_error(code: str, **more: Any) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {}, **more}


def a_cancellation(*codes: str) -> dict[str, Any]:
    return an_error("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def test_a_reservation_whose_answer_was_lost_is_still_ours(stored: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_the_answer_once(monkeypatch)

    stored.gates.save(Gate("p_1", 1))

    assert stored.gates.load("p_1").version == 1


def test_a_move_whose_answer_was_lost_is_still_ours(stored: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.contacts.request([a_contact()])
    moved = a_contact().moved(ContactState.HELD, reason="quiet_hours", at=START)
    lose_the_answer_once(monkeypatch)

    stored.contacts.save(moved)

    assert stored.contacts.load(["c_1"]) == {"c_1": moved}


def test_a_request_whose_answer_was_lost_is_still_new(stored: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_the_answer_once(monkeypatch)

    assert stored.contacts.request([a_contact()]) == ["c_1"]


def test_cars_whose_answer_was_lost_have_not_lost(stored: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cars = [a_vehicle(vehicle_id=f"v_{n}") for n in range(3)]
    lose_the_answer_once(monkeypatch)
    first = stored.vehicles.save(cars)
    lose_the_answer_once(monkeypatch)
    second = stored.vehicles.save([replace(car, version=2, remind_on=TODAY) for car in cars])

    assert (first, second) == (set(), set())


def test_equal_words_of_somebody_else_are_not_ours(stored: World) -> None:
    gate = Gate("p_1", 1)
    stored.gates.save(gate)

    with pytest.raises(VersionConflictError):
        stored.gates.save(gate)


@pytest.mark.emulator
def test_an_enrolment_whose_answer_was_lost_is_applied_once(
    emulated_tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = on_dynamodb(emulated_tables)  # moto does not know the token of a transaction
    lose_the_answer_once(monkeypatch)

    stored.enrolments.apply(a_change())

    assert stored.enrolments.applied(["e_1"])
    assert stored.enrolments.owners(["p_1"]) == {"p_1": an_owner()}


def test_a_reservation_that_meets_a_transaction_is_tried_again(tables: Tables) -> None:
    waiting = answer_first("PutItem", an_error("TransactionConflictException"))

    on_dynamodb(tables).gates.save(Gate("p_1", 1))

    assert waiting == []
    assert on_dynamodb(tables).gates.load("p_1").version == 1


def test_an_enrolment_that_meets_another_transaction_is_tried_again(tables: Tables) -> None:
    waiting = answer_first("TransactWriteItems", *[a_cancellation("None", "TransactionConflict")] * 3)

    assert on_dynamodb(tables).enrolments.apply(a_change()) == set()
    assert waiting == []


def test_a_broken_condition_beside_a_conflict_is_not_tried_again(tables: Tables) -> None:
    answer_first("TransactWriteItems", a_cancellation("TransactionConflict", "ConditionalCheckFailed"))

    with pytest.raises(VersionConflictError) as conflict:
        on_dynamodb(tables).enrolments.apply(a_change())

    assert conflict.value.item == "p_1"


def test_a_car_that_meets_a_transaction_is_tried_again_alone(tables: Tables) -> None:
    busy = {"Responses": [{"Error": {"Code": "TransactionConflict"}}], "ResponseMetadata": {}}
    waiting = answer_first("BatchExecuteStatement", busy)

    assert on_dynamodb(tables).vehicles.save([a_vehicle()]) == set()
    assert waiting == []
    assert on_dynamodb(tables).vehicles.load(["v_1"])["v_1"].version == 1


@pytest.mark.parametrize(
    ("operation", "answer", "act"),
    [
        ("PutItem", an_error("TransactionConflictException"), lambda w: w.gates.save(Gate("p_1", 1))),
        ("TransactWriteItems", a_cancellation("TransactionConflict"), lambda w: w.enrolments.apply(a_change())),
        (
            "BatchExecuteStatement",
            {"Responses": [{"Error": {"Code": "ThrottlingError"}}], "ResponseMetadata": {}},
            lambda w: w.vehicles.save([a_vehicle()]),
        ),
    ],
)
def test_a_table_that_stays_busy_is_a_fault_for_the_queue(
    tables: Tables, operation: str, answer: dict[str, Any], act: Callable[[World], object]
) -> None:
    answer_first(operation, *[answer] * (commands.TRIES_MAX * ATTEMPTS_MAX))

    with pytest.raises(StillBusyError):
        act(on_dynamodb(tables))


def test_keys_that_the_service_left_over_are_asked_for_again(tables: Tables) -> None:
    world = on_dynamodb(tables)
    world.vehicles.save([a_vehicle()])
    left = {tables.vehicles: {"Keys": [{"pk": {"S": "vehicle#v_1"}, "sk": {"S": "state"}}], "ConsistentRead": True}}
    answer_first("BatchGetItem", {"Responses": {}, "UnprocessedKeys": left, "ResponseMetadata": {}})

    assert world.vehicles.load(["v_1"])["v_1"].version == 1


def test_items_that_the_service_left_over_are_written_again_as_they_were(tables: Tables) -> None:
    rows = [{"pk": "p", "sk": str(n), "raw": b"\x00\xff"} for n in range(3)]
    left = {"PutRequest": {"Item": {"pk": {"S": "p"}, "sk": {"S": "1"}, "raw": {"B": "AP8="}}}}
    answer_first("BatchWriteItem", {"UnprocessedItems": {tables.workshop: [left]}, "ResponseMetadata": {}})

    commands.put_all(tables.workshop, rows)

    found = commands.get_items(tables.workshop, [("p", row["sk"]) for row in rows])
    assert {key: item["raw"] for key, item in found.items()} == {("p", "1"): b"\x00\xff"}


def test_a_statement_refused_for_good_is_a_fault_that_names_its_code(tables: Tables) -> None:
    refused = {"Responses": [{"Error": {"Code": "ValidationError"}}], "ResponseMetadata": {}}
    answer_first("BatchExecuteStatement", refused)

    with pytest.raises(StatementRefusedError) as error:
        on_dynamodb(tables).vehicles.save([a_vehicle()])

    assert error.value.code == "ValidationError"


def test_a_transaction_refused_for_good_is_a_fault_that_names_its_code(tables: Tables) -> None:
    answer_first("TransactWriteItems", a_cancellation("ValidationError"))

    with pytest.raises(TransactionRefusedError):
        on_dynamodb(tables).enrolments.apply(a_change())


def a_change() -> EnrolmentChange:
    return EnrolmentChange(markers=(Marker("e_1", "h_1", START),), owners=(an_owner(),))
