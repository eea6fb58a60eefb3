"""process_interactions on the stack: what a message leaves in tables, queues and on no log."""

import json
import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ownerloop.adapters import feed, requeue
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.envelope import pack, unpack
from ownerloop.adapters.history import unpack_rows
from ownerloop.adapters.lake import table_of
from ownerloop.adapters.queues import send_all
from ownerloop.adapters.workshop_rules import opening_on
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interaction_kinds import EFFECTS, Effect
from ownerloop.domain.vehicle import Vehicle
from tests.functions.stack import Stack, function, sqs_event
from tests.functions.test_enrol_owners import OWNER_KEY, VIN, an_enrolment, an_event
from tests.interaction_builders import a_message

AT = "2026-02-20T03:00:00Z"
COMMANDS = {FactKind.POINTS_REDEEMED, FactKind.REDEMPTION_RETURNED}  # decided by what the account holds
KINDS = sorted(kind for kind, of in EFFECTS.items() if of in {Effect.NONE, Effect.TIER} and kind not in COMMANDS)


def an_interaction(kind: str, *, key: str, subject: str = OWNER_KEY, at: str = AT, **data: Any) -> dict[str, Any]:
    return an_event(f"interaction.{kind}", subject, data, key=f"i-{key}", at=at)


def a_purchase(key: str = "1", **changes: Any) -> dict[str, Any]:
    said = {"order_id": f"o-{key}", "amount_fen": 128_000, "currency": "CNY", "category": "parts", **changes}
    return an_interaction("purchase", key=key, **said)


def a_service(key: str = "2") -> dict[str, Any]:
    return an_interaction(
        "service_order_completed",
        key=key,
        order_id="s-1",
        vin=VIN,
        on="2026-02-20",
        odometer_m=30_000_000,
        items=["oil"],
        amount_fen=60_000,
        currency="CNY",
    )


def a_told(kind: FactKind) -> dict[str, object]:
    """Return the sample of the kind, told by an owner of the stack of the owner's own car."""
    own = {"vin": VIN} if "vin" in a_message(kind)["data"] else {}
    return {**a_message(kind, **own), "id": f"i-{kind}", "subject": OWNER_KEY, "time": AT, "receivedat": AT}


