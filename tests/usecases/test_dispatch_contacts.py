"""Dispatching: one decision a person, one start a group, and no crash or race that costs the law."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.contact import ContactClass, ContactState
from ownerloop.domain.gate import Gate, release
from ownerloop.domain.owner import Unsubscribe
from ownerloop.usecases.dispatch_contacts import dispatch, sweep
from tests.contact_builders import (
    ANN,
    BEN,
    DAY,
    HOUR,
    NOW,
    TODAY,
    a_car,
    a_contact,
    a_surrogate,
    an_owner,
)
from tests.usecases.dispatch_world import Crash, CrashError, World

MINUTE = timedelta(minutes=1)


def test_three_of_a_persons_contacts_are_reserved_and_the_others_wait() -> None:
    world = World([a_contact(number) for number in range(1, 6)])

    report = world.dispatch()

    assert world.in_state(ContactState.RESERVED) == [a_surrogate("c", number) for number in (1, 2, 3)]
    assert world.in_state(ContactState.HELD) == [a_surrogate("c", number) for number in (4, 5)]
    assert report.moves == {ContactState.RESERVED: 3, ContactState.HELD: 2}
    assert world.gates.held[ANN].version == 1


def test_equal_texts_of_one_staff_member_and_day_start_one_sender() -> None:
    bens = a_contact(3, person_id=BEN)
    brakes = a_contact(2, text="Pudong: your brake fluid is due soon.")
    world = World([a_contact(1), brakes, bens], owners=[an_owner(), an_owner(BEN)])

    report = world.dispatch(BEN, ANN)

    assert world.senders.started == [("wecom", a_surrogate("c", 1)), ("wecom", a_surrogate("c", 2))]
    assert report.started == [a_surrogate("c", 1), a_surrogate("c", 2)]


def test_senders_start_only_when_every_person_is_written() -> None:
    world = World([a_contact(1), a_contact(2, person_id=BEN, text="Another")], owners=[an_owner(), an_owner(BEN)])
    seen: list[str] = []
    world.on_operation = seen.append

    world.dispatch(ANN, BEN)

    first_start = seen.index("senders.start")
    assert {"contacts.save", "gates.save"}.isdisjoint(seen[first_start:])


def test_a_person_without_anything_to_do_costs_no_write() -> None:
    world = World([a_contact(1)])
    world.dispatch()
    seen: list[str] = []
    world.on_operation = seen.append

    world.dispatch(now=NOW + MINUTE)

    assert {"contacts.save", "gates.save", "senders.start"}.isdisjoint(seen)


def test_a_refusal_writes_no_gate() -> None:
    world = World([a_contact(1), a_contact(2, holdout=True)], owners=[an_owner(daily_max=0)])

    world.dispatch()

    assert world.gates.held == {}
    assert world.in_state(ContactState.SUPPRESSED) == [a_surrogate("c", 1), a_surrogate("c", 2)]


def test_an_unsubscribe_is_effective_for_the_next_send() -> None:
    world = World([a_contact(1)])
    world.dispatch()
    world.owners.held[ANN] = an_owner(unsubscribes=(Unsubscribe(NOW, "wecom", "*"),))

    world.dispatch(now=NOW + MINUTE)

    assert world.contacts.held[a_surrogate("c", 1)].reason == "unsubscribed"
    assert world.slots() == []


def test_the_service_done_meanwhile_closes_the_cycle() -> None:
    world = World([a_contact(1)], cars=[a_car(1, forecast=None)])

    world.dispatch()

    assert world.contacts.held[a_surrogate("c", 1)].reason == "cycle_closed"


def test_the_owners_own_zone_rules_the_quiet_hours_then_the_stores() -> None:
    early = NOW - 90 * MINUTE  # 08:30 in Shanghai, 06:30 in Urumqi
    in_urumqi, unknown = an_owner(zone="Asia/Urumqi"), an_owner(BEN, zone="Nowhere/City")
    world = World([a_contact(1), a_contact(2, person_id=BEN)], owners=[in_urumqi, unknown])

    world.dispatch(ANN, BEN, now=early)

    assert world.in_state(ContactState.HELD) == [a_surrogate("c", 1)]
    assert world.in_state(ContactState.RESERVED) == [a_surrogate("c", 2)]


def test_a_contact_that_the_index_does_not_know_yet_is_seen_by_its_id() -> None:
    world = World([a_contact(1)])
    world.contacts.open_of = lambda _: []  # type: ignore[method-assign]  # the index lags behind

    dispatch([ANN], desk=world.desk, now=NOW, contact_ids=[a_surrogate("c", 1)])

    assert world.in_state(ContactState.RESERVED) == [a_surrogate("c", 1)]


@pytest.mark.parametrize("operation", ["contacts.save", "gates.save", "senders.start"])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6])
def test_a_crash_between_any_two_writes_is_healed_by_the_sweep(operation: str, at: int) -> None:
    contacts = [a_contact(number, text=f"text {number % 2}") for number in range(1, 6)]
    world = World(contacts)
    world.on_operation = Crash(operation, at=at)
    with suppress(CrashError):
        world.dispatch()

    world.on_operation = lambda _: None
    sweep(desk=world.desk, now=NOW + 5 * MINUTE)

    assert world.in_state(ContactState.RESERVED) == [a_surrogate("c", number) for number in (1, 2, 3)]
    assert world.in_state(ContactState.HELD) == [a_surrogate("c", number) for number in (4, 5)]
    assert world.slots() == world.in_state(ContactState.RESERVED)
    assert {contact_id for _, contact_id in world.senders.started} == {a_surrogate("c", 1), a_surrogate("c", 2)}


def test_a_lost_start_is_made_up_by_the_sweep_once_a_grace_has_passed() -> None:
    world = World([a_contact(1)])
    world.dispatch()

    sweep(desk=world.desk, now=NOW + 4 * MINUTE)
    assert len(world.senders.started) == 1
    sweep(desk=world.desk, now=NOW + 5 * MINUTE)
    sweep(desk=world.desk, now=NOW + 6 * MINUTE)
    assert len(world.senders.started) == 2


def test_the_sweep_releases_held_contacts_in_their_order_day_after_day() -> None:
    world = World([a_contact(number) for number in range(1, 6)])
    world.dispatch()
    for contact_id in world.in_state(ContactState.RESERVED):
        self_sent(world, contact_id)

    sweep(desk=world.desk, now=NOW + 12 * HOUR)
    assert len(world.in_state(ContactState.HELD)) == 2
    sweep(desk=world.desk, now=NOW + DAY)

    assert world.in_state(ContactState.RESERVED) == [a_surrogate("c", 4), a_surrogate("c", 5)]
    assert {c.reserved_day for c in world.contacts.held.values() if c.state is ContactState.RESERVED} == {TODAY + DAY}


def test_a_sending_in_doubt_ends_unknown_and_keeps_its_slot() -> None:
    world = World([a_contact(1)])
    world.dispatch()
    reserved = world.contacts.held[a_surrogate("c", 1)]
    world.contacts.save(reserved.moved(ContactState.SENDING, reason="sending", at=NOW, next_look_at=NOW + 10 * MINUTE))

    sweep(desk=world.desk, now=NOW + 10 * MINUTE)

    assert world.in_state(ContactState.UNKNOWN) == [a_surrogate("c", 1)]
    assert world.slots() == [a_surrogate("c", 1)]
    assert len(world.senders.started) == 1


def test_an_end_without_a_message_gives_its_slot_to_the_next_even_if_the_sender_died_in_between() -> None:
    world = World([a_contact(number) for number in range(1, 5)])
    world.dispatch()
    reserved = world.contacts.held[a_surrogate("c", 1)]
    sending = reserved.moved(ContactState.SENDING, reason="sending", at=NOW)
    world.contacts.save(sending)
    world.contacts.save(sending.moved(ContactState.FAILED, reason="not_friend", at=NOW, next_look_at=None))

    world.dispatch(now=NOW + MINUTE)

    assert world.slots() == [a_surrogate("c", number) for number in (2, 3, 4)]
    assert a_surrogate("c", 4) in world.in_state(ContactState.RESERVED)


def test_a_loser_of_the_gate_reads_again_and_sees_the_slots_that_went() -> None:
    world = World([a_contact(2), a_contact(3)])
    others = [a_contact(number) for number in (7, 8)]
    full = World(others)
    full.dispatch()

    def somebody_was_faster(operation: str) -> None:
        if operation == "gates.save" and ANN not in world.gates.held:
            world.gates.held[ANN] = full.gates.held[ANN]

    world.on_operation = somebody_was_faster
    report = world.dispatch()

    assert world.in_state(ContactState.RESERVED) == [a_surrogate("c", 2)]
    assert report.left_to_sweep == []
    assert len(world.slots()) == 3


def test_who_loses_too_often_is_left_to_the_sweep() -> None:
    world = World([a_contact(1)])

    def always_faster(operation: str) -> None:
        if operation == "gates.save":
            held = world.gates.held.get(ANN, Gate(person_id=ANN))
            world.gates.held[ANN] = replace(held, version=held.version + 1)

    world.on_operation = always_faster
    report = world.dispatch()
    world.on_operation = lambda _: None

    assert report.left_to_sweep == [ANN]
    sweep(desk=world.desk, now=NOW + 5 * MINUTE)
    assert world.in_state(ContactState.RESERVED) == [a_surrogate("c", 1)]


def test_a_sender_that_takes_a_contact_while_a_higher_one_displaces_it_wins() -> None:
    world = World([a_contact(number) for number in (1, 2, 3)])
    world.dispatch()
    recall = a_contact(9, contact_class=ContactClass.SAFETY, priority=10, vehicle_id=a_surrogate("v", 1))
    world.contacts.request([recall])
    taken: list[str] = []

    def the_sender_is_faster(operation: str) -> None:
        if operation == "contacts.save" and not taken:
            taken.append(a_surrogate("c", 3))
            held = world.contacts.held[taken[0]]
            world.contacts.held[taken[0]] = held.moved(ContactState.SENDING, reason="sending", at=NOW)

    world.on_operation = the_sender_is_faster
    world.dispatch(now=NOW + MINUTE)

    assert world.in_state(ContactState.SENDING) == [a_surrogate("c", 3)]
    assert len(world.slots()) == 3
    assert set(world.in_state(ContactState.RESERVED)) < set(world.slots())
    assert world.contacts.held[a_surrogate("c", 2)].reason == "displaced"


def test_the_sweep_looks_past_what_others_must_look_at() -> None:
    waiting = [
        a_contact(number, state=ContactState.TASK_CREATED, next_look_at=NOW - DAY, person_id=BEN)
        for number in range(100, 350)
    ]
    world = World([*waiting, a_contact(1, next_look_at=NOW)])

    sweep(desk=world.desk, now=NOW)

    assert world.in_state(ContactState.RESERVED) == [a_surrogate("c", 1)]


def self_sent(world: World, contact_id: str) -> None:
    reserved = world.contacts.held[contact_id]
    sending = reserved.moved(ContactState.SENDING, reason="sending", at=NOW)
    world.contacts.held[contact_id] = sending.moved(ContactState.ACCEPTED, reason="accepted", at=NOW, next_look_at=None)


def test_a_slot_that_somebody_released_is_not_given_back_twice() -> None:
    world = World([a_contact(1), a_contact(2)])
    world.dispatch()
    reserved = world.contacts.held[a_surrogate("c", 1)]
    world.contacts.save(reserved.moved(ContactState.SUPPRESSED, reason="unsubscribed", at=NOW, next_look_at=None))
    world.gates.save(release(world.gates.load(ANN), a_surrogate("c", 1)))

    world.dispatch(now=NOW + MINUTE)

    assert world.slots() == [a_surrogate("c", 2)]
