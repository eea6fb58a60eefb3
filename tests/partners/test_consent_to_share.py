"""From the owner's word to the partner's answer: a consent to share opens reads, its withdrawal closes the next one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.partners import DynamoPartners
from tests.functions.stack import Stack, function, moto_stack, sqs_event
from tests.functions.test_enrol_owners import OWNER_KEY, VIN, an_enrolment, an_event
from tests.partners.builders import CONTEXT, a_partner, a_request

SHARED = {
    "owner_key": OWNER_KEY,
    "purpose": "share:insurer",
    "data_classes": ["service"],
    "valid_from": "2026-02-01T00:00:00Z",
    "valid_until": "2027-02-01T00:00:00Z",
    "evidence": "form-7",
    "text_version": "share-1",
}


@pytest.fixture(autouse=True)
def _in_march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock.now", lambda _: datetime(2026, 3, 2, tzinfo=UTC))


def enrol(stack: Stack, *events: dict[str, Any]) -> None:
    with function(stack, "enrol_owners") as app:
        assert app.handler(sqs_event(json.dumps(events)), None) == {"batchItemFailures": []}


def statuses(stack: Stack) -> tuple[int, int]:
    """Return what the partner is answered for the one car and the one person of the stack."""
    (car,) = stack.items("VehiclesTable", "vehicle#")
    (person,) = [item for item in stack.items("OwnersTable", "person#") if item["sk"]["S"] == "profile"]
    paths = f"/v1/vehicles/{car['vehicle_id']['S']}/maintenance", f"/v1/owners/{person['person_id']['S']}"
    with function(stack, "partner_api") as app:
        maintenance, owner = (app.handler(a_request(path=path), CONTEXT)["statusCode"] for path in paths)
    return maintenance, owner


def test_a_consent_to_share_opens_reads_and_its_withdrawal_closes_the_next() -> None:
    with moto_stack() as stack:
        DynamoPartners(stack.names["PartnersTable"]).save(a_partner())
        enrol(stack, *an_enrolment())
        before = statuses(stack)

        enrol(stack, an_event("consent.granted", VIN, SHARED, key="share"))
        shared = statuses(stack)
        withdrawn = {"owner_key": OWNER_KEY, "purpose": "share:insurer"}
        enrol(stack, an_event("consent.withdrawn", VIN, withdrawn, key="taken", at="2026-03-01T00:00:00Z"))

        assert (before, shared, statuses(stack)) == ((404, 404), (200, 200), (403, 403))


def test_taking_back_the_consent_to_share_leaves_the_one_for_maintenance() -> None:
    with moto_stack() as stack:
        enrol(stack, *an_enrolment(), an_event("consent.granted", VIN, SHARED, key="share"))
        withdrawn = {"owner_key": OWNER_KEY, "purpose": "share:insurer"}
        enrol(stack, an_event("consent.withdrawn", VIN, withdrawn, key="taken", at="2026-03-01T00:00:00Z"))

        told = sorted(item["sk"]["S"].split("#")[2] for item in stack.items("ConsentsTable", "person#"))

    assert set(told) == {"maintenance", "share:insurer"}
