"""Tiers: total, exclusive, slow to change, and the same whatever order the facts came in."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.calendar import add_months
from ownerloop.domain.facts import FEN_MAX, Occasion, merge
from ownerloop.domain.tier_columns import columns_of, settle_columns, states_of
from ownerloop.domain.tier_fold import advance, fold, target
from ownerloop.domain.tier_policy import CORE, NEW, POTENTIAL, PROSPECT
from ownerloop.domain.tier_words import explain_tier
from ownerloop.domain.tiers import Tier, TierState, settle, state_of, tier_of
from tests.domain.tier_by_day import tier_by_day
from tests.tier_builders import a_tier_policy, an_order, on_day

POLICY = a_tier_policy()
CELLS = list(product(range(1, 6), repeat=3))
some_orders = st.lists(
    st.builds(
        an_order,
        day=st.integers(0, 1500) | st.sampled_from([0, 1, 13, 14, 15, 365, 602, 603, 730, 731, 1096]),
        yuan=st.sampled_from([0, 99, 100, 499, 500, 1499, 1500, 3000, 6000]),
        is_visit=st.booleans(),
        number=st.integers(0, 10**6),
    ),
    max_size=10,
)
some_day = st.integers(-5, 2600).map(on_day)


def settled(orders: list[Occasion], day: int) -> TierState:
    return settle(merge((), orders), policy=POLICY, as_of=on_day(day))


def yearly(times: int, *, yuan: int = 800) -> list[Occasion]:
    return [an_order(day=365 * number, yuan=yuan) for number in range(times)]


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_every_cell_of_scores_has_exactly_its_tier(cell: tuple[int, int, int]) -> None:
    r, f, m = cell

    tier = tier_of(r, f, m, policy=POLICY)

    assert (tier is Tier.AT_RISK) == (r <= 2)
    assert (tier is Tier.NEW) == (r > 2 and f == 1)
    assert (tier is Tier.CORE) == (r > 2 and f > 1 and f + m >= 8)
    assert (tier is Tier.POTENTIAL) == (r > 2 and f > 1 and f + m < 8)


def test_the_cells_divide_as_drawn() -> None:
    tiers = [tier_of(r, f, m, policy=POLICY) for r, f, m in CELLS]

    assert {tier: tiers.count(tier) for tier in Tier} == {
        Tier.PROSPECT: 0,
        Tier.AT_RISK: 50,
        Tier.NEW: 15,
        Tier.POTENTIAL: 42,
        Tier.CORE: 18,
    }


def test_an_owner_without_an_order_is_a_prospect() -> None:
    state = settled([], 0)

    assert state.tier is tier_of(0, 0, 0, policy=POLICY) is Tier.PROSPECT
    assert (state.since, state.recency_days, state.frequency, state.monetary_fen) == (None, None, 0, 0)
    assert state.reasons == ("no_order_yet",)


def test_a_first_visit_makes_a_new_owner_at_once() -> None:
    state = settled([an_order(day=3)], 3)

    assert (state.tier, state.since, state.r, state.f) == (Tier.NEW, on_day(3), 5, 1)


def test_a_second_visit_makes_a_potential_owner() -> None:
    assert settled(yearly(2), 365).tier is Tier.POTENTIAL


def test_frequent_and_valuable_visits_make_a_core_owner() -> None:
    state = settled([an_order(day=120 * number, yuan=1000) for number in range(5)], 480)

    assert (state.tier, state.f, state.m) == (Tier.CORE, 5, 4)


def test_a_change_waits_for_the_minimum_stay_and_says_until_when() -> None:
    orders = [an_order(day=0), an_order(day=5)]

    early, late = settled(orders, 13), settled(orders, 14)

    assert (early.tier, early.waits_until, early.reasons[-1]) == (Tier.NEW, on_day(14), "kept_by_stay")
    assert (late.tier, late.since, late.waits_until) == (Tier.POTENTIAL, on_day(14), None)


def test_recency_is_measured_in_the_owners_own_interval() -> None:
    often = [an_order(day=100 * number) for number in range(4)]
    seldom = yearly(4)

    assert settled(often, 300 + 200).tier is Tier.AT_RISK
    assert settled(seldom, 3 * 365 + 200).tier is not Tier.AT_RISK
    assert (settled(often, 300).interval_days, settled(seldom, 3 * 365).interval_days) == (100, 365)


@pytest.mark.parametrize(("day", "tier"), [(602, Tier.NEW), (603, Tier.AT_RISK)])
def test_at_risk_begins_a_band_beyond_its_border(day: int, tier: Tier) -> None:
    state = settled([an_order(day=0)], day)

    assert state.tier is tier  # 1.5 x 365 days, and 10 % more
    assert state.r == 2
    assert ("kept_in_band" in state.reasons) == (tier is Tier.NEW)


def test_only_a_visit_leads_out_of_at_risk() -> None:
    gone = [an_order(day=0), an_order(day=10)]

    small = settled([*gone, an_order(day=700, yuan=50, is_visit=False)], 701)
    back = settled([*gone, an_order(day=700)], 701)

    assert small.tier is Tier.AT_RISK
    assert back.tier is Tier.POTENTIAL


def test_whoever_comes_back_within_the_stay_leaves_at_risk_when_it_ends() -> None:
    orders = [an_order(day=0), an_order(day=605)]

    assert settled(orders, 605).tier is Tier.AT_RISK
    assert (settled(orders, 617).tier, settled(orders, 617).since) == (Tier.POTENTIAL, on_day(617))


def test_a_core_owner_is_kept_by_the_band_when_money_leaves_its_window() -> None:
    orders = [an_order(day=0, yuan=2000), *(an_order(day=day, yuan=500) for day in (200, 400, 600))]

    state = settled(orders, 740)

    assert (state.f, state.m) == (4, 3)
    assert (state.tier, state.reasons[-1]) == (Tier.CORE, "kept_in_band")


def test_orders_of_one_day_are_one_occasion_with_all_their_money() -> None:
    state = settled([an_order(number=1), an_order(number=2), an_order(number=3, is_visit=False)], 0)

    assert (state.frequency, state.monetary_fen) == (1, 3 * 800 * 100)


@given(orders=some_orders, as_of=some_day)
def test_every_owner_is_in_exactly_one_tier_whatever_they_did(orders: list[Occasion], as_of: object) -> None:
    state = settle(merge((), orders), policy=POLICY, as_of=as_of)  # type: ignore[arg-type]  # days out of hypothesis

    assert state.tier in Tier
    assert (state.tier is Tier.PROSPECT) == (state.r == 0) == (state.since is None)
    assert all(0 <= score <= 5 for score in (state.r, state.f, state.m))
    assert explain_tier(state, "zh")
    assert explain_tier(state, "en-GB")


@given(orders=some_orders, day=st.integers(-5, 2000), shuffled=st.randoms(use_true_random=False))
def test_order_of_arrival_and_doubling_do_not_matter(orders: list[Occasion], day: int, shuffled: object) -> None:
    again = [*orders, *orders[:3]]
    shuffled.shuffle(again)  # type: ignore[attr-defined]  # hypothesis's own random

    assert settled(again, day) == settled(orders, day)


@given(orders=some_orders, day=st.integers(0, 2200))
def test_the_fold_agrees_with_walking_every_day(orders: list[Occasion], day: int) -> None:
    kept = merge((), orders)

    state = settle(kept, policy=POLICY, as_of=on_day(day))

    assert (state.tier, state.since) == tier_by_day(kept, policy=POLICY, as_of=on_day(day))


@given(stores=st.lists(some_orders, max_size=6), as_of=some_day)
def test_one_by_one_and_in_columns_are_the_same(stores: list[list[Occasion]], as_of: object) -> None:
    kept = [merge((), orders) for orders in stores]

    columns = settle_columns(columns_of(kept), owners=len(kept), policy=POLICY, as_of=as_of)  # type: ignore[arg-type]

    alone = [settle(orders, policy=POLICY, as_of=as_of) for orders in kept]  # type: ignore[arg-type]
    assert states_of(columns, policy=POLICY, as_of=as_of) == alone  # type: ignore[arg-type]


@given(orders=some_orders, day=st.integers(0, 2000))
def test_one_more_order_is_as_good_as_the_whole_fold(orders: list[Occasion], day: int) -> None:
    kept = sorted(merge((), orders), key=lambda order: order.on)
    if not kept:
        return
    before = fold(kept[:-1], policy=POLICY, until=10**6)
    last = kept[-1]
    has_visit = last.is_visit or last.fen >= POLICY.visit_fen_min

    after = advance(before, last.on, last.fen, has_visit=has_visit, policy=POLICY)

    as_of = max(on_day(day), on_day(last.on - on_day(0).toordinal()))
    assert state_of(after, policy=POLICY, as_of=as_of) == settle(kept, policy=POLICY, as_of=as_of)


@settings(max_examples=30)
@given(
    orders=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400 * FEN_MAX), st.booleans()), max_size=8),
    gaps_counted=st.sampled_from([1, 3, 5]),
    months=st.tuples(st.sampled_from([1, 6, 12]), st.sampled_from([1, 6, 12])),
    later=st.integers(0, 300),
)
def test_step_by_step_is_the_walk_over_every_day_for_any_windows_and_money(
    orders: list[tuple[int, int, bool]], gaps_counted: int, months: tuple[int, int], later: int
) -> None:
    policy = replace(POLICY, gaps_counted=gaps_counted, frequency_months=months[0], money_months=months[1])
    first = on_day(0).toordinal()
    standing, known = None, []
    for number, (day, fen, is_visit) in enumerate(sorted(orders)):
        known.append(Occasion(at=number, on=first + day, is_visit=is_visit, fen=fen, order=number))
        has_visit = is_visit or fen >= policy.visit_fen_min

        standing = advance(standing, first + day, fen, has_visit=has_visit, policy=policy)

        assert state_of(standing, policy=policy, as_of=on_day(day)) == settle(known, policy=policy, as_of=on_day(day))
    as_of = date.fromordinal(max((order.on for order in known), default=first) + later)
    state = state_of(standing, policy=policy, as_of=as_of)
    in_window = [order for order in known if as_of < add_months(date.fromordinal(order.on), months[1])]
    assert (state.tier, state.since) == tier_by_day(known, policy=policy, as_of=as_of)
    assert state.monetary_fen == sum(order.fen for order in in_window)


def test_an_order_before_the_last_one_needs_the_whole_fold() -> None:
    standing = fold([an_order(day=10)], policy=POLICY, until=10**6)

    with pytest.raises(ValueError, match="whole fold"):
        advance(standing, an_order(day=9).on, 100, has_visit=True, policy=POLICY)


def test_nothing_that_lies_ahead_counts_yet() -> None:
    assert settled([an_order(day=10)], 9).tier is Tier.PROSPECT


def test_the_reasons_are_told_in_the_owners_language() -> None:
    state = settled([an_order(day=0), an_order(day=5)], 6)

    chinese, english = explain_tier(state, "zh"), explain_tier(state, "en")

    assert chinese[0].startswith("等级：新客户，自2024-01-10起")
    assert english[0] == "Tier: new since 2024-01-10 (as of 2024-01-16, rule tier-1)"
    assert english[-1] == "recency 5, frequency 2, money 3; last visit 1 days ago, usual gap 365 days"
    assert "changes on 2024-01-24" in english[2]


@given(
    cuts=st.lists(st.integers(1, 9), min_size=4, max_size=4).map(sorted),
    sums=st.tuples(st.integers(2, 10), st.integers(2, 10)),
    tier=st.sampled_from(range(PROSPECT, CORE + 1)),
    frequency=st.integers(0, 12),
    yuan=st.integers(0, 7000),
)
def test_where_an_owner_belongs_follows_from_scores_and_borders(
    cuts: list[int], sums: tuple[int, int], tier: int, frequency: int, yuan: int
) -> None:
    policy = replace(POLICY, frequency_cuts=tuple(cuts), core_sum_min=max(sums), core_keep_sum_min=min(sums))
    f = 1 + sum(frequency >= cut for cut in cuts)
    m = 1 + sum(yuan * 100 >= cut for cut in policy.money_cuts_fen)
    is_core = f > policy.new_f_max and f + m >= max(sums)
    is_kept = tier == CORE and frequency > 0 and f + m >= min(sums)
    is_potential = f > policy.new_f_max or (tier >= POTENTIAL and frequency > 0)

    found = target(tier, frequency, yuan * 100, policy)

    assert found == (CORE if is_core or is_kept else POTENTIAL if is_potential else NEW)
    assert target(found, frequency, yuan * 100, policy) == found
