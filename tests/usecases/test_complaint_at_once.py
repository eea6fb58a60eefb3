"""What a complaint causes at once: the task to call back, the reply and its log; each once however often it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.contracts.complaint_events import CASE_ESCALATED, REPLY_MADE, CaseEscalatedV1, ReplyMadeV1
from ownerloop.domain.cases import Case
from ownerloop.domain.interactions import CallbackMade, ComplaintAssigned, ComplaintClosed, ComplaintOpened
from tests.usecases.interaction_world import DAY, LI, NOW, World, an_arrival

HOUR = timedelta(hours=1)
OPENING = ComplaintOpened("c-1", "noise", "service_quality", ("a" * 24,))


def published(world: World, kind: str) -> list[str]:
    return [str(event["id"]) for event in world.bus.events if event["type"] == kind]


def the_case(world: World) -> Case:
    (case,) = world.interactions.cases.values()
    return case


def test_an_opening_asks_for_a_callback_and_answers_the_owner() -> None:
    world = World()

    report = world.process([an_arrival(OPENING, at=NOW - HOUR)])

    (task,) = [CaseEscalatedV1.model_validate(e) for e in world.bus.events if e["type"] == CASE_ESCALATED]
    (reply,) = [ReplyMadeV1.model_validate(e) for e in world.bus.events if e["type"] == REPLY_MADE]
    assert (task.data.level, task.data.complaint_type, task.data.is_open) == (0, "service_quality", True)
    assert task.data.callback_due_at == NOW - HOUR + DAY
    assert reply.data.case_key == the_case(world).case_key
    assert [row["reply_id"] for row in world.history.rows["replies"]] == [reply.data.reply_id]
    assert report.replies == 1
    assert the_case(world).look_at == NOW
    assert the_case(world).evidence == ("a" * 24,)


def test_told_again_it_is_said_under_the_same_identities() -> None:
    world = World()
    arrival = an_arrival(OPENING, at=NOW - HOUR)

    for again in (arrival, arrival, replace(arrival, event_key="other", occurred_at=NOW - HOUR / 2)):
        world.process([again])

    assert len(set(published(world, CASE_ESCALATED))) == len(set(published(world, REPLY_MADE))) == 1


def test_a_closing_told_late_brings_the_later_complaint_to_light() -> None:
    world = World()
    for number, hours in enumerate((30, 2)):
        world.process([an_arrival(OPENING, at=NOW - hours * HOUR, key=f"o{number}")])
    before = set(published(world, CASE_ESCALATED))

    world.process([an_arrival(ComplaintClosed("c-1", "noise"), at=NOW - 10 * HOUR, key="c")])

    assert (len(before), len(set(published(world, CASE_ESCALATED)))) == (1, 2)


def test_staff_act_on_a_case_by_its_own_name() -> None:
    world = World()
    world.process([an_arrival(OPENING, at=NOW - 3 * HOUR, key="o")])
    key = the_case(world).case_key
    acts = [ComplaintAssigned(key, "chen"), CallbackMade(key, was_reached=False), CallbackMade(key, was_reached=True)]

    arrivals = [
        replace(an_arrival(act, at=NOW - HOUR, key=f"a{number}"), subject=key, is_wecom_address=False, is_case=True)
        for number, act in enumerate(acts)
    ]
    report = world.process(arrivals)

    assert len(report.accepted) == 3
    assert [(mark.kind, mark.word) for mark in the_case(world).marks[1:]] == [("assigned", "chen"), ("called_back", "")]


@pytest.mark.parametrize(("subject", "reason"), [("k_" + 24 * "0", "unknown_owner"), ("li", "foreign_case")])
def test_a_case_that_is_not_the_owner_s_is_refused(subject: str, reason: str) -> None:
    world = World()
    world.process([an_arrival(OPENING, at=NOW - 3 * HOUR, key="o")])
    act = an_arrival(ComplaintAssigned(the_case(world).case_key, "chen"), at=NOW - HOUR, key="a")
    said = replace(act, subject=subject, is_case=True) if subject.startswith("k_") else replace(act, subject=LI)

    (refused,) = world.process([said]).refused

    assert refused.reason == reason
