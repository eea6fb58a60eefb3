"""The gate: never more than the law, the policy and the owner allow, in any order; a retry keeps what it has."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from ownerloop.domain.calendar import civil_day, start_of_day
from ownerloop.domain.contact import ContactClass, ContactState
from ownerloop.domain.gate import Gate, Refused, gives_slot_back, hold_also, prune, release
from tests.contact_builders import ANN, DAY, HOUR, NOW, SHANGHAI, TODAY, a_contact, a_policy, a_promotion
from tests.domain.gates import a_gate, asked, merged


def test_three_contacts_of_a_day_get_a_slot_and_the_fourth_does_not() -> None:
    gate = a_gate(a_contact(1), a_contact(2), a_contact(3))

    assert asked(gate, a_contact(4)) == Refused("daily_cap")
    assert gate.version == 3


def test_no_policy_raises_the_law() -> None:
    gate = a_gate(a_contact(1), a_contact(2), a_contact(3))

    assert asked(gate, a_contact(4), policy=a_policy(daily_max=9), daily_max=9) == Refused("daily_cap")


def test_the_next_civil_day_is_a_new_day() -> None:
    gate = a_gate(a_contact(1), a_contact(2), a_contact(3))

    assert isinstance(asked(gate, a_contact(4), now=NOW + DAY), Gate)


@pytest.mark.parametrize("daily_max", [0, -1])
def test_an_owner_who_wants_none_is_refused_before_any_write(daily_max: int) -> None:
    assert asked(Gate(person_id=ANN), a_contact(1), daily_max=daily_max) == Refused("daily_max_zero")


def test_a_policy_of_none_refuses_everybody() -> None:
    assert asked(Gate(person_id=ANN), a_contact(1), policy=a_policy(daily_max=0)) == Refused("daily_max_zero")


def test_a_retry_of_the_same_day_gets_the_very_gate_it_came_with() -> None:
    gate = a_gate(a_contact(1), a_contact(2), a_contact(3))

    assert asked(gate, a_contact(2), now=NOW + HOUR) is gate


def test_a_slot_for_yesterday_must_be_reserved_again() -> None:
    gate = a_gate(a_contact(1))

    answer = asked(gate, a_contact(1), now=NOW + DAY)

    assert isinstance(answer, Gate)
    assert [entry.day for entry in answer.entries_of(a_contact(1).contact_id)] == [TODAY + DAY]


def test_a_slot_for_yesterday_is_no_slot_on_a_full_day() -> None:
    gate = merged(a_gate(a_contact(1), a_contact(2), a_contact(3), now=NOW + DAY), a_gate(a_contact(4)))

    assert asked(gate, a_contact(4), now=NOW + DAY) == Refused("daily_cap")


def test_a_merged_person_reserves_nothing_more() -> None:
    gate = replace(a_gate(a_contact(1)), merged_into="p_other")

    assert asked(gate, a_contact(1)) == Refused("merged")


def test_commercial_messages_use_at_most_two_of_the_three() -> None:
    gate = a_gate(a_promotion(1), a_promotion(2))

    assert asked(gate, a_promotion(3)) == Refused("commercial_daily_cap")
    assert isinstance(asked(gate, a_contact(3)), Gate)


def test_the_kept_slot_is_for_recall_safety_and_complaint_callback_only() -> None:
    policy = a_policy(kept_slots=1)
    gate = a_gate(a_contact(1), a_contact(2))

    assert asked(gate, a_contact(3), policy=policy) == Refused("kept_slot")
    assert isinstance(asked(gate, a_contact(3, contact_class=ContactClass.SAFETY), policy=policy), Gate)
    assert isinstance(asked(gate, a_contact(3, topic="complaint_callback"), policy=policy), Gate)


def test_the_kept_slot_never_takes_the_only_one_an_owner_allows() -> None:
    answer = asked(Gate(person_id=ANN), a_contact(1), policy=a_policy(kept_slots=1), daily_max=1)

    assert isinstance(answer, Gate)


def test_commercial_messages_wait_until_the_week_has_room() -> None:
    policy = a_policy(commercial_per_7_days_max=1)
    gate = a_gate(a_promotion(1))

    answer = asked(gate, a_promotion(2), policy=policy, now=NOW + 6 * DAY)

    assert answer == Refused("commercial_window", retry_at=NOW + 7 * DAY)
    assert isinstance(asked(gate, a_promotion(2), policy=policy, now=NOW + 7 * DAY), Gate)


def test_a_week_is_over_on_the_clock_too_not_only_on_the_calendar() -> None:
    policy = a_policy(commercial_per_7_days_max=1)
    gate = a_gate(a_promotion(1), now=NOW + 8 * HOUR)

    answer = asked(gate, a_promotion(2), policy=policy, now=NOW + 7 * DAY)

    assert answer == Refused("commercial_window", retry_at=NOW + 7 * DAY + 8 * HOUR)


def test_at_most_four_commercial_messages_start_in_thirty_days() -> None:
    policy = a_policy(commercial_per_30_days_max=4)
    gate = Gate(person_id=ANN)
    for week in range(4):
        answer = asked(gate, a_promotion(week + 1), policy=policy, now=NOW + week * 7 * DAY)
        assert isinstance(answer, Gate)
        gate = answer

    assert asked(gate, a_promotion(5), policy=policy, now=NOW + 28 * DAY) == Refused(
        "commercial_window", retry_at=NOW + 30 * DAY
    )
    assert isinstance(asked(gate, a_promotion(5), policy=policy, now=NOW + 30 * DAY), Gate)


def test_a_campaign_the_owner_joined_is_free_of_the_windows_but_not_of_the_day() -> None:
    policy = a_policy(commercial_per_7_days_max=0, commercial_daily_max=0)
    gate = a_gate(a_contact(1), a_contact(2))

    third = asked(gate, a_promotion(3, contact_class=ContactClass.JOINED), policy=policy)

    assert isinstance(third, Gate)
    assert asked(third, a_promotion(4, contact_class=ContactClass.JOINED), policy=policy) == Refused("daily_cap")


def test_a_due_cycle_has_at_most_three_messages_whatever_the_day() -> None:
    gate = Gate(person_id=ANN)
    for week in range(3):
        answer = asked(gate, a_contact(week + 1, vehicle_id="v_1", stage=week + 1), now=NOW + 7 * week * DAY)
        assert isinstance(answer, Gate)
        gate = answer

    assert asked(gate, a_contact(9, vehicle_id="v_1"), now=NOW + 30 * DAY) == Refused("service_cycle_cap")
    assert isinstance(asked(gate, a_contact(9, vehicle_id="v_1", due_cycle="next"), now=NOW + 30 * DAY), Gate)
    assert isinstance(asked(gate, a_contact(9, vehicle_id="v_2"), now=NOW + 30 * DAY), Gate)


def test_what_belongs_to_no_due_cycle_is_never_asked_too_often_in_it() -> None:
    gate = Gate(person_id=ANN)
    for day in range(5):
        answer = asked(gate, a_contact(day + 1, due_cycle=""), now=NOW + day * DAY)
        assert isinstance(answer, Gate)
        gate = answer


def test_the_platforms_own_day_limit_holds() -> None:
    policy = a_policy(channel_daily_max={"wecom": 1})

    gate = asked(Gate(person_id=ANN), a_contact(1), policy=policy)

    assert isinstance(gate, Gate)
    assert asked(gate, a_contact(2), policy=policy) == Refused("channel_daily_cap")


def test_after_a_move_to_another_zone_an_instant_counts_for_both_civil_days() -> None:
    evening = start_of_day(TODAY, SHANGHAI) + 20 * HOUR
    gate = a_gate(a_contact(1), a_contact(2), a_contact(3), now=evening)
    apia = ZoneInfo("Pacific/Apia")

    assert civil_day(evening, apia) == TODAY + DAY
    assert asked(gate, a_contact(4), zone=apia, now=evening + HOUR) == Refused("daily_cap")


def test_a_released_slot_is_free_again() -> None:
    gate = a_gate(a_contact(1), a_contact(2), a_contact(3))

    freed = release(gate, a_contact(2).contact_id)

    assert freed.version == gate.version + 1
    assert isinstance(asked(freed, a_contact(4)), Gate)
    assert release(freed, a_contact(2).contact_id) is freed


def test_a_task_whose_cancel_is_in_doubt_holds_the_next_day_too() -> None:
    gate = a_gate(a_contact(1), a_contact(2))

    held = hold_also(gate, replace(a_contact(1), channel="wecom"), day=TODAY + DAY, now=NOW)

    assert [entry.day for entry in held.entries_of(a_contact(1).contact_id)] == [TODAY, TODAY + DAY]
    assert isinstance(asked(held, a_contact(3)), Gate)
    assert hold_also(held, a_contact(1), day=TODAY + DAY, now=NOW) is held


def test_a_write_forgets_what_no_limit_can_still_see() -> None:
    gate = a_gate(a_promotion(1), a_contact(2), a_contact(3, contact_class=ContactClass.SAFETY))
    later = NOW + 120 * DAY

    answer = asked(gate, a_contact(4), now=later)

    assert isinstance(answer, Gate)
    assert [entry.contact_id for entry in answer.entries] == [a_contact(4).contact_id]


def test_what_a_limit_can_still_see_is_kept() -> None:
    gate = a_gate(a_promotion(1), a_contact(2), a_contact(3, contact_class=ContactClass.SAFETY))

    assert len(prune(gate, day=TODAY + DAY, now=NOW + DAY).entries) == 3
    assert len(prune(gate, day=TODAY + 30 * DAY, now=NOW + 30 * DAY).entries) == 2
    assert len(prune(gate, day=TODAY + 80 * DAY, now=NOW + 80 * DAY).entries) == 1


def test_a_merged_gate_over_the_limit_admits_nothing_more() -> None:
    both = merged(a_gate(a_contact(1), a_contact(2)), a_gate(a_contact(3), a_contact(4), a_contact(2)))

    assert len(both.entries) == 4
    assert asked(both, a_contact(5)) == Refused("daily_cap")
    assert asked(both, a_contact(4)) is both


@pytest.mark.parametrize(
    ("states", "gives_back"),
    [
        ((ContactState.SUPPRESSED,), True),
        ((ContactState.RESERVED, ContactState.SENDING, ContactState.TASK_CREATED, ContactState.EXPIRED), True),
        ((ContactState.RESERVED, ContactState.SENDING, ContactState.FAILED), True),
        ((ContactState.RESERVED, ContactState.SENDING, ContactState.ACCEPTED, ContactState.FAILED), False),
        ((ContactState.RESERVED, ContactState.SENDING, ContactState.UNKNOWN), False),
        ((ContactState.RESERVED,), False),
    ],
)
def test_only_an_end_without_a_message_at_the_provider_gives_the_slot_back(
    states: tuple[ContactState, ...], gives_back: bool
) -> None:
    contact = a_contact(1)
    for state in states:
        contact = contact.moved(state, reason="because", at=NOW)

    assert gives_slot_back(contact) is gives_back
