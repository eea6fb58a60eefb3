"""Planning looks at a car before its reminder day, says nothing then, and asks for it on the day."""

from ownerloop.domain.vehicle import ServiceDone
from tests.contact_builders import DAY, NOW, TODAY
from tests.usecases.planning_world import SERVICED_ON, World, a_due_car


def test_a_car_that_is_looked_at_early_is_asked_for_on_its_day_and_once() -> None:
    served = ServiceDone(item="oil", on=SERVICED_ON + 50 * DAY, odometer_m=None)
    world = World([a_due_car(services=(served,), look_on=TODAY, remind_on=TODAY + 50 * DAY)])

    first = world.plan()

    early = world.car()
    assert (first.requested, first.passed_over) == (0, {"not_due": 1})
    assert early.remind_on is not None
    assert early.found_on is not None
    assert TODAY < early.found_on <= early.remind_on
    asked = [world.plan(now=NOW + day * DAY).requested for day in range(1, 50)]
    assert sum(asked) == 1
    assert asked.index(1) + 1 == (early.remind_on - TODAY).days
