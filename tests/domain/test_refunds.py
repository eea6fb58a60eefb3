"""Refunds: a join that meets its orders in any order, packed small."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.facts import Fact, FactKind, occasion_of, order_of
from ownerloop.domain.points_earning import Claim, claim_id_of, refunded, told_by
from ownerloop.domain.refunds import REFUNDS_MAX, Refunded, merge, net, pack, refunded_of, unpack
from ownerloop.domain.tier_record import TierRecord, with_fact
from ownerloop.domain.tiers import Tier
from tests.tier_builders import a_tier_policy, an_order

AT = datetime(2026, 3, 1, 4, tzinfo=UTC)
ON = date(2026, 3, 2)
some_refunds = st.lists(
    st.builds(Refunded, st.integers(0, 9), st.integers(1, 9), st.integers(0, 3), st.integers(0, 3)), max_size=12
)


def a_purchase(*, number: str = "a1", fen: int = 80_000) -> Fact:
    return Fact("e_1", "p_1", FactKind.PURCHASE, AT, AT, AT.date(), amount_fen=fen, reference=number)


def a_refund(*, number: str = "a1", fen: int = 30_000, part: str = "b1", of: str = "purchase") -> Fact:
    bought = a_purchase(number=number, fen=fen)
    return replace(bought, event_key=f"e_{part}", kind=FactKind.REFUND, detail=of, part=part)


def told(*facts: Fact) -> TierRecord:
    record = TierRecord("p_1")
    for fact in facts:
        record = with_fact(record, fact, policy=lambda _: a_tier_policy(), as_of=ON, at=AT)
    return record


@given(one=some_refunds, two=some_refunds, three=some_refunds)
def test_merging_does_not_care_for_order_doubling_or_batches(
    one: list[Refunded], two: list[Refunded], three: list[Refunded]
) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(three, two)) == merge((), [*three, *two, *one, *one])


@given(kept=some_refunds)
def test_refunds_come_out_of_their_bytes_as_they_went_in(kept: list[Refunded]) -> None:
    assert unpack(pack(kept)) == tuple(kept)
    assert len(pack(kept)) == 24 * len(kept)


def test_the_newest_refunds_are_kept_when_there_are_too_many() -> None:
    many = [Refunded(at, 1, at, at) for at in range(REFUNDS_MAX + 50)]

    assert merge(many[:120], many[30:]) == merge((), many)
    assert len(merge((), many)) == REFUNDS_MAX


@given(orders=st.lists(st.builds(an_order, day=st.integers(0, 9), yuan=st.integers(0, 9)), max_size=8), of=some_refunds)
def test_orders_never_count_below_nothing_and_never_gain(orders: list[object], of: list[Refunded]) -> None:
    some = [one._replace(order=place % 4) for place, one in enumerate(orders)]  # type: ignore[attr-defined]
    left = {one.order: one.fen for one in net(some[:4], of)}

    assert all(0 <= left.get(one.order, 0) <= one.fen for one in some[:4])
    assert all(one in net(some[:4], of) for one in some[:4] if one.order not in {refund.order for refund in of})


def test_a_refund_told_again_counts_once_as_last_told() -> None:
    first, corrected = a_refund(), replace(a_refund(fen=10_000), occurred_at=AT + timedelta(hours=1))

    assert [one.fen for one in told(a_purchase(), corrected, first).orders] == [70_000]
    assert [one.fen for one in told(first, first, a_purchase(), corrected).orders] == [70_000]


def test_two_refunds_of_one_order_are_both_taken_off() -> None:
    record = told(a_refund(part="b1"), a_purchase(), a_refund(part="b2"))

    assert record.state is not None
    assert record.state.monetary_fen == 20_000


@pytest.mark.parametrize("of", ["service_order_completed", "purchase"])
def test_a_refund_finds_the_order_of_its_own_kind_only(of: str) -> None:
    assert [one.fen for one in told(a_purchase(), a_refund(of=of)).orders] == [50_000 if of == "purchase" else 80_000]


def test_a_purchase_brought_back_whole_is_no_order_and_a_visit_stays_one() -> None:
    visit = replace(a_purchase(), kind=FactKind.SERVICE_ORDER_COMPLETED)
    whole = a_refund(fen=80_000)

    assert told(a_purchase(), whole).tier is Tier.PROSPECT
    stays = told(visit, replace(whole, detail="service_order_completed"))
    assert [(one.fen, one.is_visit) for one in stays.orders] == [(0, True)]


def test_an_order_is_known_by_kind_and_number_whichever_car_it_names() -> None:
    plain, corrected = occasion_of(a_purchase()), occasion_of(replace(a_purchase(), vehicle_id="v_1"))

    assert plain == corrected
    assert plain is not None
    assert plain.order == order_of("purchase", "a1") == refunded_of(a_refund()).order  # type: ignore[union-attr]


some_tellings = st.lists(
    st.tuples(st.sampled_from(["order", "b1", "b2"]), st.integers(0, 5_000), st.integers(0, 90_000)), max_size=8
)


@given(tellings=some_tellings, chance=st.randoms(use_true_random=False))
def test_tiers_and_points_keep_the_same_money_of_an_order_in_whatever_order_it_is_told(
    tellings: list[tuple[str, int, int]], chance: Random
) -> None:
    facts = [_telling(*one) for one in [("order", 0, 1), *tellings]]
    shuffled = [*facts, *facts[:2]]
    chance.shuffle(shuffled)

    claim = _claimed(facts)

    assert _claimed(shuffled) == claim
    assert told(*shuffled).orders == told(*facts).orders
    assert sum(one.fen for one in told(*facts).orders) == claim.kept_fen


def _telling(what: str, milliseconds: int, fen: int) -> Fact:
    fact = a_purchase(fen=fen) if what == "order" else a_refund(fen=fen, part=what)
    return replace(fact, occurred_at=AT + timedelta(milliseconds=milliseconds))


def _claimed(facts: list[Fact]) -> Claim:
    claim = Claim("p_1", claim_id_of(a_purchase()))
    for fact in facts:
        if fact.kind is FactKind.REFUND:
            claim = refunded(claim, refund_id=fact.part, at=fact.occurred_at, fen=fact.amount_fen or 0)
        else:
            claim = told_by(claim, fact)
    return claim
