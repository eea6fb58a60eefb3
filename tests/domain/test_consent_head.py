"""Whose word counts for a consent: the person's own, for the purpose named, and of who is one with the owner."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ownerloop.domain.consent import ConsentHead, Ownership, Purpose, Withdrawal
from ownerloop.domain.consent_view import ConsentView
from tests.contact_builders import ANN, BEN, DAY, HOUR, NOW, a_head

CAT = "p_" + "c" * 24
SERVICE, MARKETING = Purpose.MAINTENANCE, Purpose.MARKETING


def allowed(head: ConsentHead, *, person_id: str = ANN, purpose: str = SERVICE) -> bool:
    return bool(head.classes_at(NOW, person_id=person_id, purpose=purpose))


def test_what_one_person_allowed_allows_nothing_of_another() -> None:
    head = replace(a_head(), owners=())

    assert allowed(head)
    assert not allowed(head, person_id=BEN)


def test_a_consent_for_one_purpose_covers_no_other() -> None:
    head = a_head(purposes=(SERVICE,))

    assert allowed(head)
    assert not allowed(head, purpose=MARKETING)


@pytest.mark.parametrize(
    ("gone", "counts"),
    [
        (Withdrawal(NOW - HOUR, ANN, SERVICE), True),
        (Withdrawal(NOW - HOUR, ANN, MARKETING), False),
        (Withdrawal(NOW - 200 * DAY, ANN, SERVICE), False),
        (Withdrawal(NOW - HOUR, BEN, SERVICE), True),
        (Withdrawal(NOW - HOUR, CAT, SERVICE), False),
    ],
)
def test_a_withdrawal_counts_for_its_purpose_from_its_instant_and_for_who_is_one_with_the_owner(
    gone: Withdrawal, counts: bool
) -> None:
    head = replace(a_head(), withdrawals=(gone,), heard=(BEN,))

    assert [head.takes_back(gone, grant) for grant in head.grants if grant.purpose == SERVICE] == [counts]
    assert allowed(head) is not counts


def test_what_is_heard_for_the_newest_owner_is_nothing_to_the_one_before() -> None:
    gone = Withdrawal(NOW - HOUR, BEN, SERVICE)
    head = replace(a_head(), withdrawals=(gone,), heard=(BEN,))
    sold = replace(head, owners=(*head.owners, Ownership(NOW - 2 * HOUR, CAT)))

    assert [sold.takes_back(gone, grant) for grant in head.grants if grant.purpose == SERVICE] == [False]


def test_a_group_without_the_owner_of_the_car_has_no_say_in_it() -> None:
    head = replace(a_head(), withdrawals=(Withdrawal(NOW - HOUR, BEN, SERVICE),))

    assert head.hearing({BEN, CAT}) is head
    assert head.hearing({ANN, BEN}).heard == (BEN,)


def test_what_comes_after_a_withdrawal_by_a_clock_ahead_of_ours_is_covered_no_more() -> None:
    ahead = NOW + timedelta(minutes=2)
    head = replace(a_head(purposes=(SERVICE,)), withdrawals=(Withdrawal(ahead, ANN, SERVICE),))

    view = ConsentView(head, now=NOW, purpose=SERVICE)

    assert view.usable_classes(NOW) == frozenset({"odometer"})
    assert view.usable_classes(ahead) == frozenset()


@pytest.mark.parametrize(
    ("changes", "read_at"),
    [
        ({"person_id": BEN}, NOW),
        ({"purpose": MARKETING}, NOW),
        ({"expires_at": NOW}, NOW - HOUR),
        ({"granted_at": NOW + HOUR}, NOW + 2 * HOUR),
    ],
)
def test_the_one_consent_of_a_car_covers_nothing_where_it_is_anothers_or_for_another_purpose_or_not_live(
    changes: dict[str, Any], read_at: datetime
) -> None:
    head = a_head(purposes=(SERVICE,))
    head = replace(head, grants=(replace(head.grants[0], **changes),))

    assert ConsentView(head, now=NOW, purpose=SERVICE).usable_classes(read_at) == frozenset()


@pytest.mark.parametrize("purposes", [(SERVICE,), (SERVICE, MARKETING)])
def test_what_was_read_before_there_was_a_consent_is_covered_by_none(purposes: tuple[str, ...]) -> None:
    view = ConsentView(a_head(purposes=purposes), now=NOW, purpose=SERVICE)

    assert view.usable_classes(NOW - 200 * DAY) == frozenset()
    assert view.usable_classes(NOW - DAY) == frozenset({"odometer"})
