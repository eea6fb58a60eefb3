"""write_lake on the stack: queue batches and stream batches become Parquet files."""

import io
from typing import Any

import boto3
import pyarrow.parquet as pq

from ownerloop.adapters.dynamodb.benefit_items import grant_values
from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.point_items import entry_values
from ownerloop.adapters.history import pack_rows
from ownerloop.domain.contact import ContactState
from ownerloop.domain.points import Account
from tests.contact_builders import a_contact
from tests.functions.stack import Stack, function, sqs_event
from tests.owner_builders import a_grant
from tests.points_builders import NOW, TODAY, a_lot, postings_of, redeem


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


def test_a_grant_of_a_benefit_comes_from_the_stream_once_and_its_portrait_never(stack: Stack) -> None:
    grant = a_grant()
    held = {"pk": f"person#{grant.person_id}"}
    items = [{**held, "sk": f"grant#{grant.grant_id}", **grant_values(grant)}, {**held, "sk": "portrait", "version": 1}]
    records = [
        {"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": {"NewImage": written(item)}}
        for item in items
    ]

    with function(stack, "write_lake") as app:
        app.handler({"Records": records}, None)

    (row,) = files(stack, "benefit_grants")
    assert (row["grant_id"], row["benefit_id"], row["cost_fen"]) == (grant.grant_id, grant.benefit_id, grant.cost_fen)
    assert (row["granted_on"], row["received_at"]) == (grant.granted_on, grant.granted_at)


def test_entries_of_the_points_ledger_come_from_the_stream_and_add_up(stack: Stack) -> None:
    account = Account("p_1")
    earned = postings_of(account, a_lot("purchase#1", points=100), a_lot("purchase#2", points=50))
    spent = redeem(earned[-1].account, 120, entry_id="r", cause="r_1", at=NOW, on=TODAY)
    images = [written(entry_values(entry)) for entry in (*(one.entry for one in earned), spent)]
    records = [
        {"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": {"NewImage": image}} for image in images
    ]

    with function(stack, "write_lake") as app:
        app.handler({"Records": records}, None)

    rows = files(stack, "points")
    assert sum(row["remaining"] for row in rows) == 30
    assert (sum(row["granted"] for row in rows), sum(row["spent"] for row in rows)) == (150, 120)
    assert sorted((row["number"], row["line"], row["kind"]) for row in rows) == [
        (1, 1, "settled"),
        (2, 1, "settled"),
        (3, 1, "redeemed"),
        (3, 2, "redeemed"),
    ]
