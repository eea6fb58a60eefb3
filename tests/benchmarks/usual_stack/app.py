"""The peer of a cold start: what a handler of this kind usually loads and makes, but for the tracer and its own SDK."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig
from aws_lambda_powertools.utilities.parser import event_parser  # noqa: F401  # usually imported, and it costs
from pydantic import BaseModel

logger, metrics = Logger(), Metrics()
processor = BatchProcessor(event_type=EventType.SQS)
clients = [boto3.client(service) for service in ("dynamodb", "sqs", "events")]
idempotency = IdempotencyConfig(event_key_jmespath="id")
persistence = DynamoDBPersistenceLayer(table_name="idempotency")


class Reading(BaseModel):
    vehicle_id: str
    read_at: str
    odometer_m: int


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # Lambda passes both
    return {"batchItemFailures": []}
