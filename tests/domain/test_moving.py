"""The next move of one contact: which end it meets, what it waits for, and that only a reservation counts as one."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from ownerloop.domain.calendar import QuietHours, start_of_day, zone_of
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.deciding import decide
from ownerloop.domain.gate import Gate, reserve
from ownerloop.domain.moving import Person, next_move
from ownerloop.domain.owner import Owner
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.send_window import release_after_quiet
from tests.contact_builders import (
    ANN,
    CYCLE,
    DAY,
    HOUR,
    NOW,
    SHANGHAI,
    TODAY,
    a_contact,
    a_head,
    a_policy,
    a_promotion,
    an_owner,
)

NIGHT = NOW + 12 * HOUR  # 22:00 in Shanghai


def moved(
    contact: Contact,
    gate: Gate | None = None,
    *,
    owner: Owner | None = None,
    policy: ContactPolicy | None = None,
    now: datetime = NOW,
) -> Contact | None:
    person = Person(
        owner or an_owner(),
        heads={contact.vehicle_id: a_head()},
        cycles={(contact.vehicle_id, "oil"): CYCLE},
        policy=policy or a_policy(),
        clocks=(SHANGHAI,),
        now=now,
    )
    return next_move(contact, gate or Gate(person_id=ANN), held=(), person=person)[0]


def a_gate(*contacts: Contact, now: datetime = NOW) -> Gate:
    gate = Gate(person_id=ANN)
    for contact in contacts:
        answer = reserve(gate, contact, channel="wecom", policy=a_policy(), daily_max=3, zone=SHANGHAI, now=now)
        assert isinstance(answer, Gate)
        gate = answer
    return gate


def outcome(contact: Contact | None) -> tuple[ContactState, str] | None:
    return (contact.state, contact.reason) if contact else None


@pytest.mark.parametrize("owner", [an_owner(daily_max=0), an_owner(open_cases=frozenset({"k_1"})), an_owner()])
def test_what_ran_out_is_expired_whatever_else_would_have_stopped_it(owner: Owner) -> None:
    contact = a_promotion(1, valid_until=NOW)

    assert outcome(moved(contact, owner=owner)) == (ContactState.EXPIRED, "validity_over")


def test_a_due_cycle_that_was_asked_often_enough_ends_the_contact_and_holds_nothing() -> None:
    asked = [a_contact(number, vehicle_id=a_contact(9).vehicle_id) for number in (1, 2, 3)]

    end = moved(a_contact(9), a_gate(*asked, now=NOW - DAY))

    assert outcome(end) == (ContactState.SUPPRESSED, "service_cycle_cap")


def test_where_the_policy_allows_no_promotion_at_all_waiting_does_not_help() -> None:
    end = moved(a_promotion(1), policy=a_policy(commercial_per_7_days_max=0))

    assert outcome(end) == (ContactState.SUPPRESSED, "commercial_window")


def test_only_a_limit_of_the_day_displaces_a_reservation() -> None:
    reserved = moved(a_promotion(2))
    assert reserved is not None
    gate = a_gate(a_promotion(1), now=NOW - DAY)

    held = moved(reserved, gate, policy=a_policy(commercial_per_7_days_max=1))

    assert outcome(held) == (ContactState.HELD, "commercial_window")


def test_a_contact_asked_for_again_is_held_even_where_its_release_is_known() -> None:
    until = release_after_quiet(ANN, now=NOW + 22 * HOUR, policy=a_policy(), clocks=(SHANGHAI,))

    held = moved(a_contact(1, release_at=until), now=NIGHT)

    assert outcome(held) == (ContactState.HELD, "quiet_hours")
    assert held is not None
    assert held.release_at == until
    assert moved(held, now=NIGHT) is None


def test_a_day_alone_makes_no_reservation() -> None:
    held = a_contact(1, state=ContactState.HELD, reserved_day=TODAY, release_at=NOW, next_look_at=NOW + HOUR)

    reserved = moved(held)

    assert outcome(reserved) == (ContactState.RESERVED, "reserved")


def test_a_reservation_that_nobody_would_look_at_again_is_started_again() -> None:
    reserved = moved(a_contact(1))
    assert reserved is not None

    again = moved(replace(reserved, next_look_at=None), now=NOW + HOUR)

    assert again is not None
    assert again.next_look_at == NOW + HOUR + a_policy().send_grace


def test_a_message_that_is_under_way_takes_no_second_slot_where_its_day_has_not_begun() -> None:
    policy = a_policy(quiet_hours=QuietHours(time(0), time(0)))
    early = start_of_day(TODAY, SHANGHAI) + HOUR
    reserved = moved(a_contact(1), policy=policy, now=early)
    assert reserved is not None
    sending = reserved.moved(ContactState.SENDING, reason="sending", at=early)
    gate, other = a_gate(sending, now=early), a_contact(2)

    decision = decide(
        [sending, other],
        gate,
        owner=an_owner(),
        heads={other.vehicle_id: a_head()},
        cycles={(other.vehicle_id, "oil"): CYCLE},
        policy=policy,
        zone=zone_of("America/Los_Angeles"),
        now=early + timedelta(minutes=1),
    )

    assert decision.gate is not None
    assert [(entry.day, entry.contact_id) for entry in decision.gate.entries] == [
        (TODAY - DAY, other.contact_id),
        (TODAY, sending.contact_id),
    ]
