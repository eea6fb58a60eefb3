"""A contact moves along drawn lines only, and its trail forgets nothing."""

from datetime import timedelta

import pytest

from ownerloop.domain.contact import ENDS, Contact, ContactState
from ownerloop.domain.errors import IllegalTransitionError
from tests.contact_builders import NOW, a_contact

S = ContactState
HAPPY_WAY = (S.HELD, S.RESERVED, S.SENDING, S.TASK_CREATED, S.STAFF_CONFIRMED, S.ACCEPTED, S.DELIVERED)


def moved_along(*states: ContactState) -> Contact:
    contact = a_contact(1)
    for place, state in enumerate(states):
        contact = contact.moved(state, reason=f"step {place}", at=NOW + timedelta(minutes=place))
    return contact


def test_each_move_is_one_version_and_one_line_of_the_trail() -> None:
    contact = moved_along(*HAPPY_WAY)

    assert contact.version == 1 + len(HAPPY_WAY)
    assert [step.state for step in contact.trail] == [S.REQUESTED, *HAPPY_WAY]
    assert contact.reason == contact.trail[-1].reason


@pytest.mark.parametrize("end", [S.SUPPRESSED, S.EXPIRED, S.FAILED, S.DELIVERED])
def test_these_ends_are_for_good(end: ContactState) -> None:
    before = {S.FAILED: (S.RESERVED, S.SENDING), S.DELIVERED: HAPPY_WAY[:-1]}.get(end, ())
    contact = moved_along(*before, end)

    for state in ContactState:
        with pytest.raises(IllegalTransitionError):
            contact.moved(state, reason="again", at=NOW)


@pytest.mark.parametrize("end", [S.ACCEPTED, S.DELIVERED, S.FAILED])
def test_a_contact_in_doubt_is_settled_into_another_end(end: ContactState) -> None:
    contact = moved_along(S.RESERVED, S.SENDING, S.UNKNOWN, end)

    assert contact.has_ended


def test_a_contact_in_doubt_is_never_sent_again() -> None:
    doubtful = moved_along(S.RESERVED, S.SENDING, S.UNKNOWN)

    for state in (S.REQUESTED, S.HELD, S.RESERVED, S.SENDING):
        with pytest.raises(IllegalTransitionError):
            doubtful.moved(state, reason="again", at=NOW)


def test_nothing_is_sent_without_a_reservation() -> None:
    for contact in (moved_along(), moved_along(S.HELD)):
        with pytest.raises(IllegalTransitionError):
            contact.moved(S.SENDING, reason="early", at=NOW)


def test_every_state_is_open_or_an_end_and_never_both() -> None:
    assert {state for state in ContactState if state not in ENDS} == {
        S.REQUESTED,
        S.HELD,
        S.RESERVED,
        S.SENDING,
        S.TASK_CREATED,
        S.STAFF_CONFIRMED,
    }


def test_the_order_is_priority_then_validity_then_id() -> None:
    first = a_contact(9, priority=10)
    second = a_contact(8, valid_until=NOW + timedelta(days=1))
    third, fourth = a_contact(1), a_contact(2)

    assert sorted([fourth, third, second, first], key=lambda contact: contact.order) == [first, second, third, fourth]
