"""The dispatcher on the tables of the template: a batch off the stream, and the minute's sweep."""

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.lead_evidence import DynamoLeadEvidence
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.contact import Contact, ContactState, LeadChoice
from ownerloop.domain.errors import MissingSettingError
from ownerloop.domain.lead_evidence import Sending
from tests.contact_builders import ANN, DAY, NOW, SHANGHAI, a_car, a_contact, an_owner
from tests.filling import fill_tables
from tests.functions.new_container import first_answer
from tests.functions.stack import Stack, function

EVENTS = Path(__file__).parents[2] / "events"


def sample(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


class MovedClock:
    at = NOW

    def now(self) -> datetime:
        return self.at


class Cloud:
    """Stands for Lambda's and the bus's clients and keeps what they are asked."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, Any]] = []
        self.published: list[Any] = []

    def start(self, function: str, payload: bytes) -> None:
        self.invoked.append((function, json.loads(payload)))

    def ask(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        assert (service, operation) == ("events", "PutEvents")
        self.published += [json.loads(entry["Detail"]) for entry in request["Entries"]]
        return {"Entries": [{"EventId": "1"} for _ in request["Entries"]]}


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    held = Cloud()
    monkeypatch.setattr(MovedClock, "at", NOW)
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock", MovedClock)
    monkeypatch.setattr("ownerloop.adapters.senders.start", held.start)
    monkeypatch.setattr("ownerloop.adapters.bus.ask", held.ask)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "OwnerLoop")
    return held


def fill(stack: Stack, *contacts: Contact) -> None:
    """Put Ann with her cars and contacts into the tables."""
    fill_tables(
        owners_table=stack.names["OwnersTable"],
        vehicles_table=stack.names["VehiclesTable"],
        owners=[an_owner()],
        cars=[a_car(number) for number in (1, 2)],
    )
    DynamoContacts(stack.names["ContactsTable"]).request(contacts)


def state_of(stack: Stack, contact: Contact) -> ContactState:
    return DynamoContacts(stack.names["ContactsTable"]).load([contact.contact_id])[contact.contact_id].state


def test_the_sample_batch_reserves_the_request_and_publishes_the_end(stack: Stack, cloud: Cloud) -> None:
    with function(stack, "dispatch_contacts") as module:
        fill(stack, a_contact(1))
        answer = module.handler(sample("dispatch_contacts.stream.json"), None)

    assert answer == {"batchItemFailures": []}
    assert state_of(stack, a_contact(1)) is ContactState.RESERVED
    assert [entry.contact_id for entry in DynamoGates(stack.names["ContactsTable"]).load(ANN).entries] == [
        a_contact(1).contact_id
    ]
    assert cloud.invoked == [("SendWecom", {"contact_id": a_contact(1).contact_id})]
    (ended,) = cloud.published
    assert (ended["type"], ended["data"]["state"]) == ("ownerloop.contact.ended.v1", "accepted")


def test_an_ordinary_first_batch_of_a_new_container_loads_nothing_of_botocores(stack: Stack) -> None:
    fill(stack, a_contact(1))

    answer = first_answer(stack, "dispatch_contacts", sample("dispatch_contacts.stream.json"), now=NOW)

    assert answer == ({"batchItemFailures": []}, [])
    assert state_of(stack, a_contact(1)) is ContactState.RESERVED


def test_what_is_dispatched_is_followed_from_what_it_began_with(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    began_with = "0123456789abcdef" * 2
    with function(stack, "dispatch_contacts") as module, caplog.at_level(logging.INFO):
        fill(stack, a_contact(1, correlation_id=began_with))
        module.handler(sample("dispatch_contacts.stream.json"), None)

    (line,) = [record for record in caplog.records if record.message == "contacts dispatched"]
    assert line.correlation_ids == [began_with]  # type: ignore[attr-defined]  # a field of the structured line
    assert state_of(stack, a_contact(1)) is ContactState.RESERVED


def test_a_batch_delivered_again_publishes_the_same_event_and_starts_nobody(stack: Stack, cloud: Cloud) -> None:
    with function(stack, "dispatch_contacts") as module:
        fill(stack, a_contact(1))
        for _ in range(2):
            module.handler(sample("dispatch_contacts.stream.json"), None)

    assert len(cloud.invoked) == 1
    assert cloud.published[0] == cloud.published[1]


def test_the_sample_sweep_takes_up_what_the_stream_lost(
    stack: Stack, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    with function(stack, "dispatch_contacts") as module:
        fill(stack, a_contact(1), a_contact(2, text="another"))
        module.handler(sample("dispatch_contacts.sweep.json"), None)
        assert cloud.invoked == []
        monkeypatch.setattr(MovedClock, "at", NOW + timedelta(minutes=5))
        module.handler(sample("dispatch_contacts.sweep.json"), None)

    assert [payload["contact_id"] for _, payload in cloud.invoked] == [
        a_contact(1).contact_id,
        a_contact(2).contact_id,
    ]


def test_a_first_message_that_a_provider_took_leaves_evidence_once(stack: Stack) -> None:
    day = civil_day(NOW, SHANGHAI)
    why = LeadChoice(lead_days=21, due_p10=day, due_p50=day + 21 * DAY, due_p90=day + 30 * DAY)
    first = a_contact(1, experiment_arm="priced", lead=why, state=ContactState.SENDING)
    later = a_contact(2, state=ContactState.SENDING)
    changes = [(one, one.moved(ContactState.ACCEPTED, reason="sent", at=NOW)) for one in (first, later)]
    images = [{"OldImage": written(contact_values(a)), "NewImage": written(contact_values(b))} for a, b in changes]

    with function(stack, "dispatch_contacts") as module:
        fill(stack)
        for _ in range(2):
            module.handler({"Records": [{"eventName": "MODIFY", "dynamodb": image} for image in images]}, None)

    evidence = DynamoLeadEvidence(stack.names["WorkshopTable"])
    sending = Sending(first.contact_id, "sh-pudong", day, why.due_p10, why.due_p50, why.due_p90, arm="priced")
    assert evidence.of_store("sh-pudong", since=day, through=day) == ([sending], [])
    assert [item["sk"]["S"] for item in stack.items("WorkshopTable")] == [f"{first.contact_id}#sent"]


def test_an_empty_batch_is_handled(stack: Stack, cloud: Cloud) -> None:
    with function(stack, "dispatch_contacts") as module:
        assert module.handler({"Records": []}, None) == {"batchItemFailures": []}

    assert cloud.published == []


def test_a_change_that_moves_no_state_publishes_and_decides_nothing(stack: Stack, cloud: Cloud) -> None:
    batch = sample("dispatch_contacts.stream.json")
    for record in batch["Records"]:
        record["dynamodb"]["OldImage"] = record["dynamodb"]["NewImage"]

    with function(stack, "dispatch_contacts") as module:
        fill(stack, a_contact(1))
        module.handler(batch, None)

    assert state_of(stack, a_contact(1)) is ContactState.REQUESTED
    assert (cloud.invoked, cloud.published) == ([], [])


def test_no_log_line_names_more_than_surrogates(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    with function(stack, "dispatch_contacts") as module:
        fill(stack, a_contact(1))
        module.handler(sample("dispatch_contacts.stream.json"), None)

    said = capsys.readouterr().out
    assert "zhang" not in said
    assert a_contact(1).text not in said


def test_a_missing_value_of_the_environment_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with function(stack, "dispatch_contacts") as module:
        monkeypatch.delenv("SEND_WECOM_FUNCTION")
        with pytest.raises(MissingSettingError, match="SEND_WECOM_FUNCTION"):
            module.handler(sample("dispatch_contacts.sweep.json"), None)
