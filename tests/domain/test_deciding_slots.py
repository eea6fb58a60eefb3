"""The day's slots while contacts are on their way: displaced, given back, made again, found again, kept in doubt."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.contact import ContactClass, ContactState, Step
from ownerloop.domain.deciding import Decision
from ownerloop.domain.gate import Entry, Gate, reserve
from tests.contact_builders import ANN, DAY, HOUR, NOW, SHANGHAI, TODAY, a_contact, a_policy, an_owner
from tests.domain.decisions import MINUTE, NIGHT, TOMORROW_RELEASE, a_reserved, after, decided, the_one


def test_a_higher_contact_takes_the_slot_of_a_lower_one_that_is_not_yet_sending() -> None:
    contacts = [a_contact(number) for number in (1, 2, 3)]
    standing, gate = after(decided(contacts), contacts, Gate(person_id=ANN))
    recall = a_contact(9, contact_class=ContactClass.SAFETY, priority=10)

    decision = decided([*standing, recall], gate, now=NOW + MINUTE)

    (displaced,) = decision.before_gate
    assert (displaced.contact_id, displaced.state, displaced.reason) == (contacts[2].contact_id, "held", "displaced")
    assert [contact.contact_id for contact in decision.after_gate] == [recall.contact_id]
    assert decision.gate is not None
    assert len(decision.gate.entries) == 3
    assert decision.gate.entries_of(contacts[0].contact_id) == gate.entries_of(contacts[0].contact_id)


def test_a_contact_that_is_sending_or_sent_is_never_displaced() -> None:
    contacts = [a_contact(number) for number in (1, 2, 3)]
    standing, gate = after(decided(contacts), contacts, Gate(person_id=ANN))
    sending = [contact.moved(ContactState.SENDING, reason="sending", at=NOW) for contact in standing]
    recall = a_contact(9, contact_class=ContactClass.SAFETY, priority=10)

    decision = decided([*sending, recall], gate, now=NOW + MINUTE)

    assert [(contact.contact_id, contact.reason) for contact in decision.before_gate] == [
        (recall.contact_id, "daily_cap")
    ]
    assert decision.gate is None


@pytest.mark.parametrize("state", [ContactState.SENDING, ContactState.TASK_CREATED, ContactState.UNKNOWN])
def test_a_task_of_yesterday_that_nobody_stopped_takes_a_slot_of_today_too(state: ContactState) -> None:
    yesterday = TODAY - DAY
    late = [
        replace(a_contact(n), state=state, reserved_day=yesterday, trail=(Step(state, "sent", NOW - HOUR / 12),))
        for n in (8, 9)
    ]
    gate = Gate(
        person_id=ANN,
        version=1,
        entries=tuple(Entry(yesterday, c.contact_id, NOW - 24 * HOUR, c.contact_class, "wecom") for c in late),
    )

    decision = decided([*late, *(a_contact(n) for n in (1, 2))], gate)

    assert [contact.contact_id for contact in decision.after_gate] == [a_contact(1).contact_id]
    assert [contact.reason for contact in decision.before_gate] == ["daily_cap"]
    assert decision.gate is not None
    assert sum(entry.day == TODAY for entry in decision.gate.entries) == 3


def test_a_slot_given_back_goes_to_the_next_in_order() -> None:
    contacts = [a_contact(number) for number in (1, 2, 3, 4)]
    standing, gate = after(decided(contacts), contacts, Gate(person_id=ANN))
    sending = standing[0].moved(ContactState.SENDING, reason="sending", at=NOW)
    failed = sending.moved(ContactState.FAILED, reason="not_friend", at=NOW + MINUTE)

    decision = decided([failed, *standing[1:]], gate, now=NOW + HOUR)

    assert [contact.contact_id for contact in decision.after_gate] == [c.contact_id for c in contacts[1:]]
    assert decision.gate is not None
    assert decision.gate.entries_of(failed.contact_id) == ()
    assert len(decision.gate.entries) == 3


def test_an_owner_who_lowered_the_maximum_gets_no_more_than_that() -> None:
    contacts = [a_contact(number) for number in (1, 2, 3)]
    standing, gate = after(decided(contacts), contacts, Gate(person_id=ANN))

    decision = decided(standing, gate, owner=an_owner(daily_max=1), now=NOW + MINUTE)

    assert [contact.reason for contact in decision.before_gate] == ["displaced", "displaced"]
    assert decision.gate is not None
    assert len(decision.gate.entries) == 1


def test_a_reservation_of_yesterday_is_made_again_with_both_steps_in_its_trail() -> None:
    contact, gate = a_reserved(1)

    decision = decided([contact], gate, now=NOW + DAY)

    again = the_one(decision)
    assert (again.state, again.reserved_day, again.version) == (ContactState.RESERVED, TODAY + DAY, 3)
    assert [step.reason for step in again.trail] == ["reminder_due", "reserved", "day_over", "reserved"]
    assert decision.gate is not None
    assert [entry.day for entry in decision.gate.entries] == [TODAY + DAY]


def test_a_reservation_whose_sender_never_came_is_started_again_without_a_new_step() -> None:
    contact, gate = a_reserved(1)

    assert decided([contact], gate, now=NOW + 4 * MINUTE) == Decision((), None, ())
    again = the_one(decided([contact], gate, now=NOW + 5 * MINUTE))
    assert (again.version, again.trail, again.next_look_at) == (3, contact.trail, NOW + 10 * MINUTE)


def test_a_slot_whose_contact_was_never_written_is_found_again() -> None:
    contact, gate = a_reserved(1)

    decision = decided([a_contact(1)], gate, now=NOW + MINUTE)

    assert decision.gate is not None, "whoever meant to take the slot away must lose"
    assert decision.gate.entries == gate.entries
    assert the_one(decision).state is contact.state


def test_a_contact_that_loses_an_unused_slot_is_written_first_so_that_nobody_can_use_it() -> None:
    # Crashed between gate and contact: the slot stands, the contact is held still, and higher ones came.
    held = the_one(decided([a_contact(4)], now=NIGHT - DAY))
    gate = reserve(Gate(person_id=ANN), held, channel="wecom", policy=a_policy(), daily_max=3, zone=SHANGHAI, now=NOW)
    assert isinstance(gate, Gate)
    capped = replace(held, release_at=TOMORROW_RELEASE, reason="daily_cap")
    higher = [a_contact(number, priority=10) for number in (1, 2, 3)]

    decision = decided([capped, *higher], gate, now=NOW + MINUTE)

    (written,) = decision.before_gate
    assert (written.contact_id, written.version) == (capped.contact_id, capped.version + 1)
    assert written.trail == capped.trail
    assert decision.gate is not None
    assert decision.gate.entries_of(capped.contact_id) == ()


def test_a_contact_that_its_sender_sent_back_waits_as_long_as_it_was_told_and_holds_no_slot() -> None:
    contact, gate = a_reserved(1)
    back = contact.moved(ContactState.REQUESTED, reason="rate", at=NOW, release_at=NOW + HOUR, reserved_day=None)

    waiting = decided([back], gate, now=NOW + MINUTE)
    later = decided([back], gate, now=NOW + HOUR)

    assert waiting.gate is not None
    assert waiting.gate.entries == ()
    assert the_one(waiting).trail == back.trail
    assert the_one(later).state is ContactState.RESERVED


def test_a_sending_without_an_answer_for_too_long_is_in_doubt_and_keeps_its_slot() -> None:
    contact, gate = a_reserved(1)
    sending = contact.moved(ContactState.SENDING, reason="sending", at=NOW)

    assert decided([sending], gate, now=NOW + 9 * MINUTE) == Decision((), None, ())
    decision = decided([sending], gate, now=NOW + 10 * MINUTE)
    assert (the_one(decision).state, the_one(decision).reason) == (ContactState.UNKNOWN, "answer_lost")
    assert decision.gate is None


MOMENTS = st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=12)
OPEN = st.lists(st.tuples(st.sampled_from(list(ContactClass)), st.sampled_from([10, 40, 90])), min_size=1, max_size=8)


@given(kinds=OPEN, moments=MOMENTS, daily_max=st.integers(0, 3), sends=st.integers(0, 2**12))
def test_at_any_moment_no_more_are_reserved_or_sent_than_the_day_allows(
    kinds: list[tuple[ContactClass, int]], moments: list[int], daily_max: int, sends: int
) -> None:
    contacts = [
        a_contact(number, contact_class=kind, priority=priority, due_cycle="")
        for number, (kind, priority) in enumerate(kinds)
    ]
    gate, owner = Gate(person_id=ANN), an_owner(daily_max=daily_max)
    for place, minutes in enumerate(sorted(moments)):
        now = NOW + timedelta(minutes=minutes)
        contacts, gate = after(decided(contacts, gate, owner=owner, now=now), contacts, gate)
        for day in {contact.reserved_day for contact in contacts if contact.reserved_day}:
            assert sum(contact.reserved_day == day for contact in contacts) <= daily_max
        if sends >> place & 1:
            contacts = [
                c.moved(ContactState.SENDING, reason="sending", at=now).moved(
                    ContactState.ACCEPTED, reason="accepted", at=now
                )
                if c.state is ContactState.RESERVED and place % 2
                else c
                for c in contacts
            ]
        reserved = {c.contact_id for c in contacts if c.state is ContactState.RESERVED}
        assert reserved <= {entry.contact_id for entry in gate.entries}
