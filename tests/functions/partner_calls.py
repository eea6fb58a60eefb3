"""Calls of the partner API on the stack, and their answers."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.partners import DynamoPartners
from ownerloop.contracts.problems import TYPE
from ownerloop.domain.partner import Partner
from ownerloop.ports import EnrolmentChange, Marker
from tests.builders import START, an_owner
from tests.functions.stack import Stack, function
from tests.partners.builders import CONTEXT, PERSON_ID, VEHICLE_ID, a_partner, a_request
from tests.usecases.test_partner_reads import a_shared_car

ARN = "arn:aws:sts::000000000000:assumed-role/Insurer"
MAINTENANCE, OWNER = f"/v1/vehicles/{VEHICLE_ID}/maintenance", f"/v1/owners/{PERSON_ID}"


class StoppedClock:
    def now(self) -> datetime:
        return START


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
