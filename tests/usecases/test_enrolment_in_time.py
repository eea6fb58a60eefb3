"""An enrolment that runs out of time puts back what it has not begun; none of it counts as failed."""

from collections.abc import Callable

import pytest

from ownerloop.adapters.memory import MemoryEnrolments
from ownerloop.domain.arrival import Arrival
from ownerloop.domain.errors import VersionConflictError
from ownerloop.ports import EnrolmentChange
from ownerloop.usecases.enrolment_rounds import ROUND_EVENTS
from tests.usecases.enrolment_world import World, a_registration, an_arrival


def some_arrivals(count: int) -> list[Arrival]:
    return [an_arrival(a_registration(owner_key=f"owner {n}", address=f"wm_{n}"), key=f"k{n}") for n in range(count)]


def for_turns(count: int) -> Callable[[], bool]:
    left = iter([True] * count)
    return lambda: next(left, False)


@pytest.mark.parametrize("turns", [0, 1])
def test_a_round_that_may_not_be_begun_any_more_is_put_off_but_never_the_first(turns: int) -> None:
    world, arrivals = World(), some_arrivals(2 * ROUND_EVENTS + 2)

    begun = world.enrol(*arrivals, may_begin=for_turns(turns))
    rest = world.enrol(*[late for late in arrivals if late.event_key in begun.put_off])

    assert len(begun.accepted) == (turns + 1) * ROUND_EVENTS
    assert sorted(begun.accepted + begun.put_off) == sorted(arrival.event_key for arrival in arrivals)
    assert sorted(rest.accepted) == sorted(begun.put_off)
    assert begun.faulted == rest.faulted == []
    assert len(world.history.rows["enrolments"]) == len(arrivals)


def test_whoever_loses_and_has_no_time_to_read_again_is_put_off() -> None:
    world = World()

    report = world.enrol(*some_arrivals(3), enrolments=LosesAtFirst(world), may_begin=for_turns(0))

    assert sorted(report.put_off) == ["k0", "k1", "k2"]
    assert report.accepted == report.faulted == []


def test_losers_are_written_one_by_one_while_there_is_time() -> None:
    world, arrivals = World(), some_arrivals(4)

    begun = world.enrol(*arrivals, enrolments=LosesAtFirst(world), may_begin=for_turns(2))
    rest = world.enrol(*[late for late in arrivals if late.event_key in begun.put_off])

    assert (len(begun.accepted), len(begun.put_off), begun.faulted) == (2, 2, [])
    assert sorted(rest.accepted) == sorted(begun.put_off)


def test_with_a_fault_among_them_and_no_time_to_find_it_all_stay_faulted() -> None:
    world = World()

    report = world.enrol(*some_arrivals(3), enrolments=Broken(world.owners, world.vehicles), may_begin=for_turns(0))

    assert sorted(report.faulted) == ["k0", "k1", "k2"]
    assert len(report.faults) == 1
    assert report.put_off == []


class LosesAtFirst(MemoryEnrolments):
    """Somebody else is quicker once."""

    def __init__(self, world: World) -> None:
        super().__init__(world.owners, world.vehicles)
        self._is_first = True

    def apply(self, change: EnrolmentChange) -> set[str]:
        if self._is_first:
            self._is_first = False
            raise VersionConflictError(item="vehicle")
        return super().apply(change)


class Broken(MemoryEnrolments):
    """The table is down."""

    def apply(self, change: EnrolmentChange) -> set[str]:
        raise ConnectionError(change.markers[0].event_key)
