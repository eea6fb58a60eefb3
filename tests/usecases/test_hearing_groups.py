"""The intake hears the whole group: what one key took back for a car stops its readings under the other key too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.memory import MemoryOwners, MemoryVehicles
from ownerloop.domain.consent import ConsentHead, Grant, Ownership, Purpose, Withdrawal
from ownerloop.domain.enrolment import ConsentWithdrawn, VehicleHandedOver, hand_over, withdraw
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.hearing_groups import hear_groups
from ownerloop.usecases.merge_people import Cause, merge_persons, split_person
from tests.contact_builders import NOW, a_surrogate
from tests.identity_builders import a_person, people_in

ONE, TWO, THREE = (a_surrogate("p", number) for number in (1, 2, 3))
CAR = a_surrogate("v", 1)
DAY = timedelta(days=1)
MAINTENANCE = Purpose.MAINTENANCE
GIVEN = Grant(NOW - 100 * DAY, NOW + 100 * DAY, ONE, MAINTENANCE, frozenset({"odometer", "tyres"}))
TAKEN = ConsentWithdrawn("L" * 17, "key", MAINTENANCE, frozenset({"odometer"}), NOW - DAY)


class World:
    """A car of the first of three persons, who allowed its readings."""

    def __init__(self) -> None:
        self.owners = MemoryOwners(
            [a_person(number, vehicle_ids=(CAR,) if number == 1 else ()) for number in (1, 2, 3)]
        )
        head = ConsentHead(owners=(Ownership(NOW - 200 * DAY, ONE),), grants=(GIVEN,))
        self.cars = MemoryVehicles([Vehicle(vehicle_id=CAR, version=1, consent=head)])
        self.people = people_in(self.owners, vehicles=self.cars)

    def merge(self, one: str, other: str, *, event: str = "asked") -> None:
        merge_persons(one, other, people=self.people, cause=Cause(event, "one phone"), now=NOW)

    def split(self, person_id: str, member_id: str, *, event: str = "parted") -> None:
        split_person(person_id, member_id, people=self.people, cause=Cause(event, "brothers"), now=NOW)

    def take_back(self, person_id: str) -> None:
        """Write a withdrawal as enrolment does: the car, then whoever must be heard."""
        taken = withdraw(self.car, TAKEN, person_id=person_id)
        self.cars.held[CAR] = replace(taken, version=self.car.version + 1)
        if taken.consent.newest_owner != person_id:
            hear_groups([person_id], people=self.people)

    @property
    def car(self) -> Vehicle:
        return self.cars.held[CAR]

    @property
    def usable(self) -> frozenset[str]:
        return self.car.consent.usable_classes(NOW, now=NOW, purpose=MAINTENANCE)


@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_what_the_other_key_took_back_stops_the_readings_while_both_are_one(withdrawn_first: bool) -> None:
    world = World()
    steps: list[Callable[[], None]] = [partial(world.take_back, TWO), partial(world.merge, ONE, TWO)]

    for step in steps if withdrawn_first else reversed(steps):
        step()
    as_one, epoch = world.usable, world.car.consent_epoch
    world.split(ONE, TWO)

    assert as_one == {"tyres"}
    assert epoch == 2  # one for the withdrawal, one for being heard
    assert world.usable == {"odometer", "tyres"}
    assert world.car.consent.heard == ()


def test_a_repeat_of_the_merge_writes_no_car_again() -> None:
    world = World()
    world.take_back(TWO)
    world.merge(ONE, TWO)
    before = world.car

    world.merge(ONE, TWO)

    assert world.car == before


def test_a_merge_that_died_before_it_was_heard_is_heard_when_it_is_told_again() -> None:
    world = World()
    world.take_back(TWO)
    deaf = replace(world.people, consents=people_in(world.owners).consents)
    merge_persons(ONE, TWO, people=deaf, cause=Cause("asked", "one phone"), now=NOW)
    before = world.usable

    world.merge(ONE, TWO)

    assert (before, world.usable) == (GIVEN.classes, frozenset({"tyres"}))


def test_the_next_owner_of_the_car_is_not_bound_by_what_the_former_ones_took_back() -> None:
    world = World()
    world.take_back(TWO)
    world.merge(ONE, TWO)

    sold = hand_over(world.car, VehicleHandedOver("L" * 17, "key", NOW, None), person_id=THREE)

    assert sold.consent.heard == ()


steps = st.lists(
    st.sampled_from(["merge 1 2", "merge 2 3", "merge 1 3", "split 2", "split 3", "take 2", "take 3"]), max_size=7
)


@given(told=steps)
def test_whatever_happened_before_the_owner_is_bound_by_the_withdrawals_of_whoever_is_one_with_them_now(
    told: list[str],
) -> None:
    world = World()
    for place, step in enumerate(told):
        _do(world, step.split(), event=str(place))

    group = {ONE, *(key for key, one in world.owners.held.items() if one.head_id == world.owners.held[ONE].head_id)}
    taken = {gone.person_id for gone in world.car.consent.withdrawals}

    assert set(world.car.consent.heard) == taken & group - {ONE}
    assert ("odometer" in world.usable) == (not taken & group)


def _do(world: World, step: list[str], *, event: str) -> None:
    persons = [a_surrogate("p", int(number)) for number in step[1:]]
    head_of = {key: one.head_id for key, one in world.owners.held.items()}
    match step[0]:
        case "take":
            world.take_back(persons[0])
        case "merge" if head_of[persons[0]] != head_of[persons[1]]:
            world.merge(persons[0], persons[1], event=event)
        case "split" if list(head_of.values()).count(head_of[persons[0]]) > 1:
            others = [key for key, head in head_of.items() if head == head_of[persons[0]] and key != persons[0]]
            world.split(others[0], persons[0], event=event)


def test_a_withdrawal_that_leaves_the_short_list_takes_the_consent_of_whom_it_was_heard_for_along() -> None:
    world = World()
    world.take_back(TWO)
    world.merge(ONE, TWO)
    car = world.car

    for number in range(9):
        later = replace(TAKEN, at=NOW + number * DAY, purpose=Purpose.MARKETING)
        car = withdraw(car, later, person_id=THREE)

    assert Withdrawal(TAKEN.at, TWO, MAINTENANCE, TAKEN.classes) not in car.consent.withdrawals
    assert car.consent.usable_classes(NOW, now=NOW, purpose=MAINTENANCE) == frozenset()
