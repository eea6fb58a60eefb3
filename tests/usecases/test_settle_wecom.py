"""Settling WeCom tasks: every contact ends with a reason, none is sent twice, nothing waits into the night."""

from datetime import timedelta

import pytest

from ownerloop.domain.wecom import SendStatus
from ownerloop.domain.wecom_task import TaskState, WecomTask
from ownerloop.usecases.settle_wecom import settle_wecom
from tests.builders import START
from tests.usecases.sent_world import a_sent_world, states
from tests.usecases.wecom_world import World, a_reserved_contact

HOUR = timedelta(hours=1)
BEFORE_NIGHT = START.replace(hour=12, minute=40)  # 20:40 in Shanghai


def test_what_staff_sent_is_confirmed_and_then_accepted() -> None:
    world = a_sent_world()
    world.wecom.confirm_all(world.now)

    world.tick()

    assert world.trail("c_p_1") == ["reserved", "sending", "task_created", "staff_confirmed", "accepted"]
    assert states(world) == {TaskState.SETTLED}


def test_what_nobody_has_confirmed_yet_goes_on_waiting() -> None:
    world = a_sent_world()

    world.tick()

    assert world.outcome("c_p_1") == ("task_created", "task_created")
    assert [task.next_look_at for task in world.tasks.held.values()] == [world.now + timedelta(minutes=10)]


@pytest.mark.parametrize(
    ("fate", "reason"), [(SendStatus.NOT_FRIEND, "not_friend"), (SendStatus.OTHER_BROADCAST, "wecom_cap")]
)
def test_what_the_provider_did_not_deliver_fails_and_frees_the_slot(fate: SendStatus, reason: str) -> None:
    world = a_sent_world("p_1", "p_2")
    world.wecom.fates = {"wm_p_1": fate}
    world.wecom.confirm_all(world.now)

    world.tick()

    assert world.outcome("c_p_1") == ("failed", reason)
    assert world.slots("p_1") == []
    assert world.outcome("c_p_2") == ("accepted", "accepted")
    assert world.slots("p_2") == ["c_p_2"]


def test_a_task_that_staff_never_confirm_is_stopped_before_quiet_hours_and_gives_its_slot_back() -> None:
    world = a_sent_world()
    world.now = BEFORE_NIGHT - timedelta(minutes=10)

    world.tick()

    assert world.wecom.tasks["msg1"].is_cancelled
    assert world.outcome("c_p_1") == ("expired", "staff_never_confirmed")
    assert world.slots() == []


def test_a_task_is_stopped_at_least_a_quarter_of_an_hour_before_quiet_hours() -> None:
    world = a_sent_world()

    stopped_at = None
    for _ in range(60):
        world.tick()
        if stopped_at is None and world.wecom.tasks["msg1"].is_cancelled:
            stopped_at = world.now

    assert stopped_at is not None
    assert timedelta(minutes=15) <= START.replace(hour=13) - stopped_at <= timedelta(minutes=25)


def test_what_staff_sent_at_the_last_moment_still_counts_as_accepted() -> None:
    world = a_sent_world()
    world.now = BEFORE_NIGHT - timedelta(minutes=10)
    world.wecom.confirm_all(world.now)

    world.tick()

    assert world.outcome("c_p_1") == ("accepted", "accepted")


def test_where_the_cancel_is_unknown_the_next_days_slot_is_taken_too() -> None:
    world = a_sent_world()
    world.wecom.cancel_fails = True
    world.now = BEFORE_NIGHT - timedelta(minutes=10)

    world.tick()

    days = [entry.day for entry in world.gates.held["p_1"].entries]
    assert days == [START.date(), START.date() + timedelta(days=1)]
    assert world.outcome("c_p_1") == ("task_created", "task_created")


def test_a_cancel_that_was_unknown_is_asked_for_again_until_it_is_known() -> None:
    world = a_sent_world()
    world.wecom.cancel_fails = True
    world.now = BEFORE_NIGHT
    world.tick()
    world.wecom.cancel_fails = False

    world.tick()

    assert world.outcome("c_p_1") == ("expired", "staff_never_confirmed")
    assert world.slots() == []


def test_a_message_that_went_out_today_gives_tomorrows_slot_back() -> None:
    world = a_sent_world()
    world.wecom.cancel_fails = True
    world.now = BEFORE_NIGHT - timedelta(minutes=10)
    world.tick()
    world.wecom.confirm_all(world.now)

    world.tick()

    assert world.outcome("c_p_1") == ("accepted", "accepted")
    assert [entry.day for entry in world.gates.held["p_1"].entries] == [START.date()]


