"""ingest_vehicle_data on the stack: every sample, what it leaves in tables, queues and logs, and what it imports."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.envelope import pack
from ownerloop.adapters.history import unpack_rows
from ownerloop.adapters.memory import CountedSurrogates
from ownerloop.contracts import vocabulary as words
from ownerloop.domain.consent import DataClass, Purpose
from tests.builders import a_consent, a_grant, a_vehicle
from tests.functions.new_container import first_answer
from tests.functions.stack import Stack, function, sqs_event
from tests.kept import sights_of
from tests.messages import VIN, a_telemetry, body, metres, sample

NOW = datetime(2026, 3, 2, 10, 45, tzinfo=UTC)


class StandingClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def app(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with function(stack, "ingest_vehicle_data") as module:
        monkeypatch.setattr(module, "the_clock", StandingClock)
        yield module


@pytest.fixture
def vehicle_id(stack: Stack, app: Any) -> str:
    vault = DynamoVault(stack.names["VaultTable"], stack.names["VaultSecret"], CountedSurrogates())
    enrolled = vault.enrol_vehicles([VIN])[VIN]
    car = a_vehicle(vehicle_id=enrolled, version=1, consent=a_consent())
    assert DynamoVehicles(stack.names["VehiclesTable"]).save([car]) == set()
    return enrolled


def rows(stack: Stack) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for text in stack.queue("HistoryQueue"):
        dataset, some = unpack_rows(text)
        found.setdefault(dataset, []).extend(some)
    return found


def test_an_ordinary_first_batch_makes_no_client_of_botocores(app: Any, vehicle_id: str) -> None:
    assert vehicle_id
    client.cache_clear()

    assert app.handler(sample("ingest_vehicle_data.single"), None) == {"batchItemFailures": []}
    assert client.cache_info().currsize == 0  # the first takes a tenth of a cold start


def test_an_ordinary_first_batch_of_a_new_container_loads_nothing_of_botocores(stack: Stack, vehicle_id: str) -> None:
    answer = first_answer(stack, "ingest_vehicle_data", sample("ingest_vehicle_data.single"), now=NOW)

    assert answer == ({"batchItemFailures": []}, [])
    assert [row["vehicle_id"] for row in rows(stack)["readings"]] == [vehicle_id]


def test_one_event_is_taken_in(stack: Stack, app: Any, vehicle_id: str) -> None:
    answer = app.handler(sample("ingest_vehicle_data.single"), None)

    assert answer == {"batchItemFailures": []}
    (row,) = rows(stack)["readings"]
    assert (row["vehicle_id"], row["odometer_m"], row["low_voltage_mv"]) == (vehicle_id, 48_213_400, 12_610)
    car = DynamoVehicles(stack.names["VehiclesTable"]).load([vehicle_id])[vehicle_id]
    assert (car.version, car.evidence[0].odometer_m) == (2, 48_213_400)
    assert car.forecast is not None


def test_an_array_is_taken_in_with_its_double_once(stack: Stack, app: Any, vehicle_id: str) -> None:
    assert app.handler(sample("ingest_vehicle_data.array"), None) == {"batchItemFailures": []}

    assert len(rows(stack)["readings"]) == 2


def test_a_packed_message_keeps_its_good_events(stack: Stack, app: Any, vehicle_id: str) -> None:
    assert app.handler(sample("ingest_vehicle_data.packed"), None) == {"batchItemFailures": []}

    told = rows(stack)
    assert len(told["readings"]) == 1
    assert {row["reason"] for row in told["refusals"]} == {"not_json", "bad_vin"}


def test_broken_messages_are_quarantined_with_field_and_rule(stack: Stack, app: Any, vehicle_id: str) -> None:
    assert app.handler(sample("ingest_vehicle_data.broken"), None) == {"batchItemFailures": []}

    refused = {(item["reason"]["S"], item["field"]["S"]) for item in stack.items("QuarantineTable")}
    assert refused == {
        ("not_json", "body"),
        ("missing_field", "time"),
        ("wrong_unit", "data.signals.Vehicle.TraveledDistance.unit"),
        ("too_old", "time"),
        ("unknown_type", "type"),
    }
    assert VIN not in json.dumps(stack.items("QuarantineTable"), default=str)


def test_a_batch_delivered_again_leaves_the_same_car(stack: Stack, app: Any, vehicle_id: str) -> None:
    app.handler(sample("ingest_vehicle_data.single"), None)
    before = stack.items("VehiclesTable", f"vehicle#{vehicle_id}")

    app.handler(sample("ingest_vehicle_data.redelivered"), None)

    assert stack.items("VehiclesTable", f"vehicle#{vehicle_id}") == before
    assert len({row["event_key"] for row in rows(stack)["readings"]}) == 1


def test_an_empty_batch_is_fine(app: Any) -> None:
    assert app.handler(sample("ingest_vehicle_data.empty"), None) == {"batchItemFailures": []}


def test_a_batch_of_one_bad_message_is_acknowledged(stack: Stack, app: Any) -> None:
    assert app.handler(sqs_event("no json"), None) == {"batchItemFailures": []}
    assert len(stack.items("QuarantineTable")) == 1


def test_ten_thousand_records_are_handled(stack: Stack, app: Any, vehicle_id: str) -> None:
    event = body(a_telemetry(at=NOW, received_at=NOW))
    records = [event.replace(b'"e-1"', f'"e-{number}"'.encode()).decode() for number in range(10_000)]

    assert app.handler(sqs_event(*records), None) == {"batchItemFailures": []}

    assert len(rows(stack)["readings"]) == 10_000


def test_a_message_that_faults_is_reported_alone(
    stack: Stack, app: Any, vehicle_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = type(app.wiring().world.contract)
    read = contract.read

    def poisoned(self: Any, raw: bytes) -> Any:
        if b"poison" in raw:
            raise ZeroDivisionError("a rule that we got wrong")
        return read(self, raw)

    monkeypatch.setattr(contract, "read", poisoned)
    good, bad = a_telemetry(at=NOW, received_at=NOW), a_telemetry(event_id="poison", at=NOW, received_at=NOW)
    packed = pack(
        [
            body(bad),
            body(a_telemetry(event_id="third", at=NOW - timedelta(days=1), received_at=NOW, signals=metres(9_900_000))),
        ]
    )

    answer = app.handler(sqs_event(body(good).decode(), body(bad).decode(), *packed), None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert len(rows(stack)["readings"]) == 2


def test_no_identifier_reaches_log_or_history(
    stack: Stack, app: Any, vehicle_id: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("single", "array", "packed", "broken"):
        app.handler(sample(f"ingest_vehicle_data.{name}"), None)

    said = capsys.readouterr().out + repr([vars(record) for record in caplog.records]) + json.dumps(rows(stack))
    assert "invoked" in said
    assert "ReadingsAccepted" in said
    assert VIN not in said


def test_where_a_car_was_is_presence_and_stands_nowhere_else(
    stack: Stack, app: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    placed = a_grant(purpose=Purpose.PRESENCE, classes=[DataClass.LOCATION])
    vault = DynamoVault(stack.names["VaultTable"], stack.names["VaultSecret"], CountedSurrogates())
    car = a_vehicle(vehicle_id=vault.enrol_vehicles([VIN])[VIN], consent=a_consent(grants=[a_grant(), placed]))
    DynamoVehicles(stack.names["VehiclesTable"]).save([car])
    broken = a_telemetry(event_id="broken", at=NOW, signals={**metres(-1), **_position()})

    app.handler(sample("ingest_vehicle_data.condition"), None)
    app.handler(sqs_event(body(broken).decode()), None)

    (sight,) = sights_of(car.vehicle_id, vehicles_table=stack.names["VehiclesTable"])
    assert (sight.zone_id, sight.hour) == ("store-sh-pudong", datetime(2026, 3, 2, 10, tzinfo=UTC))
    (row,) = rows(stack)["readings"]
    assert (row["tyre_pressure_fl_kpa"], row["oil_life_s"], row["fault_codes"]) == (238, 5_184_000, ["P0420"])
    told = [json.dumps(stack.items(name), default=str) for name in stack.names if name.endswith("Table")]
    told += [json.dumps(rows(stack)), json.dumps(row), capsys.readouterr().out]
    told += [repr([vars(record) for record in caplog.records])]
    assert len(stack.items("QuarantineTable")) == 1
    assert not [half for half in ("31.224", "121.541") for part in told if half in part]


def _position() -> dict[str, Any]:
    said: dict[str, Any] = sample("messages/ownerloop.vehicle.telemetry.v1")["data"]["signals"]
    return {path: said[path] for path in words.POSITION}


def test_the_function_imports_neither_pydantic_nor_parquet_nor_a_client() -> None:
    script = (
        "import sys; import functions.ingest_vehicle_data.app; "
        "print([n for n in ('pydantic', 'pyarrow', 'aws_lambda_powertools.utilities.idempotency') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
