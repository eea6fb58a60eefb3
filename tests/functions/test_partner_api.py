"""The partner API on the stack: every status, what is queued, what is on record, and what is on no log."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from io import StringIO
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.partners import DynamoPartners
from ownerloop.adapters.envelope import unpack
from ownerloop.adapters.history import unpack_rows
from ownerloop.adapters.partner_routes import methods_of
from ownerloop.contracts.openapi import openapi
from ownerloop.contracts.partner_api import BODY_MAX_BYTES, EventsAnswerV1, MaintenanceV1, OwnerForInsuranceV1
from ownerloop.contracts.problems import TYPE, ProblemV1
from ownerloop.domain.partner import Partner
from ownerloop.ports import EnrolmentChange, Marker
from tests.builders import START, an_owner
from tests.functions.stack import Stack, function
from tests.messages import VIN, a_telemetry
from tests.partners.builders import CONTEXT, PERSON_ID, VEHICLE_ID, a_partner, a_request
from tests.usecases.test_partner_reads import a_shared_car

ARN = "arn:aws:sts::000000000000:assumed-role/Insurer"
MAINTENANCE, OWNER = f"/v1/vehicles/{VEHICLE_ID}/maintenance", f"/v1/owners/{PERSON_ID}"


class StoppedClock:
    def now(self) -> datetime:
        return START


@pytest.fixture(autouse=True)
def _at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock.now", lambda _: START)


def fill(stack: Stack, partner: Partner | None = None, *, version: int = 1) -> None:
    """Put a partner, and an owner who shares one car with it, into the tables."""
    DynamoPartners(stack.names["PartnersTable"]).save(partner or a_partner(principals=(ARN,)))
    owner = replace(an_owner(person_id=PERSON_ID), vehicle_ids=(VEHICLE_ID,), version=version)
    car = a_shared_car(version=version)
    change = EnrolmentChange(markers=(Marker(f"e{version}", "h", START),), owners=(owner,), vehicles=(car,))
    tables = [stack.names[name] for name in ("OwnersTable", "ConsentsTable", "VehiclesTable", "CasesTable")]
    assert not DynamoEnrolments(*tables).apply(change)


def asked(stack: Stack, *args: Any, **kwargs: Any) -> tuple[int, dict[str, Any]]:
    answer = answered(stack, a_request(*args, **kwargs))
    return answer["statusCode"], json.loads(answer["body"])


def answered(stack: Stack, event: dict[str, Any]) -> dict[str, Any]:
    with function(stack, "partner_api") as app:
        answer: dict[str, Any] = app.handler(event, CONTEXT)
        return answer


def a_purchase(event_id: str = "i-1", **changes: Any) -> dict[str, Any]:
    data = {"order_id": "o-1", "amount_fen": 100, "currency": "CNY", "category": "parts", **changes}
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "urn:test:shop",
        "type": "ownerloop.interaction.purchase.v1",
        "subject": "dealer-owner-1",
        "time": "2026-01-05T04:00:00Z",
        "data": data,
    }


def sent(stack: Stack, *events: Any, **kwargs: Any) -> tuple[int, dict[str, Any]]:
    return asked(stack, "POST", "/v1/events", body={"events": list(events)}, **kwargs)


def problem(answer: tuple[int, dict[str, Any]]) -> tuple[int, str, str | None]:
    status, body = answer
    assert body["status"] == status
    assert body["instance"].endswith("000000000001")
    return status, body["type"].removeprefix(TYPE), body.get("field")


def test_a_partner_reads_what_is_shared_with_it_and_the_read_is_on_record(stack: Stack) -> None:
    fill(stack)

    status, body = asked(stack, path=MAINTENANCE)
    owner_status, owner = asked(stack, path=OWNER)

    assert (status, owner_status) == (200, 200)
    assert body["vehicle_id"] == VEHICLE_ID
    assert owner["next_services"][0]["vehicle_id"] == VEHICLE_ID
    (first,), (second,) = (unpack_rows(message)[1] for message in stack.queue("HistoryQueue"))
    assert {first["action"], second["action"]} == {"maintenance:read", "owners:read"}
    assert {first["outcome"], second["outcome"]} == {"shown"}


def test_a_foreign_an_unknown_and_an_impossible_id_get_the_same_answer(stack: Stack) -> None:
    fill(stack)
    DynamoPartners(stack.names["PartnersTable"]).save(a_partner(partner_id="lender"))

    foreign = asked(stack, path=MAINTENANCE, partner_id="lender")
    unknown = asked(stack, path=f"/v1/vehicles/v_{'9' * 24}/maintenance")
    impossible = asked(stack, path=f"/v1/vehicles/{VIN}/maintenance")
    person = asked(stack, path=f"/v1/owners/p_{'9' * 24}")

    assert foreign == unknown == impossible == person
    assert problem(foreign) == (404, "not_found", None)


def test_a_token_limited_to_other_scopes_gets_403(stack: Stack) -> None:
    fill(stack)

    assert problem(asked(stack, path=OWNER, scopes=["maintenance:read"])) == (403, "scope_missing", None)
    assert problem(sent(stack, a_purchase(), scopes=["owners:read"])) == (403, "scope_missing", None)
    assert stack.queue("InteractionQueue") == []


def test_a_scope_that_the_partner_lost_counts_no_more_although_its_token_has_it(stack: Stack) -> None:
    fill(stack, a_partner(scopes=["maintenance:read"]))

    assert problem(asked(stack, path=OWNER)) == (403, "scope_missing", None)


def test_a_partner_that_was_stopped_gets_401_at_once(stack: Stack) -> None:
    fill(stack, a_partner(is_active=False))

    assert problem(asked(stack, path=MAINTENANCE)) == (401, "unauthorized", None)


def test_under_iam_the_principal_is_the_partner(stack: Stack) -> None:
    fill(stack)

    status, _ = asked(stack, path=MAINTENANCE, partner_id=None, caller_arn=f"{ARN}/any-session")
    stranger = asked(stack, path=MAINTENANCE, partner_id=None, caller_arn="arn:aws:iam::000000000000:user/x")
    nobody = asked(stack, path=MAINTENANCE, partner_id=None)

    assert status == 200
    assert problem(stranger) == problem(nobody) == (403, "unknown_partner", None)


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


def test_every_answer_has_the_form_that_the_description_promises(stack: Stack) -> None:
    fill(stack)
    bodies = {"events": [a_purchase(), "no event", {**a_purchase(), "id": 7}]}

    MaintenanceV1.model_validate_json(answered(stack, a_request(path=MAINTENANCE))["body"])
    OwnerForInsuranceV1.model_validate_json(answered(stack, a_request(path=OWNER))["body"])
    told = EventsAnswerV1.model_validate_json(answered(stack, a_request("POST", "/v1/events", body=bodies))["body"])
    ProblemV1.model_validate_json(answered(stack, a_request(path="/v1/secrets"))["body"])

    assert [item.id for item in told.items] == ["i-1", None, None]


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


def test_an_answer_repeats_the_caller_s_request_id_where_it_is_one(stack: Stack) -> None:
    fill(stack)

    named = answered(stack, a_request(headers={"x-request-id": "mine-1"}))
    unnamed = answered(stack, a_request(headers={"x-request-id": "a\nb"}))

    assert named["multiValueHeaders"]["x-request-id"] == ["mine-1"]
    assert unnamed["multiValueHeaders"]["x-request-id"] == ["00000000-0000-4000-8000-000000000001"]


def test_an_unknown_path_gets_404_and_a_wrong_method_405_with_the_right_one(stack: Stack) -> None:
    fill(stack)
    wrong = [("DELETE", OWNER, "GET"), ("POST", MAINTENANCE, "GET"), ("GET", "/v1/events", "POST")]

    answers = [(answered(stack, a_request(method, path)), allowed) for method, path, allowed in wrong]

    assert problem(asked(stack, path="/v1/secrets")) == (404, "no_such_path", None)
    assert problem(asked(stack, "DELETE", "/v1/secrets")) == (404, "no_such_path", None)
    for answer, allowed in answers:
        assert problem((answer["statusCode"], json.loads(answer["body"]))) == (405, "no_such_method", None)
        assert answer["multiValueHeaders"]["allow"] == [allowed]


def test_the_methods_that_are_told_are_those_that_are_described() -> None:
    described = {
        (method.upper(), path.replace("{vehicle_id}", VEHICLE_ID).replace("{person_id}", PERSON_ID))
        for path, said in openapi()["paths"].items()
        for method in set(said) - {"parameters"}
        if path.startswith("/v1/")
    }

    assert {(method, path) for method, path in described if methods_of(path) == [method]} == described


def test_trouble_of_ours_gets_500_without_its_words(stack: Stack) -> None:
    fill(stack)
    stack.names["VehiclesTable"] = "missing-table"  # type: ignore[index]  # the stack of this test only

    answer = asked(stack, path=MAINTENANCE)

    assert problem(answer) == (500, "internal_error", None)
    assert "missing-table" not in json.dumps(answer[1])


def test_the_description_is_served(stack: Stack) -> None:
    status, body = asked(stack, path="/v1/openapi.json")

    assert (status, body["openapi"]) == (200, "3.1.0")


def test_nothing_of_a_vin_a_key_or_a_body_is_on_a_log(
    stack: Stack, log_lines: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(stack)

    asked(stack, path=f"/v1/vehicles/{VIN}/maintenance", headers={"x-request-id": "13800000000"})
    sent(stack, a_telemetry(), a_telemetry(vin="LFV3A23C8K3"), a_purchase(amount_fen=-1))

    said = "".join([*(capsys.readouterr()), log_lines.getvalue()])
    assert '"path":"GET' in said
    for secret in (VIN, "LFV3A23C8K3", "13800000000", "dealer-owner-1", "usage-key"):
        assert secret not in said
