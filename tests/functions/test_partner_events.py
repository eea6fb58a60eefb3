"""What partners send: of a batch the good half, each identity once, and every broken body told its rule."""

import json
from base64 import b64encode

import pytest

from ownerloop.adapters.dynamodb.partners import DynamoPartners
from ownerloop.adapters.envelope import unpack
from ownerloop.contracts.partner_api import BODY_MAX_BYTES
from tests.builders import START
from tests.functions.partner_calls import a_purchase, answered, asked, fill, problem, sent
from tests.functions.stack import Stack
from tests.messages import a_telemetry
from tests.partners.builders import a_partner, a_request


@pytest.fixture(autouse=True)
def _at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock.now", lambda _: START)


def test_of_a_batch_of_which_half_is_wrong_the_good_half_is_queued(stack: Stack) -> None:
    fill(stack)
    late = {**a_purchase("i-2"), "receivedat": "2020-01-01T00:00:00Z"}

    status, body = sent(
        stack,
        a_telemetry(event_id="t-1"),
        a_telemetry(event_id="t-2", vin="short"),
        late,
        a_purchase("i-3", amount_fen=-1),
        a_purchase("i-4", currency="USD"),
        "no event",
        {**a_purchase("i-5"), "type": "ownerloop.owner.registered.v1"},
        {**a_purchase("i-6"), "source": "urn:ownerloop:import"},
        {**a_purchase("i-7"), "subject": "wecom:wm_1"},
        {**a_purchase("i-8"), "type": ["x"]},
    )

    assert (status, body["accepted"], body["refused"]) == (202, 2, 8)
    assert [(item.get("id"), item.get("field")) for item in body["items"]] == [
        ("t-1", None),
        ("t-2", "subject"),
        ("i-2", None),
        ("i-3", "data.amount_fen"),
        ("i-4", "data.currency"),
        (None, "body"),
        ("i-5", "type"),
        ("i-6", "source"),
        ("i-7", "subject"),
        ("i-8", "type"),
    ]
    assert all(item["rule"] for item in body["items"] if item["status"] == "refused")
    (vehicle_data,) = map(unpack, stack.queue("VehicleDataQueue"))
    (interactions,) = map(unpack, stack.queue("InteractionQueue"))
    assert [json.loads(event)["id"] for event in vehicle_data.events] == ["t-1"]
    assert [json.loads(event)["id"] for event in interactions.events] == ["i-2"]
    assert "receivedat" not in json.loads(interactions.events[0])
    assert vehicle_data.received_at == interactions.received_at == START


BROKEN: list[tuple[object, tuple[int, str, str]]] = [
    ("not json", (400, "not_json", "body")),
    ("", (400, "not_json", "body")),
    ("[" * 100_000, (400, "not_json", "body")),
    ("[]", (422, "malformed", "body")),
    ({}, (422, "malformed", "events")),
    ({"events": []}, (422, "malformed", "events")),
    ({"events": [{}] * 101}, (422, "malformed", "events")),
    ({"events": {}}, (422, "malformed", "events")),
    ({"events": [{}], "more": 1}, (422, "malformed", "more")),
    ({"events": ["x" * BODY_MAX_BYTES]}, (413, "body_too_large", "body")),
]


def test_a_body_that_breaks_a_rule_is_told_which(stack: Stack) -> None:
    fill(stack)

    for body, expected in BROKEN:
        assert problem(asked(stack, "POST", "/v1/events", body=body)) == expected

    assert stack.queue("VehicleDataQueue") == stack.queue("InteractionQueue") == []


def test_bytes_that_are_no_text_are_no_json(stack: Stack) -> None:
    fill(stack)
    event = a_request("POST", "/v1/events", body="")

    refused = answered(stack, {**event, "body": b64encode(b"\xff\xfe").decode(), "isBase64Encoded": True})

    assert problem((refused["statusCode"], json.loads(refused["body"]))) == (400, "not_json", "body")


def test_a_body_of_another_media_type_gets_415(stack: Stack) -> None:
    fill(stack)

    refused = sent(stack, a_purchase(), headers={"content-type": "text/csv"})

    assert problem(refused) == (415, "unsupported_media_type", "Content-Type")


def test_the_same_idempotency_key_queues_once_and_gets_the_first_answer(stack: Stack) -> None:
    fill(stack)
    header = {"idempotency-key": "batch-7"}

    first = sent(stack, a_purchase(), headers=header)
    second = sent(stack, a_purchase(), headers=header)
    other_body = sent(stack, a_purchase("i-2"), headers=header)
    bad_key = sent(stack, a_purchase(), headers={"idempotency-key": "no blanks please"})

    assert first == second
    assert len(stack.queue("InteractionQueue")) == 1
    assert problem(other_body) == (422, "idempotency_key_reused", "Idempotency-Key")
    assert problem(bad_key) == (400, "malformed_header", "Idempotency-Key")


def test_two_partners_may_use_the_same_idempotency_key(stack: Stack) -> None:
    fill(stack)
    DynamoPartners(stack.names["PartnersTable"]).save(a_partner(partner_id="lender"))

    for partner_id in ("insurer", "lender"):
        status, _ = sent(stack, a_purchase(), headers={"idempotency-key": "k"}, partner_id=partner_id)
        assert status == 202

    assert len(stack.queue("InteractionQueue")) == 2