def an_open_day() -> date:
    """Return a day ahead of the function's clock on which the workshop is open."""
    days = (datetime.now(UTC).date() + timedelta(days=ahead) for ahead in range(7, 40))
    return next(day for day in days if opening_on("sh-pudong", day))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what goes back to the queue be there without its delay."""
    monkeypatch.setattr(requeue, "send_all", lambda url, bodies, **_: send_all(url, bodies))


def enrolled(stack: Stack) -> None:
    with function(stack, "enrol_owners") as app:
        app.handler(sqs_event(json.dumps(an_enrolment())), None)
    stack.queue("HistoryQueue")


def sent(stack: Stack, *bodies: str) -> Any:
    with function(stack, "process_interactions") as app:
        return app.handler(sqs_event(*bodies), None)


def item(stack: Stack, sort_key: str) -> dict[str, Any]:
    (found,) = [held for held in stack.items("OwnersTable", "person#") if held["sk"]["S"] == sort_key]
    return found


def test_a_packed_message_leaves_facts_a_tier_a_case_and_a_plan(stack: Stack) -> None:
    enrolled(stack)
    complaint = an_interaction("complaint_opened", key="3", case_id="c-1", topic="noise")
    chat = an_interaction("wecom_chat", key="4", subject="wecom:wm_1", direction="in", message_id="m-1")
    events = [json.dumps(event).encode() for event in (a_purchase(), a_service(), complaint, chat)]

    answer = sent(stack, *pack(events))

    facts = [held for held in stack.items("OwnersTable", "person#") if held["sk"]["S"].startswith("fact#")]
    assert answer == {"batchItemFailures": []}
    assert sorted(fact["kind"]["S"] for fact in facts) == [
        "complaint_opened",
        "purchase",
        "service_order_completed",
        "wecom_chat",
    ]
    assert len(item(stack, "tier")["occasions"]["B"]) == 2 * 19
    assert [part["S"] for part in item(stack, "profile")["open_cases"]["L"]] == [
        case["pk"]["S"].removeprefix("case#") for case in stack.items("CasesTable")
    ]
    assert [done.item for done in car(stack).services] == ["oil"]
    datasets = dict(unpack_rows(body) for body in stack.queue("HistoryQueue"))
    assert {name: len(rows) for name, rows in datasets.items()} == {"interactions": 4, "tier_changes": 1}


def test_a_booking_takes_its_hour_and_its_cancellation_gives_it_back(stack: Stack) -> None:
    enrolled(stack)
    hour: dict[str, Any] = {
        "vin": VIN,
        "for_at": f"{an_open_day()}T14:00:00+08:00",
        "flexible": True,
        "contact_id": "c_" + "0" * 24,
    }

    answer = sent(stack, json.dumps(an_interaction("booking_made", key="1", booking_id="b-1", **hour)))
    booked = {held["sk"]["S"]: held for held in stack.items("WorkshopTable")}
    sent(stack, json.dumps(an_interaction("booking_cancelled", key="2", at="2026-02-21T03:00:00Z", booking_id="b-1")))

    states = [held["state"]["S"] for held in stack.items("WorkshopTable", "booking#")]
    facts = [held for held in stack.items("OwnersTable", "person#") if held["sk"]["S"].startswith("fact#")]
    assert answer == {"batchItemFailures": []}
    assert booked["booking"]["state"]["S"] == "booked"
    assert {"day", "booking"} < set(booked)
    assert states == ["cancelled"]
    assert sorted(fact["kind"]["S"] for fact in facts) == ["booking_cancelled", "booking_made"]
    assert car(stack).booked == ()


def test_a_message_delivered_twice_leaves_the_same_items(stack: Stack) -> None:
    enrolled(stack)
    body = json.dumps([a_purchase(), a_service()])
    sent(stack, body)
    before = snapshot(stack)

    sent(stack, body)

    assert snapshot(stack) == before


def test_what_is_applied_long_after_it_was_received_is_still_known_for_a_month(stack: Stack) -> None:
    enrolled(stack)  # months ago, by what the messages say of their arrival
    sent(stack, json.dumps(a_purchase()))

    markers = stack.items("OwnersTable", "inbox#")

    month = (datetime.now(UTC) + timedelta(days=30)).timestamp()
    assert len(markers) == 4
    assert all(int(marker["expires_at"]["N"]) > month for marker in markers)


def test_a_batch_of_which_half_is_wrong_keeps_the_other_half(stack: Stack) -> None:
    enrolled(stack)
    wrong = [
        a_purchase("5", amount_fen=-1),
        a_purchase("6", currency="USD"),
        {**a_purchase("7"), "type": "ownerloop.interaction.teleported.v1"},
        {**a_purchase("8"), "subject": "nobody"},
        an_interaction("booking_made", key="9", booking_id="b", vin="LVSHFFAL5FF000009", for_at=AT),
        an_interaction("wecom_chat", key="10", at="2026-03-02T00:00:00Z", direction="in", message_id="m"),
        an_interaction("wecom_chat", key="11", at="2020-01-01T00:00:00Z", direction="in", message_id="m"),
    ]

    answer = sent(stack, json.dumps([*wrong, a_purchase()]), "not json")

    refused = {(held["field"]["S"], held["reason"]["S"]) for held in stack.items("QuarantineTable")}
    assert answer == {"batchItemFailures": []}
    assert refused == {
        ("data.amount_fen", "bad_amount"),
        ("data.currency", "foreign_currency"),
        ("type", "unknown_type"),
        ("subject", "unknown_owner"),
        ("data.vin", "unknown_vehicle"),
        ("time", "future_time"),
        ("time", "before_owner"),
        ("body", "not_json"),
    }
    assert len([held for held in stack.items("OwnersTable", "person#") if held["sk"]["S"].startswith("fact#")]) == 1


def test_only_the_events_that_lost_every_time_go_back_to_the_queue(
    stack: Stack, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(stack)
    with function(stack, "process_interactions") as app:
        apply = app.wiring().world.interactions.apply

        def contended(change: Any) -> bool:
            if change.tier:
                raise VersionConflictError(item="tier")
            return bool(apply(change))

        monkeypatch.setattr(DynamoInteractions, "apply", lambda _, change: contended(change))
        chat = an_interaction("wecom_chat", key="4", direction="in", message_id="m-1")
        answer = app.handler(sqs_event(json.dumps([a_purchase(), chat])), None)
        alone = app.handler(sqs_event(json.dumps(a_purchase())), None)

    assert answer == {"batchItemFailures": []}
    assert alone == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    (again,) = stack.queue("InteractionQueue")
    assert [json.loads(event)["id"] for event in unpack(again).events] == ["i-1"]


def test_identifiers_stay_in_the_vault_and_out_of_the_log(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    enrolled(stack)
    caplog.set_level(logging.DEBUG)

    sent(
        stack,
        json.dumps([a_purchase(vin=VIN), {**a_purchase("8"), "subject": "secret-person"}]),
        f"not json {OWNER_KEY}",
    )

    outside = json.dumps([stack.items(name) for name in ("OwnersTable", "VehiclesTable", "CasesTable")], default=str)
    outside += "".join(map(json.dumps, (unpack_rows(body)[1] for body in stack.queue("HistoryQueue")))) + caplog.text
    outside += json.dumps(stack.items("QuarantineTable"), default=str)
    assert not [plain for plain in (VIN, OWNER_KEY, "wm_1", "secret-person") if plain in outside]


def test_what_is_too_much_for_one_invocation_goes_back_to_the_queue(
    stack: Stack, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(stack)
    monkeypatch.setattr(feed, "BATCH_EVENTS_MAX", 2)

    sent(stack, json.dumps([a_purchase(str(number)) for number in range(5)]), json.dumps(a_purchase("9")))

    waiting = [len(unpack(body).events) for body in stack.queue("InteractionQueue")]
    assert sorted(waiting) == [1, 1, 2]
    assert len([held for held in stack.items("OwnersTable", "person#") if held["sk"]["S"].startswith("fact#")]) == 2


def test_an_empty_batch_is_fine(stack: Stack) -> None:
    assert sent(stack) == {"batchItemFailures": []}


def car(stack: Stack) -> Vehicle:
    (held,) = stack.items("VehiclesTable", "vehicle#")
    vehicle_id = held["pk"]["S"].removeprefix("vehicle#")
    return DynamoVehicles(stack.names["VehiclesTable"]).load([vehicle_id])[vehicle_id]


def snapshot(stack: Stack) -> list[str]:
    items = [held for name in ("OwnersTable", "VehiclesTable", "CasesTable") for held in stack.items(name)]
    return sorted(json.dumps(held, sort_keys=True, default=str) for held in items)


def test_every_kind_becomes_a_fact_and_a_row_of_the_lake(stack: Stack) -> None:
    enrolled(stack)

    with function(stack, "process_interactions") as app:
        answer = app.handler(sqs_event(json.dumps([a_told(kind) for kind in KINDS])), None)

    facts = [held for held in stack.items("OwnersTable", "person#") if held["sk"]["S"].startswith("fact#")]
    told = dict(unpack_rows(body) for body in stack.queue("HistoryQueue"))
    assert answer == {"batchItemFailures": []}
    assert sorted(fact["kind"]["S"] for fact in facts) == KINDS
    assert "refusals" not in told
    rows = {row["kind"]: row for row in table_of("interactions", told["interactions"]).to_pylist()}
    assert sorted(rows) == KINDS
    assert (rows["nps_answered"]["score"], rows["content_view"]["duration_s"]) == (9, 42)
    assert (rows["purchase"]["cost_fen"], rows["refund"]["amount_fen"]) == (73_000, 28_000)
    assert rows["refund"]["reference"] == rows["purchase"]["reference"] != ""
    assert rows["store_scan"]["reference"] == rows["registration"]["reference"] != ""


def test_numbers_of_sources_stand_in_no_table_as_they_were_told(stack: Stack) -> None:
    enrolled(stack)
    numbers = {value for kind in KINDS for name, value in a_message(kind)["data"].items() if name.endswith("_id")}
    ours = {"sh-pudong", "spring-member-day", "bring-a-friend", "after-service", "nps-2026-q1"}
    contacts = {value for value in numbers if str(value).startswith("c_")}

    with function(stack, "process_interactions") as app:
        app.handler(sqs_event(json.dumps([a_told(kind) for kind in KINDS])), None)

    written = json.dumps(stack.items("OwnersTable", "person#"), default=str)
    assert [number for number in sorted(numbers - ours - contacts) if str(number) in written] == []
