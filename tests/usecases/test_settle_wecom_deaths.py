"""Processes that die, race and lose answers around WeCom tasks: each message at most once, each contact with an end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.contact import ENDS, ContactState
from ownerloop.domain.wecom_task import TaskState
from tests.builders import START
from tests.usecases.sent_world import a_sent_world, states
from tests.usecases.wecom_world import CrashError, World, a_reserved_contact, reserved_for

HOUR = timedelta(hours=1)
BEFORE_NIGHT = START.replace(hour=12, minute=40)  # 20:40 in Shanghai
ALL_IN_DOUBT = 40  # more operations than one message takes from its start to its end


def test_a_lost_answer_of_a_task_that_was_made_is_found_by_its_link() -> None:
    world = World(a_reserved_contact())
    world.wecom.lose_after = 1
    world.send()

    world.tick()
    world.wecom.confirm_all(world.now)
    world.tick()

    assert world.trail() == ["reserved", "sending", "unknown", "task_created", "staff_confirmed", "accepted"]
    assert world.received("wm_p_1") == 1


def test_a_lost_answer_of_a_task_that_was_never_made_fails_after_two_looks() -> None:
    world = World(a_reserved_contact())
    world.send()
    world.wecom.tasks.clear()
    world.wecom.lose_after = 0
    _pretend_the_answer_was_lost(world)

    world.tick()
    after_one = world.outcome()
    world.tick()

    assert after_one == ("unknown", "answer_lost")
    assert world.outcome() == ("failed", "never_accepted")
    assert world.slots() == []
    assert len(world.wecom.orders) == 1


def test_one_late_look_is_not_enough_to_give_a_task_up() -> None:
    world = World(a_reserved_contact())
    world.send()
    world.wecom.tasks.clear()
    _pretend_the_answer_was_lost(world)

    world.tick(minutes=180)

    assert world.outcome() == ("unknown", "answer_lost")


def test_a_task_that_nobody_came_to_fill_leaves_its_contacts_alone() -> None:
    world = World(a_reserved_contact())
    world.crash_at = _first(world, "contacts.save")
    _unless_it_dies(world.send)

    for _ in range(6):
        world.tick()

    assert world.trail() == ["reserved", "sending", "task_created"]
    assert sorted(task.state for task in world.tasks.held.values()) == [TaskState.CREATED, TaskState.SETTLED]


def test_a_contact_that_a_dying_settlement_left_half_moved_is_finished_by_the_next() -> None:
    world = a_sent_world()
    world.wecom.confirm_all(world.now)
    world.now += HOUR
    world.meanwhile = (world.operations + _until(world, "contacts.save"), lambda: _confirm_half(world))

    world.settle()
    half = world.outcome("c_p_1")
    world.tick()

    assert half == ("staff_confirmed", "staff_confirmed")
    assert world.outcome("c_p_1") == ("accepted", "accepted")


def test_the_link_of_a_task_that_may_still_turn_up_is_never_used_again() -> None:
    world = World(a_reserved_contact())
    world.send()
    world.wecom.tasks.clear()
    _pretend_the_answer_was_lost(world)
    world.tick()
    world.tick()
    later = a_reserved_contact(contact_id="c_2", at=world.now)
    world.contacts.held["c_2"] = later

    world.send("c_2")

    assert world.outcome() == ("failed", "never_accepted")
    assert len({order.link_url for order in world.wecom.orders}) == 2


def test_two_settlements_at_once_end_as_one() -> None:
    world = a_sent_world("p_1", "p_2")
    world.wecom.confirm_all(world.now)
    world.now += HOUR
    rival = _Rival(world)
    world.contacts._on_operation = rival

    world.settle()

    assert rival.ran
    assert world.trail("c_p_1") == ["reserved", "sending", "task_created", "staff_confirmed", "accepted"]
    assert world.trail("c_p_2") == ["reserved", "sending", "task_created", "staff_confirmed", "accepted"]


@pytest.mark.parametrize("is_lost", [False, True], ids=["answered", "answer lost"])
@pytest.mark.parametrize("is_confirmed", [True, False], ids=["staff confirm", "staff never confirm"])
@pytest.mark.parametrize("crash_at", range(1, ALL_IN_DOUBT))
def test_whenever_the_process_dies_each_message_goes_out_at_most_once_and_ends_with_a_reason(
    crash_at: int, is_confirmed: bool, is_lost: bool
) -> None:
    world = World(*reserved_for(["p_1", "p_2"]))
    world.wecom.lose_after = int(is_lost)
    world.crash_at = crash_at

    _unless_it_dies(lambda: world.send("c_p_1"))
    _unless_it_dies(world.tick)
    for _ in range(3 * 24 * 6):
        if is_confirmed:
            world.wecom.confirm_all(world.now)
        _unless_it_dies(world.tick)

    for person in ("p_1", "p_2"):
        contact = world.contact(f"c_{person}")
        assert contact.state in ENDS, contact
        assert contact.reason != "answer_lost"
        assert world.received(f"wm_{person}") == ("accepted" in world.trail(f"c_{person}")) <= 1
        assert bool(world.slots(person)) == (contact.state.value == "accepted")
    assert all(task.next_look_at is None for task in world.tasks.held.values())


@pytest.mark.parametrize("reaches_provider", [True, False], ids=["cancel works", "cancel fails first"])
@pytest.mark.parametrize("crash_after", range(1, 25))
def test_whenever_the_process_dies_while_it_stops_a_task_the_slot_comes_back_and_nothing_goes_out(
    crash_after: int, reaches_provider: bool
) -> None:
    world = a_sent_world("p_1", "p_2")
    world.now = BEFORE_NIGHT
    world.wecom.cancel_fails = not reaches_provider
    world.crash_at = world.operations + crash_after

    for _ in range(6):
        _unless_it_dies(world.tick)
        world.wecom.cancel_fails = False
    world.wecom.confirm_all(world.now)

    for person in ("p_1", "p_2"):
        assert world.outcome(f"c_{person}") == ("expired", "staff_never_confirmed")
    assert world.wecom.received == []
    assert states(world) == {TaskState.SETTLED}


@pytest.mark.parametrize("is_lost", [False, True], ids=["answered", "answer lost"])
@pytest.mark.parametrize("comes_in_at", range(1, 30))
def test_two_senders_of_one_group_at_once_send_each_message_once(comes_in_at: int, is_lost: bool) -> None:
    world = World(*reserved_for(["p_1", "p_2", "p_3"]))
    world.wecom.lose_after = int(is_lost)
    world.meanwhile = (comes_in_at, lambda: world.send("c_p_2"))

    world.send("c_p_1")
    for _ in range(24 * 6):
        world.wecom.confirm_all(world.now)
        world.tick()

    assert sorted(to for to, _, _ in world.wecom.received) == ["wm_p_1", "wm_p_2", "wm_p_3"]
    assert {world.outcome(f"c_p_{n}") for n in (1, 2, 3)} == {("accepted", "accepted")}


def test_five_cars_of_one_owner_never_bring_a_fourth_message_a_day() -> None:
    world = World(
        *[a_reserved_contact(contact_id=f"c_{n}", vehicle_id=f"v_{n}", text=f"text {n % 2}") for n in range(3)]
    )
    world.wecom.lose_after = 2
    world.crash_at = 60

    _unless_it_dies(lambda: world.send("c_0"))
    for _ in range(2 * 24 * 6):
        world.wecom.confirm_all(world.now)
        _unless_it_dies(world.tick)

    assert world.most_per_day() <= 3
    assert sorted(address for address, _, _ in world.wecom.received) == ["wm_p_1"] * len(world.wecom.tasks)


class _Rival:
    """Another settlement that runs whole in the middle of ours."""

    def __init__(self, world: World) -> None:
        self._world, self.ran = world, False

    def __call__(self, operation: str) -> None:
        if operation == "contacts.save" and not self.ran:
            self.ran = True
            self._world.settle()


def _first(world: World, operation: str) -> int:
    """Return the count at which a first send comes to this operation."""
    trial = World(*world.contacts.held.values())
    return _recorded(trial, trial.send).index(operation) + 1


def _until(world: World, operation: str) -> int:
    """Return how many operations a settlement takes to come to this one."""
    trial = a_sent_world()
    trial.wecom.confirm_all(trial.now)
    trial.now = world.now
    return _recorded(trial, trial.settle).index(operation) + 1


def _recorded(trial: World, act: Callable[[], object]) -> list[str]:
    trial.seen.clear()
    act()
    return trial.seen


def _confirm_half(world: World) -> None:
    held = world.contact("c_p_1")
    world.contacts.held["c_p_1"] = held.moved(ContactState.STAFF_CONFIRMED, reason="staff_confirmed", at=world.now)


def _unless_it_dies(act: Callable[[], object]) -> None:
    try:
        act()
    except CrashError:
        return


def _pretend_the_answer_was_lost(world: World) -> None:
    contact = world.contact()
    world.contacts.held["c_1"] = replace(contact, state=ContactState.UNKNOWN, reason="answer_lost")
    (task,) = world.tasks.held.values()
    world.tasks.held[task.task_id] = replace(task, state=TaskState.UNKNOWN, msgid=None)
