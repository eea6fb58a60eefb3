"""A whole invocation as a client spends on it: decoding the payload, the work, and every call to tables and queues.

`python -m tests.benchmarks.hot_path.whole ours|common PORT CARS EVENTS SHAPE STREAM` takes the first EVENTS of a stream
of STREAM and prints microseconds of processor time per event; `python -m tests.benchmarks.hot_path.whole items FILE
CARS` writes what the endpoint holds.
"""

import base64
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.hot_path.fleet import Car, the_fleet
from tests.benchmarks.hot_path.traffic import Invocation, the_traffic

RUNS = 5
KEY = b"a key of the vault for tests only"


class StandingClock:
    """The instant of the traffic."""

    now_is: datetime

    def now(self) -> datetime:
        """Return it."""
        return self.now_is


def ours() -> Callable[[Invocation, str], None]:
    """Return the real function with its real adapters."""
    from functions.ingest_vehicle_data import app  # noqa: PLC0415  # only this contender loads it

    app.the_clock = StandingClock

    def take(invocation: Invocation, payload: str) -> None:
        StandingClock.now_is = invocation.now
        assert app.handler(json.loads(payload), None) == {"batchItemFailures": []}

    return take


def common() -> Callable[[Invocation, str], None]:
    """Return common practice: Powertools' batch, its idempotency layer a record, a model, an UpdateItem a record."""
    import boto3  # noqa: PLC0415  # only this contender loads it
    from aws_lambda_powertools.utilities.batch import (  # noqa: PLC0415
        BatchProcessor,
        EventType,
        process_partial_response,
    )
    from aws_lambda_powertools.utilities.idempotency import (  # noqa: PLC0415
        DynamoDBPersistenceLayer,
        IdempotencyConfig,
        idempotent_function,
    )
    from pydantic import ValidationError  # noqa: PLC0415

    from ownerloop.contracts.telemetry import VehicleTelemetryV1  # noqa: PLC0415

    table = boto3.client("dynamodb")
    processor = BatchProcessor(event_type=EventType.SQS)
    layer = DynamoDBPersistenceLayer("idempotency", boto3_client=table)
    config = IdempotencyConfig(event_key_jmespath="id")

    @idempotent_function(data_keyword_argument="event", persistence_store=layer, config=config)
    def on_event(*, event: dict[str, Any]) -> str:
        said = VehicleTelemetryV1.model_validate(event)
        table.update_item(
            TableName="vehicles",
            Key={"pk": {"S": f"vehicle#{said.subject}"}, "sk": {"S": "state"}},
            UpdateExpression="SET odometer = :odometer, read_at = :read_at ADD version :one",
            ExpressionAttributeValues={
                ":odometer": {"N": str(said.data.signals.odometer.value)},
                ":read_at": {"S": said.time.isoformat()},
                ":one": {"N": "1"},
            },
        )
        return said.id

    def on_record(record: Any) -> None:
        try:
            on_event(event=json.loads(record.body))
        except (ValidationError, ValueError):
            return

    class Context:
        """What the layer asks of Lambda."""

        function_name = "common"

        def get_remaining_time_in_millis(self) -> int:
            """Return plenty."""
            return 30_000

    def take(_: Invocation, payload: str) -> None:
        config.register_lambda_context(Context())
        process_partial_response(
            event=json.loads(payload), record_handler=on_record, processor=processor, context=Context()
        )

    return take


def items_of(fleet: list[Car]) -> dict[str, Any]:
    """Return the items of vault and cars by partition key, as the service writes them in JSON."""
    from ownerloop.adapters.dynamodb.items import written  # noqa: PLC0415
    from ownerloop.adapters.dynamodb.vault import KeyRing  # noqa: PLC0415
    from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values  # noqa: PLC0415
    from tests.benchmarks.hot_path.settled import settled  # noqa: PLC0415  # a contender's process loads its own alone

    ring = KeyRing(current="1", keys={"1": KEY})
    named = [car for car in fleet if car.is_known]
    held: dict[str, Any] = {}
    for car, vehicle in zip(named, settled(named), strict=True):
        pk, sk = ring.row("vin", car.vin)
        items = [written({"pk": pk, "sk": sk, "surrogate": car.vehicle_id}), written(vehicle_values(vehicle))]
        held |= {item["pk"]["S"]: {name: _in_json(value) for name, value in item.items()} for item in items}
    return held


def _in_json(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value


def main(name: str, port: str, cars: int, events: int, shape: str, stream: int) -> None:
    """Print what one contender spends."""
    os.environ |= {name: f"x-{name.lower().replace('_', '-')}" for name in _settings()}
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "HISTORY_QUEUE_URL": f"http://127.0.0.1:{port}/history",
        "VEHICLE_DATA_QUEUE_URL": f"http://127.0.0.1:{port}/vehicle-data",
        "POWERTOOLS_SERVICE_NAME": "ownerloop",
        "POWERTOOLS_METRICS_NAMESPACE": "OwnerLoop",
    }
    invocation = the_traffic(the_fleet(cars), events=stream, invocations=stream // events, shape=shape)[0]
    payload = json.dumps(invocation.event)
    take = {"ours": ours, "common": common}[name]()
    spent = []
    for _ in range(RUNS):
        began = time.process_time()
        take(invocation, payload)
        spent.append(time.process_time() - began)
    sys.stderr.write(f"{sorted(spent)[RUNS // 2] / invocation.events * 1e6}\n")


def _settings() -> list[str]:
    from ownerloop.settings import IngestVehicleDataSettings  # noqa: PLC0415

    return [name.upper() for name in IngestVehicleDataSettings.__struct_fields__]


if __name__ == "__main__":
    if sys.argv[1] == "items":
        Path(sys.argv[2]).write_text(json.dumps(items_of(the_fleet(int(sys.argv[3])))), encoding="utf-8")
    else:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], int(sys.argv[6]))
