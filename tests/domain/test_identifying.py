"""When identifiers make two persons one, and when they forbid it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.identifying import Edge, Identifier, IdentifierKind, conflict, e164, joined, matches
from tests.contact_builders import a_surrogate
from tests.identity_builders import an_edge

ONE, TWO = (a_surrogate("p", number) for number in (1, 2))


@pytest.mark.parametrize(
    "spelled",
    ["13800138000", "+86 138-0013-8000", "0086 138 0013 8000", "8613800138000", "(138) 0013 8000", "138.0013.8000"],
)
def test_every_spelling_of_a_phone_is_one_phone(spelled: str) -> None:
    assert e164(spelled) == "+8613800138000"


@pytest.mark.parametrize("spelled", ["", "12345", "021-6888 8888", "+0123456789", "phone", "+86138001380001234567"])
def test_what_is_no_phone_with_a_country_is_refused(spelled: str) -> None:
    assert e164(spelled) is None


def test_a_phone_of_another_country_keeps_its_country() -> None:
    assert e164("+49 151 23456789") == "+4915123456789"


def test_a_shared_identifier_counts_only_where_both_proved_it() -> None:
    assert matches(ONE, [an_edge(1), an_edge(2)]) == (("i_1", TWO),)
    assert matches(ONE, [an_edge(1), an_edge(2, is_verified=False)]) == ()
    assert matches(ONE, [an_edge(1, is_verified=False), an_edge(2), an_edge(3)]) == ()
    assert matches(ONE, [an_edge(1), an_edge(2, "i_2")]) == ()


def test_an_openid_is_the_same_only_inside_one_app() -> None:
    kind = IdentifierKind.OPENID

    assert Identifier(kind, "o1", app="wx1").plain != Identifier(kind, "o1", app="wx2").plain


def test_two_proved_phones_and_none_in_common_are_two_people() -> None:
    assert conflict([an_edge(1)], [an_edge(2, "i_2")])
    assert not conflict([an_edge(1)], [an_edge(2), an_edge(2, "i_2")])
    assert not conflict([an_edge(1)], [an_edge(2, "i_2", is_verified=False)])
    assert not conflict([an_edge(1)], [an_edge(2, "i_2", kind=IdentifierKind.UNIONID)])


edges = st.builds(
    an_edge,
    st.just(1),
    is_verified=st.booleans(),
    since=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # the strategy adds the zone
)


@given(one=edges, other=edges, third=edges)
def test_evidence_told_twice_or_in_another_order_is_the_same_evidence(one: Edge, other: Edge, third: Edge) -> None:
    assert joined(one, other) == joined(other, one)
    assert joined(joined(one, other), third) == joined(one, joined(other, third))
    assert joined(one, one) == one


def test_an_identifier_told_of_two_counts_beside_a_car_of_both_though_nobody_proved_it() -> None:
    told = [an_edge(1, is_verified=False), an_edge(2, is_verified=False), an_edge(3, "i_2")]

    assert matches(ONE, told, beside={TWO}) == (("i_1", TWO),)
    assert matches(ONE, told, beside={a_surrogate("p", 3)}) == ()
