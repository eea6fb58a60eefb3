"""The settlement, started by its schedule, on the tables of the template."""

import json
import logging
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.tasks import DynamoWecomTasks
from ownerloop.domain.errors import MissingSettingError
from ownerloop.domain.wecom import WECOM_POLICY
from ownerloop.domain.wecom_task import TaskState
from tests.adapters.scripted_wecom import scripted
from tests.builders import START
from tests.functions.stack import Stack, function
from tests.functions.test_send_wecom import BEGAN_WITH, fill, start, the_contact

SAMPLE = Path(__file__).parents[2] / "events" / "settle_wecom.schedule.json"
MADE = {"errcode": 0, "fail_list": [], "msgid": "msg1"}
SENT = {"errcode": 0, "task_list": [{"userid": "staff-1", "status": 2}]}
DELIVERED = {"errcode": 0, "send_list": [{"external_userid": "wm_1", "userid": "staff-1", "status": 1}]}


class MovedClock:
    at = START

    def now(self) -> datetime:
        return self.at


@pytest.fixture(autouse=True)
def moved_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MovedClock, "at", START)
    monkeypatch.setattr("ownerloop.adapters.clock.SystemClock", MovedClock)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "OwnerLoop")


def settle(module: Any, base_url: str) -> dict[str, int]:
    os.environ["WECOM_BASE_URL"] = base_url
    answer: dict[str, int] = module.handler(json.loads(SAMPLE.read_text(encoding="utf-8")), None)
    return answer


def test_the_schedule_takes_in_what_staff_sent(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = {"add_msg_template": [MADE], "get_groupmsg_task": [SENT], "get_groupmsg_send_result": [DELIVERED]}
    with scripted(**answers) as script:
        with function(stack, "send_wecom") as sender:
            fill(stack)
            start(sender, script)
        monkeypatch.setattr(MovedClock, "at", START + timedelta(minutes=20))
        with function(stack, "settle_wecom") as module, caplog.at_level(logging.INFO):
            first, second = settle(module, script.base_url), settle(module, script.base_url)

    contact = DynamoContacts(stack.names["ContactsTable"]).load([the_contact().contact_id])[the_contact().contact_id]
    task = DynamoWecomTasks(stack.names["ContactsTable"]).load(str(contact.task_id))
    assert (first, second) == (
        {"settled": 1, "unanswered": 0, "left": 0},
        {"settled": 0, "unanswered": 0, "left": 0},
    )
    (line,) = [record for record in caplog.records if record.message == "contacts settled"]
    assert contact.state == "accepted"
    assert line.correlation_ids == [BEGAN_WITH]  # type: ignore[attr-defined]  # a field of the structured line
    assert task is not None
    assert task.state is TaskState.SETTLED


def test_with_nothing_due_the_provider_is_not_asked(stack: Stack) -> None:
    with scripted() as script, function(stack, "settle_wecom") as module:
        assert settle(module, script.base_url) == {"settled": 0, "unanswered": 0, "left": 0}
        assert script.asked == []


def test_a_stopped_task_leads_quiet_hours_by_a_quarter_of_an_hour_at_the_schedules_pace(stack: Stack) -> None:
    events = stack.template["Resources"]["SettleWecom"]["Properties"]["Events"]
    (rate,) = [event["Properties"]["Schedule"] for event in events.values()]

    assert rate == "rate(10 minutes)"
    assert WECOM_POLICY.cancel_lead - timedelta(minutes=10) >= timedelta(minutes=15)


def test_a_missing_value_of_the_environment_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with function(stack, "settle_wecom") as module:
        monkeypatch.delenv("CONTACTS_TABLE")

        with pytest.raises(MissingSettingError, match="CONTACTS_TABLE"):
            module.wiring()
