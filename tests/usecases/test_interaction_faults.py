"""Interactions among others: a bad one costs its neighbours nothing, a lost race a second look, a death nothing."""

from collections.abc import Callable
from dataclasses import replace

from ownerloop.domain.interactions import (
    WecomChat,
)
from ownerloop.usecases.process_interactions import ATTEMPTS_MAX
from tests.usecases.interaction_world import (
    LIS_VIN,
    World,
    a_purchase,
    an_arrival,
    opened,
)


def test_a_refusal_never_costs_its_neighbours() -> None:
    world = World()
    arrivals = [
        an_arrival(a_purchase(), key="e_1", subject="nobody"),
        an_arrival(a_purchase(), key="e_2"),
        an_arrival(a_purchase(vin=LIS_VIN), key="e_3"),
    ]

    report = world.process(arrivals)

    assert report.accepted == ["e_2"]
    assert report.reasons == {"unknown_owner": 1, "foreign_vehicle": 1}
    assert len(world.quarantine.held) == 2


def test_a_writer_in_between_costs_a_second_look_and_nothing_else() -> None:
    world = World()
    world.on_operation = once("interactions.apply", lambda: touch(world))

    report = world.process([an_arrival(opened())])

    assert report.accepted == ["e_1"]
    assert world.owner().language == "en"
    assert len(world.owner().open_cases) == 1


def test_whoever_loses_every_time_is_left_to_the_queue() -> None:
    world = World()
    world.on_operation = lambda name: touch(world) if name == "interactions.apply" else None

    report = world.process([an_arrival(opened(), key="e_1"), an_arrival(WecomChat("in", "m"), key="e_2")])

    assert (report.faulted, report.accepted) == (["e_1"], ["e_2"])
    assert world.owner().version == 1 + ATTEMPTS_MAX + 1


def test_what_was_written_and_not_told_is_told_when_it_comes_again() -> None:
    world = World()
    world.on_operation = once("bus.publish", die)

    first = world.process([an_arrival(a_purchase())])
    again = world.process([an_arrival(a_purchase())])

    assert (first.faulted, again.accepted) == (["e_1"], ["e_1"])
    assert world.told() == [(world.wang, "prospect", "new")]
    assert len(world.history.rows["interactions"]) == 1


def touch(world: World) -> None:
    owner = world.owner()
    world.owners.held[owner.person_id] = replace(owner, version=owner.version + 1, language="en")


def die() -> None:
    raise RuntimeError("the bus is away")


def once(name: str, act: Callable[[], None]) -> Callable[[str], None]:
    left = [name]

    def hook(operation: str) -> None:
        if operation in left:
            left.remove(operation)
            act()

    return hook


def test_what_may_not_be_begun_any_more_is_put_off_but_never_the_first() -> None:
    world = World()
    arrivals = [an_arrival(WecomChat("in", "m"), key=f"e_{place}") for place in range(4)]
    turns = iter([True, False])

    begun = world.process(arrivals, may_begin=lambda: next(turns))
    late = world.process(arrivals[2:], may_begin=lambda: False)

    assert (begun.accepted, begun.put_off) == (["e_0", "e_1"], ["e_2", "e_3"])
    assert (late.accepted, late.put_off) == (["e_2"], ["e_3"])
    assert begun.faulted == late.faulted == []
