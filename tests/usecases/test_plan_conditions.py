"""What a car reports becomes a message the same morning, before other service, with the visit's other items."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from ownerloop.adapters.condition_policies import condition_policy
from ownerloop.domain.consent import ConsentHead, DataClass, Withdrawal
from ownerloop.domain.contact import ContactClass
from ownerloop.domain.observations import Observation, of_codes
from ownerloop.domain.vehicle import Vehicle
from tests.contact_builders import ANN, DAY, HOUR, NOW, TODAY, a_head
from tests.usecases.planning_world import World, a_due_car

FLAT_TYRE = Observation("tyre_pressure_fl_kpa", NOW - HOUR, 120)


def a_whole_head() -> ConsentHead:
    head = a_head()
    return replace(head, grants=tuple(replace(grant, classes=frozenset(map(str, DataClass))) for grant in head.grants))


def a_reporting_car(*said: Observation | Iterable[Observation], **changes: object) -> Vehicle:
    observed = [one for each in said for one in ([each] if isinstance(each, Observation) else each)]
    car = replace(a_due_car(), observations=tuple(sorted(observed)), consent=a_whole_head())
    return replace(car, **changes)  # type: ignore[arg-type]


def a_world(car: Vehicle) -> World:
    world = World([car])
    rules = world.planning.rules_on(TODAY)
    forecast = replace(rules.forecast, conditions=condition_policy(TODAY))
    world.planning = replace(world.planning, rules_on=lambda _: replace(rules, forecast=forecast))
    return world


def test_a_flat_tyre_is_asked_for_at_once_and_before_other_service_but_never_as_safety() -> None:
    world = a_world(a_reporting_car(FLAT_TYRE))

    world.plan()

    contact = world.the_contact()
    assert (contact.item, contact.bundled, contact.stage) == ("tyres", ("oil",), 2)
    assert (contact.contact_class, contact.priority) == (ContactClass.SERVICE, 15)
    assert contact.due_cycle == f"condition#{TODAY.isoformat()}"


def test_what_may_wait_has_the_place_of_other_service() -> None:
    code = of_codes(["P0420"], read_at=NOW - HOUR)
    world = a_world(a_reporting_car(code, services=()))

    world.plan()

    contact = world.the_contact()
    assert (contact.item, contact.stage, contact.priority) == ("engine_check", 1, 40)


def test_an_unchanged_condition_is_spoken_of_until_its_stages_are_used_up_and_never_again() -> None:
    world = a_world(a_reporting_car(FLAT_TYRE, services=()))

    for day in range(60):
        world.plan(now=NOW + day * DAY)

    asked = sorted(contact.stage for contact in world.contacts.held.values())
    assert asked == [2, 3]
    assert world.car().remind_on is None


def test_a_service_of_the_item_ends_it() -> None:
    world = a_world(a_reporting_car(FLAT_TYRE, services=()))
    world.plan()
    served = replace(a_due_car().services[0], item="tyres", on=TODAY)
    world.vehicles.held[world.car().vehicle_id] = replace(world.car(), services=(served,), remind_on=TODAY + DAY)

    for day in range(1, 30):
        world.plan(now=NOW + day * DAY)

    assert len(world.contacts.held) == 1


def test_what_was_read_under_a_consent_that_is_gone_is_not_spoken_of() -> None:
    taken = Withdrawal(NOW - timedelta(minutes=1), ANN, "maintenance", frozenset({"tyres"}))
    head: ConsentHead = replace(a_whole_head(), withdrawals=(taken,))
    world = a_world(a_reporting_car(FLAT_TYRE, services=(), consent=head))

    report = world.plan()

    assert not world.contacts.held
    assert report.passed_over == {"no_forecast": 1}
    assert world.car().observations == (FLAT_TYRE,)
