"""What many writers at once make of one item; on the twins in memory and on the local cloud, as moto is not atomic."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

import pytest

from ownerloop.adapters.memory import MemoryContacts, MemoryGates, MemoryVehicles
from ownerloop.domain.contact import ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Gate
from ownerloop.domain.wecom_task import TaskState
from ownerloop.ports import EnrolmentChange, Marker
from tests.adapters.conftest import World, in_memory, on_dynamodb
from tests.adapters.full_items import a_full_task
from tests.builders import START, a_contact, a_reading, a_vehicle, an_owner

WRITERS = 16
T = TypeVar("T")


@pytest.fixture(params=["memory", pytest.param("emulator", marks=pytest.mark.emulator)])
def atomic(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return in_memory()
    return on_dynamodb(request.getfixturevalue("emulated_tables"))


def at_once(act: Callable[[int], T]) -> list[T]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(act, range(WRITERS)))


def wins(act: Callable[[], object]) -> bool:
    try:
        act()
    except VersionConflictError:
        return False
    return True


def test_one_first_sight_wins_and_all_read_it(atomic: World) -> None:
    drawn = at_once(lambda _: atomic.vault.enrol_vehicles(["LFV3A23C8K3000001"])["LFV3A23C8K3000001"])

    assert len(set(drawn)) == 1


def test_one_reservation_wins(atomic: World) -> None:
    won = at_once(lambda _: wins(lambda: atomic.gates.save(Gate("p_1", 1))))

    assert won.count(True) == 1


def test_one_write_of_a_car_wins_each_round(atomic: World) -> None:
    def save(version: int, day: int) -> set[str]:
        return atomic.vehicles.save([a_vehicle(version=version, evidence=[a_reading(day=day)])])

    rounds = [at_once(partial(save, version)) for version in (1, 2, 3)]

    for lost in rounds:
        assert sorted(map(len, lost)) == [0] + [1] * (WRITERS - 1)


def test_no_reading_is_lost_when_losers_read_again(atomic: World) -> None:
    def add(day: int) -> None:
        for _ in range(4 * WRITERS):
            car = atomic.vehicles.load(["v_1"])["v_1"]
            readings = tuple(sorted((*car.evidence, a_reading(day=day))))
            if not atomic.vehicles.save([replace(car, version=car.version + 1, evidence=readings)]):
                return

    at_once(add)

    car = atomic.vehicles.load(["v_1"])["v_1"]
    assert car.evidence == tuple(a_reading(day=n) for n in range(WRITERS))
    assert car.version == WRITERS


def test_an_event_delivered_many_times_is_applied_once(atomic: World) -> None:
    change = EnrolmentChange(markers=(Marker("e_1", "h_1", START),), owners=(an_owner(),))

    applied = at_once(lambda _: atomic.enrolments.apply(change))

    assert applied.count(set()) == 1


def test_one_move_of_a_contact_wins(atomic: World) -> None:
    atomic.contacts.request([a_contact()])
    moved = a_contact().moved(ContactState.HELD, reason="quiet_hours", at=START)

    won = at_once(lambda _: wins(lambda: atomic.contacts.save(moved)))

    assert won.count(True) == 1


def test_a_contact_planned_many_times_is_new_once(atomic: World) -> None:
    new = at_once(lambda _: atomic.contacts.request([a_contact()]))

    assert [contact_id for ids in new for contact_id in ids] == ["c_1"]


def test_a_task_is_created_once_and_settled_once(atomic: World) -> None:
    created = at_once(lambda _: atomic.tasks.create(a_full_task()))
    settled = at_once(lambda _: wins(lambda: atomic.tasks.save(a_full_task().moved(TaskState.SETTLED))))

    assert (created.count(True), settled.count(True)) == (1, 1)


def test_a_simulation_can_stop_the_twins_before_each_read_and_write() -> None:
    seen: list[str] = []
    gates = MemoryGates(on_operation=seen.append)

    gates.save(Gate("p_1", 1))
    gates.load("p_1")

    assert seen == ["gates.save", "gates.load"]


def test_a_fault_before_a_write_leaves_the_twin_as_it_was() -> None:
    def fail(operation: str) -> None:
        if operation.endswith(("save", "request")):
            raise ConnectionError(operation)

    contacts, vehicles = MemoryContacts(on_operation=fail), MemoryVehicles(on_operation=fail)

    with pytest.raises(ConnectionError):
        contacts.request([a_contact()])
    with pytest.raises(ConnectionError):
        vehicles.save([a_vehicle()])
    assert (contacts.held, vehicles.held) == ({}, {})
