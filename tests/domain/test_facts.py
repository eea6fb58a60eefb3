"""Facts and the orders among them: a join, packed small."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.facts import OCCASIONS_MAX, Fact, FactKind, Occasion, merge, occasion_of, pack, unpack
from tests.tier_builders import an_order

AT = datetime(2026, 3, 1, 4, tzinfo=UTC)
orders = st.lists(
    st.builds(
        an_order,
        day=st.integers(0, 60),
        yuan=st.integers(0, 9),
        is_visit=st.booleans(),
        number=st.integers(0, 6),
    ),
    max_size=12,
)


def a_fact(
    kind: FactKind = FactKind.PURCHASE, *, reference: str = "o-1", fen: int | None = 5_000, at: datetime = AT
) -> Fact:
    return Fact(
        event_key="e_1",
        person_id="p_1",
        kind=kind,
        occurred_at=at,
        received_at=at,
        on=at.date(),
        amount_fen=fen,
        reference=reference,
    )


@given(one=orders, two=orders, three=orders)
def test_merging_does_not_care_for_order_doubling_or_batches(
    one: list[Occasion], two: list[Occasion], three: list[Occasion]
) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(three, two)) == merge((), [*three, *two, *one, *one])


@given(kept=orders)
def test_orders_come_out_of_their_bytes_as_they_went_in(kept: list[Occasion]) -> None:
    assert unpack(pack(kept)) == tuple(kept)
    assert len(pack(kept)) == 19 * len(kept)


def test_an_order_told_again_counts_once_as_last_told() -> None:
    first, corrected = occasion_of(a_fact()), occasion_of(a_fact(fen=7_000, at=AT + timedelta(days=1)))

    assert first
    assert corrected
    assert [one.fen for one in merge([corrected], [first])] == [7_000]


def test_equal_numbers_of_a_purchase_and_of_a_service_order_are_two_orders() -> None:
    kinds = (FactKind.PURCHASE, FactKind.SERVICE_ORDER_COMPLETED)

    assert len(merge((), [one for kind in kinds if (one := occasion_of(a_fact(kind)))])) == 2


@pytest.mark.parametrize("kind", sorted(set(FactKind) - {FactKind.PURCHASE, FactKind.SERVICE_ORDER_COMPLETED}))
def test_what_is_no_order_counts_for_no_tier(kind: FactKind) -> None:
    assert occasion_of(a_fact(kind, fen=None)) is None


def test_the_newest_orders_are_kept_when_there_are_too_many() -> None:
    many = [an_order(day=day) for day in range(OCCASIONS_MAX + 50)]

    kept = merge(many[:300], many[200:])

    assert kept == merge((), many)
    assert len(kept) == OCCASIONS_MAX
    assert kept[-1] == many[-1]
    assert len(pack(kept)) < 8_000


def test_the_whole_span_of_days_and_money_fits() -> None:
    wide = Occasion(at=2**32 - 1, on=date(2099, 12, 31).toordinal(), is_visit=True, fen=2**32 - 1, order=2**64 - 1)

    assert unpack(pack([wide])) == (wide,)