def test_what_is_in_doubt_is_never_given_up_while_the_provider_is_silent() -> None:
    world = World(a_reserved_contact())
    world.wecom.lose_after = 1
    world.send()
    world.wecom.is_down = True

    for _ in range(20):
        world.tick()

    assert world.outcome() == ("unknown", "answer_lost")
    assert world.slots() == ["c_1"]


def test_a_result_that_can_never_be_read_stays_unknown_after_a_week() -> None:
    world = a_sent_world()
    world.wecom.is_down = True

    for _ in range(9 * 24):
        world.tick(minutes=60)

    assert world.outcome("c_p_1") == ("unknown", "result_never_read")
    assert states(world) == {TaskState.SETTLED}


def test_a_silent_provider_ends_the_run_and_leaves_the_rest_to_the_next() -> None:
    world = World(*[a_reserved_contact(contact_id=f"c_{n}", vehicle_id=f"v_{n}", text=f"text {n}") for n in range(5)])
    for n in range(5):
        world.send(f"c_{n}")
    world.wecom.is_down = True
    world.now += HOUR

    report = world.settle()

    assert (report.unanswered, report.left) == (3, 2)


def test_a_run_that_has_no_more_time_leaves_the_rest_to_the_next() -> None:
    world = World(*[a_reserved_contact(contact_id=f"c_{n}", vehicle_id=f"v_{n}", text=f"text {n}") for n in range(3)])
    for n in range(3):
        world.send(f"c_{n}")
    world.now = BEFORE_NIGHT
    turns = iter((True, True, False))

    report = settle_wecom(ports=world.ports, rules=world.rules, now=world.now, may_begin=lambda: next(turns))

    assert (report.settled, report.left) == (2, 1)
    assert world.settle().settled == 1


def test_a_task_that_cannot_be_read_keeps_no_other_in_the_night() -> None:
    world = World(*[a_reserved_contact(contact_id=f"c_{n}", vehicle_id=f"v_{n}", text=f"text {n}") for n in (1, 2)])
    for contact_id in ("c_1", "c_2"):
        world.send(contact_id)
    first = min(world.tasks.held)
    world.now = BEFORE_NIGHT
    load, missing = world.tasks.load, dict[str, WecomTask]()
    world.tasks.load = lambda task_id: missing[task_id] if task_id == first else load(task_id)  # type: ignore[method-assign]

    with pytest.raises(KeyError):
        world.settle()

    assert sorted(task.is_cancelled for task in world.wecom.tasks.values()) == [False, True]


def test_consent_withdrawn_while_the_task_waits_stops_it_and_the_others_are_asked_for_again() -> None:
    world = a_sent_world("p_1", "p_2")
    world.withdraw("v_p_1")

    for _ in range(4):
        world.tick()
    world.wecom.confirm_all(world.now)
    world.tick()

    assert world.outcome("c_p_1") == ("expired", "no_consent")
    assert world.outcome("c_p_2") == ("accepted", "accepted")
    assert (world.received("wm_p_1"), world.received("wm_p_2")) == (0, 1)


def test_a_contact_that_went_out_while_its_task_was_stopped_is_not_asked_for_again() -> None:
    world = a_sent_world("p_1", "p_2")
    world.withdraw("v_p_1")
    world.tick()
    _deliver_in_spite_of_the_cancel(world, "wm_p_2")

    for _ in range(4):
        world.tick()

    assert world.outcome("c_p_2") == ("accepted", "accepted")
    assert len(world.wecom.orders) == 1


def test_an_address_that_changed_meanwhile_leaves_the_contact_unknown_and_not_expired() -> None:
    world = a_sent_world()
    world.vault.remember_address("p_1", channel="wecom", address="wm_new", told_at=START)
    world.wecom.confirm_all(world.now)
    world.now = BEFORE_NIGHT

    world.tick()

    assert world.outcome("c_p_1") == ("unknown", "address_changed")
    assert world.slots() == ["c_p_1"]


def _deliver_in_spite_of_the_cancel(world: World, address: str) -> None:
    task = world.wecom.tasks["msg1"]
    task.results[address] = SendStatus.SENT
    world.wecom.received.append((address, task.order.link_url, world.now))
