"""Sending over WeCom: state first, each contact at most once, and back for a new reservation where the time is over."""

from datetime import timedelta

import pytest

from ownerloop.domain.contact import ContactState
from ownerloop.domain.owner import Unsubscribe
from ownerloop.domain.wecom import WecomRefusal
from ownerloop.domain.wecom_task import TaskState
from tests.builders import START, an_owner
from tests.usecases.wecom_world import World, a_reserved_contact, refused, reserved_for, unreached

MINUTE = timedelta(minutes=1)
EVENING = START.replace(hour=12, minute=59, second=45)  # 20:59:45 in Shanghai


def test_a_reserved_contact_becomes_a_task_that_waits_for_staff() -> None:
    world = World(a_reserved_contact())

    report = world.send()

    assert world.trail() == ["reserved", "sending", "task_created"]
    assert world.contact().provider_message_id == "msg1"
    assert world.slots() == ["c_1"]
    assert report.tasks == 1


def test_equal_texts_of_one_staff_member_and_day_share_a_task() -> None:
    world = World(*reserved_for(["p_1", "p_2", "p_3"]))

    world.send("c_p_2")

    assert [order.external_userids for order in world.wecom.orders] == [("wm_p_1", "wm_p_2", "wm_p_3")]
    assert {world.outcome(f"c_p_{n}") for n in (1, 2, 3)} == {("task_created", "task_created")}


def test_another_contact_of_the_same_person_goes_into_a_task_of_its_own() -> None:
    world = World(a_reserved_contact(), a_reserved_contact(contact_id="c_2", vehicle_id="v_2"))

    world.send()

    assert [order.external_userids for order in world.wecom.orders] == [("wm_p_1",), ("wm_p_1",)]
    assert len({order.link_url for order in world.wecom.orders}) == 2


def test_two_persons_at_one_address_are_not_put_into_one_task() -> None:
    world = World(*reserved_for(["p_1", "p_2"]))
    world.vault.remember_address("p_2", channel="wecom", address="wm_p_1", told_at=START)

    world.send("c_p_1")

    assert [order.external_userids for order in world.wecom.orders] == [("wm_p_1",), ("wm_p_1",)]


@pytest.mark.parametrize("state", [ContactState.SENDING, ContactState.HELD])
def test_only_a_reserved_contact_is_sent(state: ContactState) -> None:
    reserved = a_reserved_contact()
    world = World(reserved)
    world.contacts.held["c_1"] = reserved.moved(state, reason="moved", at=START)

    world.send()

    assert world.wecom.orders == []


def test_starting_the_sender_twice_sends_once() -> None:
    world = World(*reserved_for(["p_1", "p_2"]))

    world.send("c_p_1")
    world.send("c_p_2")

    assert len(world.wecom.orders) == 1


def test_consent_withdrawn_after_the_reservation_stops_the_message_and_frees_the_slot() -> None:
    world = World(*reserved_for(["p_1", "p_2"]))
    world.withdraw("v_p_1")

    world.send("c_p_1")

    assert world.outcome("c_p_1") == ("suppressed", "no_consent")
    assert world.slots("p_1") == []
    assert world.wecom.orders[0].external_userids == ("wm_p_2",)


def test_an_owner_who_unsubscribed_meanwhile_gets_nothing() -> None:
    world = World(a_reserved_contact())
    world.owners.held["p_1"] = an_owner(unsubscribes=[Unsubscribe(START, "wecom", "*")])

    world.send()

    assert world.outcome() == ("suppressed", "unsubscribed")
    assert world.wecom.orders == []


def test_an_owner_who_lowered_the_own_maximum_gets_no_more_than_that() -> None:
    world = World(*[a_reserved_contact(contact_id=f"c_{n}", vehicle_id=f"v_{n}") for n in (1, 2, 3)])
    world.owners.held["p_1"] = an_owner(daily_max=1)

    world.send()

    assert len(world.wecom.orders) == 1
    assert sorted(world.outcome(f"c_{n}")[1] for n in (1, 2, 3)) == [
        "daily_max_lowered",
        "daily_max_lowered",
        "task_created",
    ]


def test_a_message_that_could_reach_quiet_hours_is_asked_for_again() -> None:
    world = World(a_reserved_contact(at=EVENING), now=EVENING)

    world.send()

    assert world.outcome() == ("requested", "window_over")
    assert world.wecom.orders == []


def test_what_is_asked_for_again_too_late_waits_for_the_morning_without_a_slot() -> None:
    world = World(a_reserved_contact(at=EVENING), now=EVENING)
    world.send()

    world.dispatch()

    assert world.outcome() == ("held", "quiet_hours")
    assert world.slots() == []


def test_a_slot_of_yesterday_sends_nothing_today() -> None:
    world = World(a_reserved_contact(), now=START + timedelta(days=1))

    world.send()

    assert world.outcome() == ("requested", "window_over")


