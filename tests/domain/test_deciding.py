"""Deciding for one person: who gets the day's slots, who waits until when, who ends and why."""

from dataclasses import replace
from datetime import time, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.calendar import QuietHours
from ownerloop.domain.consent import Ownership, Withdrawal
from ownerloop.domain.contact import Contact, ContactClass, ContactState
from ownerloop.domain.deciding import Decision
from ownerloop.domain.gate import Gate, Refused, reserve
from ownerloop.domain.owner import Owner, Unsubscribe
from ownerloop.domain.send_window import release_after_quiet, release_next_day
from tests.contact_builders import (
    ANN,
    BEN,
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
from tests.domain.decisions import MINUTE, NIGHT, OFFSET, TOMORROW_RELEASE, a_reserved, after, decided, the_one


def test_a_requested_contact_in_good_order_is_reserved_for_today() -> None:
    decision = decided([a_contact(1)])

    contact = the_one(decision)
    assert (contact.state, contact.reason, contact.reserved_day) == (ContactState.RESERVED, "reserved", TODAY)
    assert (contact.channel, contact.reserved_at, contact.version) == ("wecom", NOW, 2)
    assert contact.next_look_at == NOW + 5 * MINUTE
    assert decision.gate is not None
    assert [entry.contact_id for entry in decision.gate.entries] == [contact.contact_id]


def test_the_first_three_in_the_order_of_priority_validity_and_id_get_the_slots() -> None:
    recall = a_contact(9, contact_class=ContactClass.SAFETY, priority=10)
    sooner = a_contact(8, valid_until=NOW + 3 * DAY)
    contacts = [a_promotion(1), a_contact(3), a_contact(2), sooner, recall]

    decision = decided(contacts)

    winners = [contact.contact_id for contact in decision.after_gate]
    assert winners == [recall.contact_id, sooner.contact_id, a_contact(2).contact_id]
    assert [(c.contact_id, c.reason, c.release_at) for c in decision.before_gate] == [
        (a_contact(3).contact_id, "daily_cap", TOMORROW_RELEASE),
        (a_promotion(1).contact_id, "daily_cap", TOMORROW_RELEASE),
    ]


def test_the_order_in_which_contacts_are_read_does_not_matter() -> None:
    contacts = [a_contact(1), a_contact(2, priority=10), a_promotion(3), a_contact(4)]

    assert len({repr(decided(list(order))) for order in permutations(contacts)}) == 1


def test_deciding_again_changes_nothing() -> None:
    contacts = [a_contact(number) for number in range(1, 6)]
    first = decided(contacts)

    again = decided(*after(first, contacts, Gate(person_id=ANN)), now=NOW + MINUTE)

    assert again == Decision((), None, ())


@pytest.mark.parametrize(
    ("contact", "owner", "reason"),
    [
        (a_contact(1, holdout=True), an_owner(), "holdout"),
        (a_contact(1), an_owner(daily_max=0), "daily_max_zero"),
        (a_contact(1), an_owner(unsubscribes=(Unsubscribe(NOW, "wecom", "maintenance"),)), "unsubscribed"),
        (a_contact(1), an_owner(unsubscribes=(Unsubscribe(NOW, "*", "*"),)), "unsubscribed"),
        (a_contact(1), an_owner(channels=()), "no_channel"),
        (a_contact(1), an_owner(channels=("sms",)), "no_channel"),
        (a_contact(1, staff_userid=None), an_owner(staff_userid=None), "no_channel"),
        (a_contact(1, due_cycle="2024-09-01#0"), an_owner(), "cycle_closed"),
        (a_contact(1, person_id=BEN), an_owner(BEN), "owner_changed"),
    ],
)
def test_what_may_never_be_sent_is_suppressed_with_its_reason(contact: Contact, owner: Owner, reason: str) -> None:
    decision = decided([contact], owner=owner)

    ended = the_one(decision)
    assert (ended.state, ended.reason, ended.next_look_at) == (ContactState.SUPPRESSED, reason, None)
    assert decision.gate is None


def test_an_unsubscribe_from_another_topic_stops_nothing() -> None:
    owner = an_owner(unsubscribes=(Unsubscribe(NOW, "wecom", "campaign"),))

    assert the_one(decided([a_contact(1)], owner=owner)).state is ContactState.RESERVED


def test_consent_taken_back_after_planning_stops_the_contact() -> None:
    withdrawn = replace(a_head(), withdrawals=(Withdrawal(NOW - HOUR, ANN, "maintenance"),))

    decision = decided([a_contact(1)], heads={a_contact(1).vehicle_id: withdrawn})

    assert the_one(decision).reason == "consent_withdrawn"


def test_a_consent_that_ran_out_stops_the_contact_as_none_at_all() -> None:
    assert the_one(decided([a_contact(1, valid_until=NOW + 900 * DAY)], now=NOW + 301 * DAY)).reason == "no_consent"


def test_service_needs_the_consent_for_maintenance_and_promotion_that_for_marketing() -> None:
    heads = {a_contact(1).vehicle_id: a_head(purposes=("maintenance",))}

    assert the_one(decided([a_contact(1)], heads=heads)).state is ContactState.RESERVED
    assert the_one(decided([a_promotion(1)], heads=heads)).reason == "no_consent"


def test_a_car_handed_over_is_no_longer_this_owners_business() -> None:
    sold = replace(a_head(), owners=(*a_head().owners, Ownership(NOW - HOUR, BEN)))

    assert the_one(decided([a_contact(1)], heads={a_contact(1).vehicle_id: sold})).reason == "owner_changed"


def test_a_contact_held_over_the_hand_over_ends_at_its_release_at_the_latest() -> None:
    sold = replace(a_head(), owners=(*a_head().owners, Ownership(NOW - HOUR, BEN)))
    held = a_contact(1, state=ContactState.HELD)

    ended = the_one(decided([held], heads={held.vehicle_id: sold}))

    assert (ended.state, ended.reason) == (ContactState.SUPPRESSED, "owner_changed")


def test_a_contact_whose_validity_is_over_expires() -> None:
    ended = the_one(decided([a_contact(1, valid_until=NOW)]))

    assert (ended.state, ended.reason) == (ContactState.EXPIRED, "validity_over")


def test_a_contact_in_quiet_hours_waits_for_their_end_and_the_persons_own_offset() -> None:
    decision = decided([a_contact(1), a_contact(2)], now=NIGHT)

    assert {(c.state, c.reason, c.release_at) for c in decision.before_gate} == {
        (ContactState.HELD, "quiet_hours", TOMORROW_RELEASE)
    }
    assert all(contact.next_look_at == contact.release_at for contact in decision.before_gate)
    assert decision.gate is None


def test_a_new_reservation_needs_time_before_quiet_hours_one_that_stands_does_not() -> None:
    contact, gate = a_reserved(1)
    late = NOW + 10 * HOUR + 45 * MINUTE  # 20:45 in Shanghai

    decision = decided([contact, a_contact(2)], gate, now=late)

    assert [(c.contact_id, c.reason) for c in decision.before_gate] == [(a_contact(2).contact_id, "quiet_hours")]
    assert [c.contact_id for c in decision.after_gate] == [contact.contact_id]


def test_a_contact_whose_validity_ends_before_its_release_expires_with_the_cause() -> None:
    contact = a_contact(1, valid_until=NIGHT + HOUR)

    assert (the_one(decided([contact], now=NIGHT)).state, the_one(decided([contact], now=NIGHT)).reason) == (
        ContactState.EXPIRED,
        "quiet_hours",
    )


def test_too_little_validity_left_to_be_sent_is_none() -> None:
    assert the_one(decided([a_contact(1, valid_until=NOW + 10 * MINUTE)])).reason == "validity_over"


def test_a_held_contact_is_checked_again_in_full_at_its_release() -> None:
    held = the_one(decided([a_contact(1)], now=NIGHT))
    unsubscribed = an_owner(unsubscribes=(Unsubscribe(NIGHT, "wecom", "*"),))

    released = decided([held], now=TOMORROW_RELEASE)
    refused = decided([held], owner=unsubscribed, now=TOMORROW_RELEASE)

    assert the_one(released).state is ContactState.RESERVED
    assert the_one(released).release_at is None
    assert the_one(refused).reason == "unsubscribed"


def test_a_commercial_contact_over_the_weeks_limit_waits_for_its_room_outside_quiet_hours() -> None:
    policy = a_policy(commercial_per_7_days_max=1)
    first = decided([a_promotion(1)], policy=policy)
    second = a_promotion(2, valid_until=NOW + 30 * DAY)

    decision = decided([second], first.gate, policy=policy, now=NOW + DAY)

    assert (the_one(decision).reason, the_one(decision).release_at) == ("commercial_window", NOW + 7 * DAY + OFFSET)


def test_a_due_cycle_that_was_asked_three_times_is_never_asked_again() -> None:
    gate = Gate(person_id=ANN)
    for stage in (1, 2, 3):
        answer = reserve(
            gate,
            a_contact(stage, vehicle_id=a_contact(9).vehicle_id),
            channel="wecom",
            policy=a_policy(),
            daily_max=3,
            zone=SHANGHAI,
            now=NOW - stage * DAY,
        )
        assert not isinstance(answer, Refused)
        gate = answer

    assert the_one(decided([a_contact(9)], gate)).reason == "service_cycle_cap"


def test_a_merged_person_waits_for_the_one_who_stays() -> None:
    gate = Gate(person_id=ANN, merged_into=BEN)

    assert the_one(decided([a_contact(1)], gate)).reason == "merged"


def test_without_quiet_hours_the_end_of_the_day_still_bounds_a_new_reservation() -> None:
    policy = a_policy(quiet_hours=QuietHours(time(0), time(0)))

    held = the_one(decided([a_contact(1)], policy=policy, now=NOW + 13 * HOUR + 45 * MINUTE))

    assert (held.state, held.release_at) == (ContactState.HELD, NOW + 14 * HOUR + OFFSET)


@given(seconds=st.integers(0, 14 * 86_400), person=st.sampled_from([ANN, BEN, "p_" + "c" * 24]))
def test_a_release_lies_ahead_outside_quiet_hours_and_at_the_persons_own_offset(seconds: int, person: str) -> None:
    now = NOW + timedelta(seconds=seconds)
    policy = a_policy()

    for release_at in (
        release_after_quiet(person, now=now, policy=policy, clocks=(SHANGHAI,)),
        release_next_day(person, now=now, policy=policy, clocks=(SHANGHAI,)),
    ):
        assert release_at >= now
        assert not policy.quiet_hours.covers(release_at, SHANGHAI)
        assert release_at <= now + 2 * DAY
