"""Events of partners: each on its own, the good ones queued whole, a replay no second effect."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.memory_partners import MemoryEventQueue
from ownerloop.contracts.partner_events import PartnerEventsV1
from ownerloop.domain.access import Action
from ownerloop.domain.errors import ScopeMissingError
from ownerloop.domain.partner import EventAnswer
from ownerloop.usecases.accept_events import EventWorld, accept_events, refused
from tests.builders import START
from tests.messages import EVENTS, a_telemetry
from tests.partners.builders import a_caller, a_partner

GOOD = {
    "vehicle": a_telemetry(),
    "interaction": json.loads((EVENTS / "messages" / "ownerloop.interaction.purchase.v1.json").read_text()),
}
BAD: list[Any] = [None, 7, "x", [], {}, {"type": 1}, {**a_telemetry(), "subject": "x"}, {**a_telemetry(), "id": ""}]


def a_world(**hooks: Any) -> EventWorld:
    return EventWorld(PartnerEventsV1(), MemoryEventQueue(), MemoryEventQueue(**hooks))


def queued(world: EventWorld) -> int:
    assert isinstance(world.vehicle_data, MemoryEventQueue)
    assert isinstance(world.interactions, MemoryEventQueue)
    return len(world.vehicle_data.events) + len(world.interactions.events)


def accepted(events: list[Any], world: EventWorld) -> tuple[EventAnswer, ...]:
    return accept_events(events, caller=a_caller(), world=world)


@given(st.lists(st.sampled_from([*GOOD.values(), *BAD]), max_size=12))
def test_every_event_has_one_answer_in_its_place_and_only_good_ones_are_queued(events: list[Any]) -> None:
    world = a_world()

    answers = accepted(events, world)

    assert [answer.index for answer in answers] == list(range(len(events)))
    assert [answer.is_accepted for answer in answers] == [event in GOOD.values() for event in events]
    assert queued(world) == sum(answer.is_accepted for answer in answers)
    assert sum(refused(answers).values()) == len(events) - queued(world)
    assert all(answer.field and answer.rule and answer.reason for answer in answers if not answer.is_accepted)


def test_an_event_is_queued_with_the_instant_it_came_to_us_whatever_it_says() -> None:
    world = a_world()

    accepted([a_telemetry(received_at=START.replace(year=2001))], world)

    assert isinstance(world.vehicle_data, MemoryEventQueue)
    ((body, received_at),) = world.vehicle_data.events
    assert received_at == START
    assert "receivedat" not in json.loads(body)


@pytest.mark.parametrize("source", ["urn:ownerloop:import", "urn:ownerloop:wecom:callback", "urn:ownerloop:tiers"])
def test_a_partner_cannot_speak_for_us(source: str) -> None:
    (answer,) = accepted([a_telemetry(source=source)], a_world())

    assert (answer.is_accepted, answer.field) == (False, "source")


@pytest.mark.parametrize("change", ["wecom_friend_added", "wecom_friend_deleted"])
def test_a_partner_cannot_speak_for_wecom(change: str) -> None:
    event = json.loads((EVENTS / "messages" / f"ownerloop.interaction.{change}.v1.json").read_text(encoding="utf-8"))

    (answer,) = accepted([event], a_world())

    assert (answer.is_accepted, answer.field) == (False, "type")


def test_nobody_sends_without_the_scope() -> None:
    world = a_world()
    reader = a_partner(scopes=set(Action) - {Action.SEND_EVENTS, Action.BOOK})

    with pytest.raises(ScopeMissingError):
        accept_events([a_telemetry()], caller=a_caller(reader), world=world)

    assert queued(world) == 0


def test_whoever_may_only_book_sends_bookings_and_nothing_else() -> None:
    world = a_world()
    booking = json.loads((EVENTS / "messages" / "ownerloop.interaction.booking_cancelled.v1.json").read_text())

    answers = accept_events(
        [booking, *GOOD.values()], caller=a_caller(a_partner(scopes=frozenset({Action.BOOK}))), world=world
    )

    assert [(answer.is_accepted, answer.reason, answer.field) for answer in answers[1:]] == [
        (False, "scope_missing", "type")
    ] * len(GOOD)
    assert answers[0].is_accepted
    assert queued(world) == 1


def test_a_queue_that_fails_fails_the_call_so_that_it_comes_again() -> None:
    def breaks(operation: str) -> None:
        raise OSError(operation)

    with pytest.raises(OSError, match="event_queue"):
        accepted([*GOOD.values()], a_world(on_operation=breaks))


def test_a_partner_cannot_send_in_the_name_of_another_source() -> None:
    world, partner = a_world(), a_partner(sources=())
    own = a_telemetry(source="urn:partner:insurer:cars")
    events = [own, a_telemetry(source="urn:partner:lender:cars"), GOOD["interaction"]]

    answers = accept_events(events, caller=a_caller(partner), world=world)

    assert [answer.is_accepted for answer in answers] == [True, False, False]
    assert {(answer.field, answer.reason) for answer in answers[1:]} == {("source", "foreign_source")}
    assert "urn:partner:insurer:" in answers[1].rule
    assert queued(world) == 1
