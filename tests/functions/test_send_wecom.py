"""The sender, started asynchronously with a contact id, on the tables of the template."""

import json
import logging
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ownerloop.adapters.clock import the_surrogates
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.domain.contact import Contact
from ownerloop.domain.errors import MissingSettingError
from ownerloop.domain.gate import Entry, Gate
from ownerloop.domain.wecom import WECOM_POLICY
from ownerloop.ports import EnrolmentChange, Marker
from tests.adapters.scripted_wecom import Script, scripted
from tests.builders import START, a_consent, a_forecast, a_vehicle, an_owner
from tests.functions.new_container import first_answer
from tests.functions.stack import Stack, function
from tests.usecases.wecom_world import a_reserved_contact

SAMPLE = Path(__file__).parents[2] / "events" / "send_wecom.async.json"
MADE = {"errcode": 0, "fail_list": [], "msgid": "msg1"}
BEGAN_WITH = "0123456789abcdef" * 2


class StoppedClock:
    def now(self) -> datetime:
        return START


def the_contact() -> Contact:
    contact_id = json.loads(SAMPLE.read_text(encoding="utf-8"))["contact_id"]
    return replace(a_reserved_contact(contact_id=contact_id), correlation_id=BEGAN_WITH)


def stored(stack: Stack) -> Contact:
    contacts = DynamoContacts(stack.names["ContactsTable"])
    return contacts.load([the_contact().contact_id])[the_contact().contact_id]


def fill(stack: Stack) -> None:
    """Put an owner with a car, an address and one reserved contact into the tables."""
    contact = the_contact()
    contacts, gates = DynamoContacts(stack.names["ContactsTable"]), DynamoGates(stack.names["ContactsTable"])
    contacts.request([replace(contact, version=1)])
    contacts.save(contact)
    taken = Entry(START.date(), contact.contact_id, START, contact.contact_class, "wecom")
    gates.save(Gate("p_1", version=1, entries=(taken,)))
    car = a_vehicle(consent=a_consent(), forecast=a_forecast())
    change = EnrolmentChange(markers=(Marker("e1", "h", START),), owners=(an_owner(),), vehicles=(car,))
    DynamoEnrolments(
        owners_table=stack.names["OwnersTable"],
        consents_table=stack.names["ConsentsTable"],
        vehicles_table=stack.names["VehiclesTable"],
        cases_table=stack.names["CasesTable"],
    ).apply(change)
    vault = DynamoVault(stack.names["VaultTable"], stack.names["VaultSecret"], the_surrogates())
    vault.remember_address("p_1", channel="wecom", address="wm_1", told_at=START)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock", StoppedClock)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "OwnerLoop")


def start(module: Any, script: Script) -> None:
    os.environ["WECOM_BASE_URL"] = script.base_url
    module.handler(json.loads(SAMPLE.read_text(encoding="utf-8")), None)


def test_the_sample_start_becomes_a_task_at_the_provider(stack: Stack) -> None:
    with scripted(add_msg_template=[MADE]) as script, function(stack, "send_wecom") as module:
        fill(stack)

        start(module, script)

        ((_, order),) = script.calls("add_msg_template")
        assert order["external_userid"] == ["wm_1"]
        assert order["attachments"][0]["link"]["url"].startswith("https://example.com/r?t=t_")
        assert stored(stack).state == "task_created"
        assert stored(stack).provider_message_id == "msg1"


def test_an_ordinary_first_start_of_a_new_container_loads_nothing_of_botocores(stack: Stack) -> None:
    fill(stack)

    with scripted(add_msg_template=[MADE]) as script:
        event = json.loads(SAMPLE.read_text(encoding="utf-8"))
        answer = first_answer(stack, "send_wecom", event, now=START, WECOM_BASE_URL=script.base_url)

    assert answer == (None, [])
    assert stored(stack).state == "task_created"


def test_a_start_that_is_delivered_twice_sends_once(stack: Stack) -> None:
    with scripted(add_msg_template=[MADE]) as script, function(stack, "send_wecom") as module:
        fill(stack)

        start(module, script)
        start(module, script)

        assert len(script.calls("add_msg_template")) == 1


def test_the_next_container_uses_the_token_of_the_first(stack: Stack) -> None:
    with scripted(add_msg_template=[MADE]) as script, function(stack, "send_wecom") as module:
        fill(stack)
        start(module, script)
        module.wiring.cache_clear()
        os.environ["WECOM_BASE_URL"] = script.base_url

        module.wiring().ports.wecom.cancel("msg1", now=START)

        assert len(script.calls("gettoken")) == 1


def test_a_start_for_a_contact_that_does_not_exist_does_nothing(stack: Stack) -> None:
    with scripted() as script, function(stack, "send_wecom") as module:
        start(module, script)

        assert script.asked == []


def test_what_is_sent_is_followed_from_what_it_began_with(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    with scripted(add_msg_template=[MADE]) as script, function(stack, "send_wecom") as module:
        fill(stack)
        with caplog.at_level(logging.INFO):
            start(module, script)

    (line,) = [record for record in caplog.records if record.message == "contacts sent"]
    assert line.correlation_ids == [BEGAN_WITH]  # type: ignore[attr-defined]  # a field of the structured line
    assert stored(stack).correlation_id == BEGAN_WITH


def test_no_log_line_names_the_owners_address(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    refused = {"errcode": 40096, "fail_list": ["wm_1"]}
    with scripted(add_msg_template=[refused]) as script, function(stack, "send_wecom") as module:
        fill(stack)
        start(module, script)

    logged = str([vars(record) for record in caplog.records])
    assert "'trigger': 'async'" in logged
    assert "wm_1" not in logged


def test_the_function_is_ended_before_the_span_that_a_message_may_take_is_over(stack: Stack) -> None:
    timings = stack.template["Mappings"]["Timings"]

    assert all(profile["SendTimeout"] <= WECOM_POLICY.sending_span.total_seconds() for profile in timings.values())


def test_a_missing_value_of_the_environment_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with function(stack, "send_wecom") as module:
        monkeypatch.delenv("WECOM_SECRET_ID")

        with pytest.raises(MissingSettingError, match="WECOM_SECRET_ID"):
            module.wiring()
