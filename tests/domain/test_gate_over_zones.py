"""The gate of an owner who moved to another zone: what counted before counts on, on the clock and on the calendar."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import civil_day, start_of_day
from ownerloop.domain.contact import Contact, ContactClass
from ownerloop.domain.gate import Gate, Refused, hold_also, prune, reserve
from ownerloop.domain.policy import ContactPolicy
from tests.contact_builders import ANN, DAY, HOUR, NOW, SHANGHAI, TODAY, a_contact, a_policy, a_promotion

PAGO_PAGO, KIRITIMATI = ZoneInfo("Pacific/Pago_Pago"), ZoneInfo("Pacific/Kiritimati")  # 25 hours apart
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def asked(
    gate: Gate, contact: Contact, *, zone: ZoneInfo, now: datetime, policy: ContactPolicy | None = None
) -> Gate | Refused:
    return reserve(gate, contact, channel="wecom", policy=policy or a_policy(), daily_max=3, zone=zone, now=now)


def a_gate(*contacts: Contact, zone: ZoneInfo, now: datetime) -> Gate:
    gate = Gate(person_id=ANN)
    for contact in contacts:
        answer = asked(gate, contact, zone=zone, now=now)
        assert isinstance(answer, Gate)
        gate = answer
    return gate


def test_a_step_over_the_date_line_forgets_no_message_of_the_last_hour() -> None:
    late = start_of_day(TODAY, PAGO_PAGO) + 23 * HOUR
    joined = [a_promotion(number, contact_class=ContactClass.JOINED) for number in (1, 2, 3)]
    gate = a_gate(*joined, zone=PAGO_PAGO, now=late)

    now = late + HOUR / 2
    kept = prune(gate, day=civil_day(now, KIRITIMATI), now=now)

    assert civil_day(now, KIRITIMATI) == TODAY + 2 * DAY
    assert asked(kept, a_contact(4), zone=KIRITIMATI, now=now) == Refused("daily_cap")


def test_a_slot_held_for_tomorrow_counts_until_tomorrow_is_over_in_the_west() -> None:
    midnight = start_of_day(TODAY, SHANGHAI)
    joined = [a_promotion(number, contact_class=ContactClass.JOINED) for number in (1, 2, 3)]
    gate = a_gate(*joined, zone=SHANGHAI, now=midnight)
    for contact in joined:
        gate = hold_also(gate, contact, day=TODAY + DAY, now=midnight)

    evening = start_of_day(TODAY + DAY, LOS_ANGELES) + 20 * HOUR
    kept = prune(gate, day=TODAY + DAY, now=evening)

    assert evening - midnight > 2 * DAY
    assert asked(kept, a_contact(4), zone=LOS_ANGELES, now=evening) == Refused("daily_cap")


def test_a_week_is_over_on_the_calendar_too_not_only_on_the_clock() -> None:
    policy = a_policy(commercial_per_7_days_max=1)
    midnight = start_of_day(TODAY, SHANGHAI)
    gate = a_gate(a_promotion(1), zone=SHANGHAI, now=midnight)

    answer = asked(gate, a_promotion(2), zone=LOS_ANGELES, now=midnight + 7 * DAY, policy=policy)

    assert civil_day(midnight + 7 * DAY, LOS_ANGELES) == TODAY + 6 * DAY
    assert answer == Refused("commercial_window", retry_at=start_of_day(TODAY + 7 * DAY, LOS_ANGELES))


def test_the_room_that_a_window_promises_is_there_when_it_comes() -> None:
    policy = a_policy(commercial_per_7_days_max=1)
    gate = a_gate(a_promotion(1), zone=SHANGHAI, now=start_of_day(TODAY, SHANGHAI))

    refused = asked(gate, a_promotion(2), zone=LOS_ANGELES, now=NOW, policy=policy)

    assert isinstance(refused, Refused)
    assert refused.retry_at is not None
    assert isinstance(asked(gate, a_promotion(2), zone=LOS_ANGELES, now=refused.retry_at, policy=policy), Gate)
