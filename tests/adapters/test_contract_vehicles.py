"""The promises of cars, cursors and priors, on every backend."""

from dataclasses import replace
from datetime import date, timedelta

from ownerloop.domain.consent import ConsentHead, Withdrawal
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Vehicle
from tests.adapters.conftest import World
from tests.adapters.full_items import a_full_vehicle
from tests.builders import DAY, START, TODAY, a_consent, a_forecast, a_reading, a_vehicle


def test_a_car_without_an_item_comes_with_version_0(world: World) -> None:
    assert world.vehicles.load(["v_1"]) == {"v_1": Vehicle(vehicle_id="v_1")}
    assert world.vehicles.load([]) == {}


def test_every_field_of_a_car_comes_back(world: World) -> None:
    car = a_full_vehicle()

    lost = world.vehicles.save([car])

    assert lost == set()
    assert world.vehicles.load([car.vehicle_id]) == {car.vehicle_id: car}


def test_a_bare_car_comes_back(world: World) -> None:
    car = Vehicle(vehicle_id="v_1", version=1)

    world.vehicles.save([car])

    assert world.vehicles.load(["v_1"]) == {"v_1": car}


def test_the_next_version_takes_the_place_of_the_last(world: World) -> None:
    world.vehicles.save([a_vehicle(remind_on=TODAY)])
    second = a_vehicle(version=2, evidence=[a_reading()], forecast=a_forecast(), remind_on=TODAY + DAY)

    lost = world.vehicles.save([second])

    assert lost == set()
    assert world.vehicles.load(["v_1"]) == {"v_1": second}


def test_of_two_writers_of_one_version_the_second_loses(world: World) -> None:
    world.vehicles.save([a_vehicle(version=1)])
    winner = a_vehicle(version=2, evidence=[a_reading(km=10_000)])

    first = world.vehicles.save([winner])
    second = world.vehicles.save([a_vehicle(version=2, evidence=[a_reading(km=20_000)])])

    assert (first, second) == (set(), {"v_1"})
    assert world.vehicles.load(["v_1"]) == {"v_1": winner}


def test_of_two_first_sights_the_second_loses(world: World) -> None:
    assert world.vehicles.save([a_vehicle(version=1)]) == set()
    assert world.vehicles.save([a_vehicle(version=1)]) == {"v_1"}


def test_a_version_far_ahead_loses(world: World) -> None:
    assert world.vehicles.save([a_vehicle(version=3)]) == {"v_1"}


def test_a_consent_that_changed_meanwhile_makes_the_reading_lose(world: World) -> None:
    world.vehicles.save([replace(a_vehicle(version=1), consent_epoch=1)])

    stale = replace(a_vehicle(version=2), consent_epoch=0)

    assert world.vehicles.save([stale]) == {"v_1"}


def test_saving_a_reading_never_writes_the_consent(world: World) -> None:
    held = a_consent(withdrawals=[Withdrawal(START, "p_1", "marketing")])
    world.vehicles.save([a_vehicle(version=1, consent=held)])

    world.vehicles.save([replace(a_vehicle(version=2), consent=ConsentHead())])

    assert world.vehicles.load(["v_1"])["v_1"].consent == held


def test_in_a_large_batch_only_the_losers_are_named(world: World) -> None:
    cars = [a_vehicle(vehicle_id=f"v_{number}", version=1) for number in range(60)]
    world.vehicles.save(cars)
    world.vehicles.save([replace(car, version=2) for car in cars[::10]])

    lost = world.vehicles.save([replace(car, version=2, remind_on=TODAY) for car in cars])

    assert lost == {car.vehicle_id for car in cars[::10]}
    versions = {car.version for car in world.vehicles.load(car.vehicle_id for car in cars).values()}
    assert versions == {2}


def test_planning_finds_the_cars_of_its_store_and_days_only(world: World) -> None:
    world.vehicles.save(
        [
            a_vehicle(vehicle_id="v_today", remind_on=TODAY),
            a_vehicle(vehicle_id="v_yesterday", remind_on=TODAY - DAY),
            a_vehicle(vehicle_id="v_tomorrow", remind_on=TODAY + DAY),
            a_vehicle(vehicle_id="v_elsewhere", remind_on=TODAY, store_id="cd-gaoxin"),
            a_vehicle(vehicle_id="v_never", remind_on=None),
        ]
    )

    assert world.vehicles.to_remind("sh-pudong", since=TODAY - DAY, through=TODAY) == ["v_yesterday", "v_today"]
    assert world.vehicles.to_remind("sh-pudong", since=TODAY, through=TODAY - DAY) == []


def test_a_car_leaves_the_plan_with_its_reminder_day(world: World) -> None:
    world.vehicles.save([a_vehicle(version=1, remind_on=TODAY)])
    world.vehicles.save([a_vehicle(version=2, remind_on=None)])

    assert world.vehicles.to_remind("sh-pudong", since=TODAY, through=TODAY) == []


def test_the_night_sees_every_car_and_nothing_else(world: World) -> None:
    cars = {f"v_{number}" for number in range(30)}
    world.vehicles.save([a_vehicle(vehicle_id=vehicle_id) for vehicle_id in cars])
    world.cursor.mark_planned("sh-pudong", through=TODAY)
    world.priors.publish(Priors(version=1))

    assert {car.vehicle_id for car in world.vehicles.all()} == cars


def test_the_cursor_moves_forward_never_back(world: World) -> None:
    assert world.cursor.planned_through("sh-pudong") is None

    for day in (date(2026, 1, 5), date(2026, 1, 7), date(2026, 1, 6)):
        world.cursor.mark_planned("sh-pudong", through=day)

    assert world.cursor.planned_through("sh-pudong") == date(2026, 1, 7)
    assert world.cursor.planned_through("cd-gaoxin") is None


def test_priors_that_come_late_do_not_replace_newer_ones(world: World) -> None:
    world.priors.publish(Priors(version=2, closed_cycles=240))

    world.priors.publish(Priors(version=1))

    assert world.priors.current().version == 2


def test_the_newest_priors_hold_and_a_second_publication_changes_nothing(world: World) -> None:
    assert world.priors.current() == Priors()
    first = Priors(version=1, metres_per_day={"*": 35_000, "petrol#sh-pudong": 41_000})
    second = Priors(version=2, metres_per_day={"*": 36_000}, z_quantiles=(-1.25, 0.1, 1.5), closed_cycles=240)

    world.priors.publish(first)
    world.priors.publish(second)
    world.priors.publish(replace(second, metres_per_day={"*": 1}))
    world.priors.publish(first)

    assert world.priors.current() == second


def test_instants_keep_their_microseconds_in_the_consent(world: World) -> None:
    head = a_consent(since=START + timedelta(microseconds=1))

    world.vehicles.save([a_vehicle(consent=head)])

    assert world.vehicles.load(["v_1"])["v_1"].consent == head
