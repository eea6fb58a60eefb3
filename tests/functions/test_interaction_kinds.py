"""process_interactions on the stack: every kind becomes a fact in the table and a row that the lake takes."""

import json

from ownerloop.adapters.history import unpack_rows
from ownerloop.adapters.lake import table_of
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interaction_kinds import EFFECTS, Effect
from tests.functions.stack import Stack, function, sqs_event
from tests.functions.test_enrol_owners import VIN
from tests.functions.test_process_interactions import AT, enrolled
from tests.interaction_builders import a_message

COMMANDS = {FactKind.POINTS_REDEEMED, FactKind.REDEMPTION_RETURNED}  # decided by what the account holds
KINDS = sorted(kind for kind, of in EFFECTS.items() if of in {Effect.NONE, Effect.TIER} and kind not in COMMANDS)


def a_told(kind: FactKind) -> dict[str, object]:
    car = {"vin": VIN} if "vin" in a_message(kind)["data"] else {}
    return {**a_message(kind, **car), "id": f"i-{kind}", "subject": "wang", "time": AT, "receivedat": AT}


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
