"""When an interaction asks for a new look at a portrait: by policy, under one identity, and never after an opt-out."""

from dataclasses import replace

import pytest

from ownerloop.contracts.portrait_events import PORTRAIT_ASKED, PortraitAskedV1
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interactions import Unsubscribed
from tests.interaction_builders import an_interaction
from tests.usecases.interaction_world import NOW, World, an_arrival


def asked(world: World) -> list[PortraitAskedV1]:
    return [PortraitAskedV1.model_validate(one) for one in world.bus.events if one["type"] == PORTRAIT_ASKED]


def test_a_post_asks_once_however_often_it_is_delivered() -> None:
    world = World()
    post = an_arrival(an_interaction(FactKind.COMMUNITY_POST, topic="road_trip"), key="e_post", at=NOW)

    world.process([post])
    world.process([post])

    events = asked(world)
    assert len({one.id for one in events}) == 1
    assert (events[0].data.kind, events[0].data.topic) == ("community_post", "road_trip")
    assert events[0].data.store_id


@pytest.mark.parametrize(
    ("topic", "duration_s", "asks"), [("tyres", 30, True), ("tyres", 29, False), ("cooking", 600, False)]
)
def test_a_view_asks_on_a_topic_of_the_policy_once_it_lasted(topic: str, duration_s: int, asks: bool) -> None:
    world = World()
    view = an_interaction(FactKind.CONTENT_VIEW, topic=topic, duration_s=duration_s)

    world.process([an_arrival(view, key="e_view", at=NOW)])

    assert bool(asked(world)) is asks


def test_nobody_who_opted_out_of_profiling_is_asked_about() -> None:
    world = World()
    post = an_arrival(an_interaction(FactKind.COMMUNITY_POST, topic="road_trip"), key="e_post", at=NOW)
    opted_out = an_arrival(Unsubscribed("*", "profiling"), key="e_out", at=NOW)

    world.process([replace(opted_out, payload_hash="o")])
    world.process([post])

    assert asked(world) == []
