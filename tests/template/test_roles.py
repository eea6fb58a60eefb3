"""The check of roles sees what is missing."""

import json
from types import SimpleNamespace

import pytest

from tests.roles import Call, calls_of, is_allowed

NAMES = {"test-VaultTable": "VaultTable", "test-OwnersTable": "OwnersTable", "lake": "LakeBucket"}


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("SendWecom", Call("dynamodb:Query", "ContactsTable/index/by_group")),
        ("WriteLake", Call("s3:PutObject", "LakeBucket/raw/readings/day=2026-03-02/1.parquet")),
        ("PartnerApi", Call("sqs:SendMessage", "InteractionQueue")),
        ("PartnerApi", Call("dynamodb:PutItem", "PartnersTable", "idempotency")),
        ("ReceiveWebhooks", Call("dynamodb:PutItem", "PartnersTable", "webhook#1")),
    ],
)
def test_a_call_that_a_role_allows_is_let_through(function: str, call: Call) -> None:
    assert is_allowed(function, call)


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("SendWecom", Call("dynamodb:DeleteItem", "ContactsTable")),
        ("SettleWecom", Call("dynamodb:Query", "ContactsTable/index/by_group")),
        ("WriteLake", Call("s3:PutObject", "LakeBucket/curated/readings/1.parquet")),
        ("PartnerApi", Call("dynamodb:PutItem", "PartnersTable", "partner#1")),
        ("DispatchContacts", Call("dynamodb:BatchGetItem", "VaultTable")),
    ],
)
def test_a_call_that_no_statement_allows_is_seen(function: str, call: Call) -> None:
    assert not is_allowed(function, call)


def test_each_part_of_a_transaction_is_an_action_of_its_own() -> None:
    put = {"Put": {"TableName": "test-OwnersTable", "Item": {"pk": {"S": "person#1"}}}}
    check = {"ConditionCheck": {"TableName": "test-VaultTable", "Key": {"pk": {"S": "vin#1"}}}}
    body = json.dumps({"TransactItems": [put, check]})

    assert calls_of("dynamodb.TransactWriteItems", SimpleNamespace(body=body), NAMES) == {
        Call("dynamodb:PutItem", "OwnersTable", "person#1"),
        Call("dynamodb:ConditionCheckItem", "VaultTable", "vin#1"),
    }
