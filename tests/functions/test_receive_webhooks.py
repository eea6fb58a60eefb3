"""Webhooks on the stack: what reaches the VehicleDataQueue, what is remembered, and what is told to whom."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.envelope import unpack
from ownerloop.adapters.memory import CountedSurrogates
from ownerloop.contracts.telemetry import VehicleTelemetryV1
from tests.functions.stack import Stack, function
from tests.messages import sample
from tests.partners.builders import CONTEXT
from tests.webhooks.builders import (
    PREVIOUS_AMT,
    VEHICLE_NAME,
    VIN,
    a_challenge,
    a_schedule,
    a_state,
    an_error,
    delivered,
    signature,
)

NOW = datetime(2026, 3, 2, 10, 45, tzinfo=UTC)
OTHER_VIN = "0DMDEMXX500000002"
DONE = {"queued": 0, "refused": 0}


class MovedClock:
    at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def app(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with function(stack, "receive_webhooks") as module:
        monkeypatch.setattr(module, "the_clock", MovedClock)
        yield module


def told(app: Any, event: dict[str, Any]) -> tuple[int, Any]:
    answer = app.handler(event, CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


def status(app: Any, event: dict[str, Any]) -> int:
    return int(told(app, event)[0])


def queued(stack: Stack) -> list[dict[str, Any]]:
    return [json.loads(event) for body in stack.queue("VehicleDataQueue") for event in unpack(body).events]


def name_the_car(stack: Stack, *, vin: str = OTHER_VIN) -> None:
    vault = DynamoVault(stack.names["VaultTable"], stack.names["VaultSecret"], CountedSurrogates())
    vault.name_vehicle(vault.enrol_vehicles([vin])[vin], source="smartcar", name=VEHICLE_NAME, named_at=NOW)


def test_a_challenge_is_answered_with_its_hmac(stack: Stack, app: Any) -> None:
    assert told(app, delivered(a_challenge("f1d6"))) == (200, {"challenge": signature("f1d6")})
    assert stack.items("PartnersTable") == []


def test_a_challenge_is_answered_by_the_key_that_signed_it(app: Any) -> None:
    old = delivered(a_challenge("f1d6"), key=PREVIOUS_AMT)

    assert told(app, old) == (200, {"challenge": signature("f1d6", key=PREVIOUS_AMT)})


def test_nobody_gets_a_text_signed_by_calling_it_a_challenge(app: Any) -> None:
    forged = json.dumps(a_state(sent_at=NOW))

    assert status(app, delivered(a_challenge(forged), key="a guess")) == 401
    assert status(app, delivered(a_challenge(forged * 9))) == 400


def test_what_a_car_said_is_queued_as_telemetry(stack: Stack, app: Any) -> None:
    answer = told(app, sample("receive_webhooks.state"))

    (event,) = queued(stack)
    report = VehicleTelemetryV1.parse(json.dumps(event).encode()).to_domain()
    assert answer == (200, {"queued": 1, "refused": 0})
    assert (report.vin, report.odometer_m, report.fault_codes) == (VIN, 48_213_400, ("P0301",))
    assert report.read_at == datetime(2026, 3, 2, 10, 11, 30, tzinfo=UTC)
    assert (report.source, report.state_of_charge_percent) == ("urn:ownerloop:format:smartcar", 71.0)


def test_the_older_schedule_is_queued_alike(stack: Stack, app: Any) -> None:
    assert told(app, delivered(a_schedule(read_at=NOW))) == (200, {"queued": 1, "refused": 0})
    (event,) = queued(stack)
    assert (event["subject"], event["time"]) == (VIN, "2026-03-02T10:45:00Z")


def test_a_car_without_a_vin_is_known_by_the_name_that_its_link_gave(stack: Stack, app: Any) -> None:
    name_the_car(stack)

    answer = told(app, delivered(a_state(sent_at=NOW, vin=None)))

    (event,) = queued(stack)
    assert (answer[1]["queued"], event["subject"]) == (1, OTHER_VIN)


def test_a_car_that_nobody_linked_is_quarantined_and_acknowledged(stack: Stack, app: Any) -> None:
    answer = told(app, delivered(a_state(sent_at=NOW, vin=None)))

    (kept,) = stack.items("QuarantineTable")
    assert answer == (200, {"queued": 0, "refused": 1})
    assert (kept["reason"]["S"], kept["event_type"]["S"]) == ("unknown_vehicle", "webhook.smartcar")
    assert "sealed_body" not in kept
    assert queued(stack) == []


def test_a_delivery_that_comes_again_changes_nothing(stack: Stack, app: Any) -> None:
    first = told(app, delivered(a_state(sent_at=NOW)))
    held = stack.items("PartnersTable")

    again = told(
        app,
        delivered(
            a_state(
                sent_at=NOW + timedelta(seconds=75), delivery_id="another attempt", read_at=NOW - timedelta(minutes=30)
            )
        ),
    )

    assert (first, again) == ((200, {"queued": 1, "refused": 0}), (200, DONE))
    assert len(queued(stack)) == 1
    assert stack.items("PartnersTable") == held


def test_an_id_that_stood_for_something_else_is_a_conflict(stack: Stack, app: Any) -> None:
    told(app, delivered(a_state(sent_at=NOW, km=1_000)))

    code, problem = told(app, delivered(a_state(sent_at=NOW, km=2_000)))

    assert (code, problem["type"]) == (409, "urn:ownerloop:problem:delivery_id_reused")
    assert len(queued(stack)) == 1


def test_what_was_sent_too_long_ago_or_ahead_is_refused(stack: Stack, app: Any) -> None:
    off = timedelta(minutes=5, seconds=1)
    answers = [told(app, delivered(a_state(sent_at=at))) for at in (NOW - off, NOW + off)]

    assert [(code, problem["type"]) for code, problem in answers] == [(400, "urn:ownerloop:problem:stale_delivery")] * 2
    assert (queued(stack), stack.items("PartnersTable")) == ([], [])


def test_a_late_repeat_of_what_was_taken_is_acknowledged(
    stack: Stack, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(app, delivered(a_state(sent_at=NOW)))
    monkeypatch.setattr(MovedClock, "at", NOW + timedelta(hours=1))

    assert told(app, delivered(a_state(sent_at=NOW))) == (200, DONE)
    assert status(app, delivered(a_state(sent_at=NOW, km=9))) == 400
    assert len(queued(stack)) == 1


def test_a_wrong_signature_is_refused_without_a_reason(stack: Stack, app: Any) -> None:
    good = delivered(a_state(sent_at=NOW))
    answers = [
        told(app, delivered(a_state(sent_at=NOW), key="a guess")),
        told(app, good | {"headers": {}}),
        told(app, good | {"headers": {"SC-Signature": "é" * 64}}),
        told(app, good | {"body": good["body"] + " "}),
        told(app, delivered("no json", key="a guess")),
    ]

    assert {code for code, _ in answers} == {401}
    assert {json.dumps(problem) for _, problem in answers} == {json.dumps(answers[0][1])}
    assert not {"detail", "field", "rule"} & set(answers[0][1])
    assert (queued(stack), stack.items("PartnersTable")) == ([], [])


def test_a_source_that_is_not_set_up_is_not_found(app: Any) -> None:
    sources = ["nobody", "bmw", "smartcar_previous", ""]

    assert {status(app, delivered(a_state(sent_at=NOW), source=source)) for source in sources} == {404}


def test_a_signed_body_that_is_no_object_is_no_json(app: Any) -> None:
    answers = [app.handler(delivered(body), CONTEXT) for body in ["", "no json", "[]", "17", '"text"', "\ufeff{}"]]

    assert {answer["statusCode"] for answer in answers} == {400}
    assert {answer["headers"]["content-type"] for answer in answers} == {"application/problem+json"}


def test_a_body_of_more_than_256_kib_is_too_large(app: Any) -> None:
    assert status(app, delivered(a_state(sent_at=NOW) | {"more": "x" * 262_144})) == 413


def test_the_bytes_are_signed_and_not_their_base64(stack: Stack, app: Any) -> None:
    plain = delivered(a_state(sent_at=NOW))
    wrapped = plain | {"body": base64.b64encode(plain["body"].encode()).decode(), "isBase64Encoded": True}

    assert status(app, wrapped) == 200
    assert status(app, wrapped | {"body": "not base64!"}) == 400
    assert len(queued(stack)) == 1


def test_a_header_is_found_in_any_spelling(app: Any) -> None:
    assert status(app, delivered(a_challenge(), header="sc-signature")) == 200
    assert status(app, delivered(a_challenge(), header="SC-SIGNATURE")) == 200


def test_errors_and_unheard_of_events_are_acknowledged_and_queue_nothing(stack: Stack, app: Any) -> None:
    unheard = a_state(sent_at=NOW) | {"eventType": "VEHICLE_TELEPORTED"}

    assert told(app, delivered(an_error())) == (200, DONE)
    assert told(app, delivered(unheard)) == (200, DONE)
    assert (queued(stack), stack.items("PartnersTable")) == ([], [])


def test_nothing_that_names_a_car_is_on_a_log_or_in_a_table(stack: Stack, app: Any, log_lines: StringIO) -> None:
    told(app, delivered(a_state(sent_at=NOW)))
    told(app, delivered(a_state(sent_at=NOW, vin=None, event_id="e-3")))
    told(app, delivered(a_state(sent_at=NOW), key="a guess"))

    said = log_lines.getvalue() + str(stack.items("PartnersTable")) + str(stack.items("QuarantineTable"))
    assert "webhook refused" in said
    assert VIN not in said
    assert VEHICLE_NAME not in said
