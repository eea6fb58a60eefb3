"""write_lake on the stack: queue batches and stream batches become Parquet files."""

import io
from typing import Any

import boto3
import pyarrow.parquet as pq

from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.history import pack_rows
from ownerloop.domain.contact import ContactState
from tests.contact_builders import a_contact
from tests.functions.stack import Stack, function, sqs_event


def files(stack: Stack, dataset: str) -> list[dict[str, Any]]:
    s3 = boto3.client("s3")
    bucket = stack.names["LakeBucket"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"raw/{dataset}/").get("Contents", [])
    bodies = [s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed]
    return [row for body in bodies for row in pq.read_table(io.BytesIO(body)).to_pylist()]


def a_refusal(key: str) -> dict[str, Any]:
    return {
        "event_key": key * 16,
        "event_type": "t",
        "reason": "no_consent",
        "field": "subject",
        "rule": "r",
        "vehicle_id": "",
        "received_at": "2026-03-01T00:00:00Z",
    }


def test_a_batch_of_history_becomes_rows_and_an_unreadable_message_comes_back_alone(stack: Stack) -> None:
    good = pack_rows("refusals", [a_refusal("aa"), a_refusal("bb")])

    with function(stack, "write_lake") as app:
        answer = app.handler(sqs_event(*good, "not history"), None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert {row["event_key"].hex()[:2] for row in files(stack, "refusals")} == {"aa", "bb"}


def test_changes_of_contacts_come_from_the_stream(stack: Stack) -> None:
    contact = a_contact()
    record = {
        "eventSource": "aws:dynamodb",
        "eventName": "INSERT",
        "dynamodb": {"NewImage": written(contact_values(contact))},
    }

    with function(stack, "write_lake") as app:
        app.handler({"Records": [record]}, None)

    assert [row["state"] for row in files(stack, "contacts")] == [str(ContactState.REQUESTED)]
