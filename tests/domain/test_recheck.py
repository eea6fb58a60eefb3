"""Why a contact may not go out: the reason that is told is the one that holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.consent import ConsentHead, Ownership, Purpose, Withdrawal
from ownerloop.domain.owner import Unsubscribe
from ownerloop.domain.recheck import consent_reason, why_not
from tests.contact_builders import ANN, BEN, CYCLE, HOUR, NOW, a_contact, a_head, an_owner

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("gone", "reason"),
    [
        (Withdrawal(NOW - HOUR, ANN, Purpose.MARKETING), "consent_withdrawn"),
        (Withdrawal(NOW, ANN, Purpose.MARKETING), "consent_withdrawn"),
        (Withdrawal(NOW + HOUR, ANN, Purpose.MARKETING), "consent_withdrawn"),  # told while this invocation ran
        (Withdrawal(NOW - HOUR, BEN, Purpose.MARKETING), "no_consent"),
        (Withdrawal(NOW - HOUR, ANN, Purpose.MAINTENANCE), "no_consent"),
    ],
)
def test_a_consent_is_withdrawn_where_this_person_took_this_purpose_back(gone: Withdrawal, reason: str) -> None:
    head = replace(a_head(purposes=()), withdrawals=(gone,))

    assert consent_reason(head, person_id=ANN, purpose=Purpose.MARKETING, now=NOW) == reason


def test_a_withdrawal_stops_a_sender_whose_clock_was_read_before_it() -> None:
    taken = replace(a_head(), withdrawals=(Withdrawal(NOW + SECOND, ANN, Purpose.MAINTENANCE),))

    assert why_not(a_contact(1), owner=an_owner(), head=a_head(), cycle=CYCLE, now=NOW) is None
    assert why_not(a_contact(1), owner=an_owner(), head=taken, cycle=CYCLE, now=NOW) == "consent_withdrawn"


def test_the_sale_of_a_car_stops_a_sender_whose_clock_was_read_before_it() -> None:
    held = a_head()
    sold = replace(held, owners=(*held.owners, Ownership(NOW + SECOND, BEN)))

    assert why_not(a_contact(1), owner=an_owner(), head=sold, cycle=CYCLE, now=NOW) == "owner_changed"


@pytest.mark.parametrize("head", [None, ConsentHead()])
def test_a_car_of_which_nobody_said_anything_has_no_consent(head: ConsentHead | None) -> None:
    assert consent_reason(head, person_id=ANN, purpose=Purpose.MARKETING, now=NOW) == "no_consent"


def test_an_owner_who_wants_no_messages_gets_none_whatever_the_gate_says() -> None:
    owner = an_owner(daily_max=0)

    assert why_not(a_contact(1), owner=owner, head=a_head(), cycle=CYCLE, now=NOW) == "daily_max_zero"


def test_whoever_refused_one_channel_is_still_reached_over_the_other() -> None:
    owner = an_owner(channels=("sms", "wecom"), unsubscribes=(Unsubscribe(NOW, "sms", "*"),))

    assert why_not(a_contact(1), owner=owner, head=a_head(), cycle=CYCLE, now=NOW) is None
