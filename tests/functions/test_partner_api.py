"""The partner API on the stack: every status, what is queued, what is on record, and what is on no log."""

import json
from io import StringIO

import pytest

from ownerloop.adapters.dynamodb.partners import DynamoPartners
from ownerloop.adapters.history import unpack_rows
from ownerloop.adapters.partner_routes import methods_of
from ownerloop.contracts.openapi import openapi
from ownerloop.contracts.partner_api import EventsAnswerV1, MaintenanceV1, OwnerForInsuranceV1
from ownerloop.contracts.problems import ProblemV1
from tests.builders import START
from tests.functions.partner_calls import ARN, MAINTENANCE, OWNER, a_purchase, answered, asked, fill, problem, sent
from tests.functions.stack import Stack
from tests.messages import VIN, a_telemetry
from tests.partners.builders import PERSON_ID, VEHICLE_ID, a_partner, a_request


@pytest.fixture(autouse=True)
def _at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock.now", lambda _: START)


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


def test_every_answer_has_the_form_that_the_description_promises(stack: Stack) -> None:
    fill(stack)
    bodies = {"events": [a_purchase(), "no event", {**a_purchase(), "id": 7}]}

    MaintenanceV1.model_validate_json(answered(stack, a_request(path=MAINTENANCE))["body"])
    OwnerForInsuranceV1.model_validate_json(answered(stack, a_request(path=OWNER))["body"])
    told = EventsAnswerV1.model_validate_json(answered(stack, a_request("POST", "/v1/events", body=bodies))["body"])
    ProblemV1.model_validate_json(answered(stack, a_request(path="/v1/secrets"))["body"])

    assert [item.id for item in told.items] == ["i-1", None, None]


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
