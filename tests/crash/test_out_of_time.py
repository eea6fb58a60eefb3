"""An invocation that would run out of time puts back what it did not begin, so that nothing healthy is given up."""

import json

import pytest

from ownerloop.adapters import requeue
from ownerloop.adapters.envelope import unpack
from ownerloop.adapters.queues import send_all
from ownerloop.usecases.enrolment_rounds import ROUND_EVENTS
from tests.functions.stack import Stack, function, moto_stack, sqs_event
from tests.functions.test_enrol_owners import an_event
from tests.functions.test_process_interactions import a_purchase, enrolled

DONE: dict[str, list[str]] = {"batchItemFailures": []}


class Hurried:
    """An invocation of six seconds, of which every look at the clock takes one and a half."""

    function_name = "of a queue"

    def __init__(self) -> None:
        self._left_ms = 7_500

    def get_remaining_time_in_millis(self) -> int:
        self._left_ms -= 1_500
        return self._left_ms


def facts(stack: Stack) -> int:
    return sum(held["sk"]["S"].startswith("fact#") for held in stack.items("OwnersTable", "person#"))


def test_what_an_invocation_has_no_time_for_goes_back_and_is_not_delivered_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requeue, "send_all", lambda url, bodies, **_: send_all(url, bodies))
    bodies = [json.dumps([a_purchase("1"), a_purchase("2")]), *(json.dumps(a_purchase(key)) for key in "345")]

    with moto_stack() as stack:
        enrolled(stack)
        with function(stack, "process_interactions") as app:
            answer = app.handler(sqs_event(*bodies), Hurried())
            begun, waiting = facts(stack), stack.queue("InteractionQueue")
            rest = [app.handler(sqs_event(body), None) for body in waiting]
        done = facts(stack)

    assert (answer, begun) == (DONE, 3)
    assert [len(unpack(body).events) for body in waiting] == [1, 1]
    assert (rest, done) == ([DONE] * 2, 5)


def test_enrolments_that_an_invocation_has_no_time_for_go_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requeue, "send_all", lambda url, bodies, **_: send_all(url, bodies))
    registered = {"store_id": "sh-pudong", "daily_max": 2}
    events = [an_event("owner.registered", f"owner-{n}", registered, key=str(n)) for n in range(3 * ROUND_EVENTS + 2)]
    bodies = [json.dumps(events[: ROUND_EVENTS + 1]), json.dumps(events[ROUND_EVENTS + 1 :])]

    with moto_stack() as stack, function(stack, "enrol_owners") as app:
        answer = app.handler(sqs_event(*bodies), Hurried())
        begun, waiting = len(stack.items("OwnersTable", "person#")), stack.queue("EnrolmentQueue")
        rest = [app.handler(sqs_event(body), None) for body in waiting]
        done = len(stack.items("OwnersTable", "person#"))

    assert (answer, begun) == (DONE, 3 * ROUND_EVENTS)
    assert [len(unpack(body).events) for body in waiting] == [2]
    assert (rest, done) == ([DONE], len(events))