def test_a_lost_answer_leaves_the_contact_in_doubt_with_its_slot() -> None:
    world = World(a_reserved_contact())
    world.wecom.lose_after = 1

    world.send()

    assert world.outcome() == ("unknown", "answer_lost")
    assert world.slots() == ["c_1"]
    assert [task.state for task in world.tasks.held.values()] == [TaskState.UNKNOWN]


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (WecomRefusal.RATE_LIMITED, "rate_limited"),
        (WecomRefusal.BUSY, "provider_busy"),
        (WecomRefusal.NO_TOKEN, "no_token"),
    ],
)
def test_a_refusal_that_may_heal_waits_ten_minutes_without_its_slot(refusal: WecomRefusal, reason: str) -> None:
    world = World(a_reserved_contact())
    world.wecom.refuse.append(refused(refusal))

    world.send()
    world.dispatch()

    assert world.outcome() == ("requested", reason)
    assert world.contact().release_at == START + 10 * MINUTE
    assert world.slots() == []


def test_what_was_clearly_refused_is_asked_for_again_under_the_same_link() -> None:
    world = World(a_reserved_contact())
    world.wecom.refuse.append(refused(WecomRefusal.RATE_LIMITED, errcode=45009))
    world.send()

    world.tick()

    assert world.outcome() == ("task_created", "task_created")
    assert len({order.link_url for order in world.wecom.orders}) == 1


def test_an_order_that_never_left_is_given_again_later() -> None:
    world = World(a_reserved_contact())
    world.wecom.refuse.append(unreached())
    world.send()

    world.tick()

    assert world.trail() == ["reserved", "sending", "requested", "reserved", "sending", "task_created"]


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (WecomRefusal.NO_PERMISSION, "no_permission"),
        (WecomRefusal.BAD_SENDER, "bad_sender"),
        (WecomRefusal.NOT_FRIEND, "not_friend"),
        (WecomRefusal.BAD_ADDRESS, "bad_address"),
        (WecomRefusal.REFUSED, "refused_40058"),
    ],
)
def test_a_clear_no_about_the_message_fails_it_and_frees_the_slot(refusal: WecomRefusal, reason: str) -> None:
    world = World(a_reserved_contact())
    world.wecom.refuse.append(refused(refusal, errcode=40058))

    world.send()

    assert world.outcome() == ("failed", reason)
    assert world.slots() == []


def test_a_refusal_that_names_one_address_fails_that_one_only() -> None:
    world = World(*reserved_for(["p_1", "p_2"]))
    world.wecom.refuse.append(refused(WecomRefusal.BAD_ADDRESS, errcode=40096, named=["wm_p_1"]))
    world.send("c_p_1")

    world.tick()

    assert world.outcome("c_p_1") == ("failed", "bad_address")
    assert world.outcome("c_p_2") == ("task_created", "task_created")


def test_a_group_refused_for_an_unnamed_address_goes_one_by_one() -> None:
    world = World(*reserved_for(["p_1", "p_2"]))
    world.wecom.refuse.append(refused(WecomRefusal.BAD_ADDRESS, errcode=40096))
    world.send("c_p_1")
    world.wecom.refuse.append(refused(WecomRefusal.BAD_ADDRESS, errcode=40096))

    world.tick()

    assert world.outcome("c_p_1") == ("failed", "bad_address")
    assert world.outcome("c_p_2") == ("task_created", "task_created")


def test_an_address_that_the_task_leaves_out_fails() -> None:
    world = World(*reserved_for(["p_1", "p_2"]))
    world.wecom.unsendable = {"wm_p_1"}

    world.send("c_p_1")

    assert world.outcome("c_p_1") == ("failed", "bad_address")
    assert world.slots("p_1") == []
    assert world.outcome("c_p_2") == ("task_created", "task_created")


def test_after_three_clear_failures_the_channel_rests() -> None:
    world = World(*[a_reserved_contact(contact_id=f"c_{n}", vehicle_id=f"v_{n}", text=f"text {n}") for n in range(4)])
    world.wecom.refuse.extend([unreached()] * 3)

    for n in range(4):
        world.send(f"c_{n}")

    assert world.outcome("c_3") == ("requested", "channel_rests")
    assert len(world.wecom.orders) == 3


def test_a_staff_members_full_invocation_leaves_the_rest_to_the_sweep() -> None:
    world = World(*[a_reserved_contact(contact_id=f"c_{n}", vehicle_id=f"v_{n}") for n in range(5)])

    report = world.send("c_0")

    assert (report.tasks, report.left) == (3, 2)
    assert sorted(world.outcome(f"c_{n}")[0] for n in range(5))[:2] == ["reserved", "reserved"]


def test_a_contact_taken_by_another_sender_is_left_out_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(*reserved_for(["p_1", "p_2"]))
    as_read = list(world.contacts.held.values())
    world.contacts.held["c_p_1"] = world.contact("c_p_1").moved(ContactState.HELD, reason="displaced", at=START)
    monkeypatch.setattr(world.contacts, "reserved_group", lambda _: as_read)

    world.send("c_p_2")

    assert world.outcome("c_p_1") == ("held", "displaced")
    assert world.wecom.orders[0].external_userids == ("wm_p_2",)
