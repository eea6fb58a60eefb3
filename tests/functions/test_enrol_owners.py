"""enrol_owners on the stack: what a message leaves in tables and queues."""

import json
from typing import Any

import pytest

from ownerloop.adapters import feed
from ownerloop.adapters.history import unpack_rows
from tests.functions.stack import Stack, function, sqs_event

VIN = "LVSHFFAL5FF000001"
OWNER_KEY = "wang-of-pudong"  # has dashes: base64 of anything else never spells it by chance


def an_event(
    kind: str, subject: str, data: dict[str, Any], *, key: str, at: str = "2026-02-01T00:00:00Z"
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": key,
        "source": "/dms/test",
        "type": f"ownerloop.{kind}.v1",
        "subject": subject,
        "time": at,
        "receivedat": "2026-03-01T00:00:00Z",
        "data": data,
    }


def an_enrolment() -> list[dict[str, Any]]:
    registered = {"store_id": "sh-pudong", "wecom_external_userid": "wm_1", "staff_userid": "zhang", "daily_max": 2}
    linked = {"owner_key": OWNER_KEY, "model": "petrol", "store_id": "sh-pudong", "since": "2025-01-01T00:00:00Z"}
    granted = {
        "owner_key": OWNER_KEY,
        "purpose": "maintenance",
        "data_classes": ["odometer"],
        "valid_from": "2025-01-01T00:00:00Z",
        "valid_until": "2027-01-01T00:00:00Z",
        "evidence": "e-1",
        "text_version": "1",
    }
    return [
        an_event("owner.registered", OWNER_KEY, registered, key="1"),
        an_event("vehicle.linked", VIN, linked, key="2"),
        an_event("consent.granted", VIN, granted, key="3"),
    ]


def test_an_array_of_events_enrols_owner_car_and_consent(stack: Stack) -> None:
    with function(stack, "enrol_owners") as app:
        answer = app.handler(sqs_event(json.dumps(an_enrolment())), None)

    assert answer == {"batchItemFailures": []}
    assert len(stack.items("OwnersTable", "person#")) == 1
    assert len(stack.items("OwnersTable", "inbox#")) == 3
    assert len(stack.items("VehiclesTable", "vehicle#")) == 1
    assert len(stack.items("ConsentsTable", "person#")) == 1
    datasets = [unpack_rows(body) for body in stack.queue("HistoryQueue")]
    assert [(name, len(rows)) for name, rows in datasets] == [("enrolments", 3)]


def test_identifiers_stay_in_the_vault(stack: Stack) -> None:
    with function(stack, "enrol_owners") as app:
        app.handler(sqs_event(json.dumps(an_enrolment())), None)

    outside = json.dumps([stack.items(name) for name in ("OwnersTable", "VehiclesTable", "ConsentsTable")], default=str)
    outside += "".join(json.dumps(unpack_rows(body)[1]) for body in stack.queue("HistoryQueue"))
    assert VIN in json.dumps(stack.items("VaultTable"), default=str)
    assert not [plain for plain in (VIN, OWNER_KEY, "wm_1") if plain in outside]


def test_a_broken_message_is_quarantined_and_its_neighbours_land(stack: Stack) -> None:
    registered, linked, _ = an_enrolment()
    del linked["data"]["model"]

    with function(stack, "enrol_owners") as app:
        answer = app.handler(sqs_event("not json", json.dumps(linked), json.dumps(registered)), None)

    assert answer == {"batchItemFailures": []}
    refused = {(item["field"]["S"], item["reason"]["S"]) for item in stack.items("QuarantineTable")}
    assert ("data.model", "missing_field") in refused
    assert len(refused) == 2
    assert len(stack.items("OwnersTable", "inbox#")) == 1


def test_two_keys_of_one_proved_phone_become_one_person_and_an_operator_parts_them(stack: Stack) -> None:
    known = {"store_id": "sh-pudong"}
    proved = {"identifiers": [{"kind": "phone", "value": "138 0013 8000", "verified": True}]}
    told = [an_event("owner.registered", key, known, key=f"r {key}") for key in (OWNER_KEY, "wang-2")]
    told += [an_event("identity.linked", key, proved, key=f"l {key}") for key in (OWNER_KEY, "wang-2")]

    with function(stack, "enrol_owners") as app:
        for _ in range(2):
            assert app.handler(sqs_event(json.dumps(told)), None) == {"batchItemFailures": []}
        joined = [item for item in stack.items("OwnersTable", "person#") if "merged_into" in item]
        (member,) = (item["person_id"]["S"] for item in joined)
        asked = {"member": member, "because": "two brothers"}
        head = joined[0]["merged_into"]["S"]
        app.handler(sqs_event(json.dumps([an_event("identity.split_asked", head, asked, key="s")])), None)
        app.handler(sqs_event(json.dumps([an_event("identity.split_asked", head, asked, key="s2")])), None)

    assert not [item for item in stack.items("OwnersTable", "person#") if "merged_into" in item]
    assert [item["reason"]["S"] for item in stack.items("QuarantineTable")] == ["not_a_member"]
    assert {item["pk"]["S"] for item in stack.items("ContactsTable", "gate#")} == {f"gate#{head}", f"gate#{member}"}
    outside = json.dumps(
        [stack.items(name) for name in ("OwnersTable", "ContactsTable", "QuarantineTable")], default=str
    )
    assert "13800138000" not in outside.replace(" ", "")


def test_an_empty_batch_is_fine(stack: Stack) -> None:
    with function(stack, "enrol_owners") as app:
        assert app.handler({"Records": []}, None) == {"batchItemFailures": []}


def test_a_batch_delivered_twice_leaves_the_same_items(stack: Stack) -> None:
    body = json.dumps(an_enrolment())

    with function(stack, "enrol_owners") as app:
        app.handler(sqs_event(body), None)
        before = sorted(json.dumps(item, sort_keys=True, default=str) for item in stack.items("VehiclesTable"))
        app.handler(sqs_event(body), None)

    after = sorted(json.dumps(item, sort_keys=True, default=str) for item in stack.items("VehiclesTable"))
    assert after == before


def test_a_message_too_large_for_one_invocation_is_split_and_nothing_is_lost(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BATCH_EVENTS_MAX", 20)
    registered = an_enrolment()[0]
    events = [
        {**registered, "id": f"r{n}", "subject": f"owner {n % 10}", "data": {"store_id": "sh-pudong"}}
        for n in range(30)
    ]

    with function(stack, "enrol_owners") as app:
        first = app.handler(sqs_event(json.dumps(events)), None)
        applied = len(stack.items("OwnersTable", "inbox#"))
        (rest,) = stack.queue("EnrolmentQueue")
        app.handler(sqs_event(rest), None)

    assert first == {"batchItemFailures": []}
    assert applied == 20
    assert len(stack.items("OwnersTable", "inbox#")) == 30
    assert len(stack.items("OwnersTable", "person#")) == 10
