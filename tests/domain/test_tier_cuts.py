"""Cut points of a crowd: the same however owners are split, within the policy, and never for a handful."""

from bisect import bisect_right
from datetime import date
from itertools import groupby, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.facts import merge
from ownerloop.domain.owner import Owner
from ownerloop.domain.tier_columns import columns_of, crowd_of, settle_columns, states_of
from ownerloop.domain.tier_cuts import Crowd, Cuts, crowd_store, next_cuts, together, with_cuts
from ownerloop.domain.tier_policy import TierPolicy
from ownerloop.domain.tiers import TierState, settle
from tests.tier_builders import YUAN, a_tier_policy, an_order, on_day

TOMORROW = date(2026, 3, 3)
POLICY = a_tier_policy(crowd_owners_min=1, cuts_move_percent=0)
some_owner = st.lists(
    st.builds(an_order, day=st.integers(0, 900), yuan=st.integers(0, 9_000), is_visit=st.booleans()), max_size=6
)
some_counts = st.dictionaries(st.integers(1, 12), st.integers(1, 50), min_size=1)
some_money = st.dictionaries(st.integers(0, 99).map(lambda n: n * 10_000), st.integers(1, 50), min_size=1)


def a_crowd(frequency: dict[int, int], *, yuan: int = 1_000) -> Crowd:
    return Crowd(frequency, {yuan * YUAN: sum(frequency.values())})


def published(crowd: Crowd, *, policy: TierPolicy = POLICY, held: Cuts | None = None) -> Cuts | None:
    return next_cuts(crowd, policy=policy, held=held, effective_on=TOMORROW)


def settled_in_parts(parts: list[list[list]], *, policy: TierPolicy) -> tuple[list[TierState], Crowd]:
    states, crowds = [], []
    for part in parts:
        found = settle_columns(columns_of(part), owners=len(part), policy=policy, as_of=on_day(900))
        states += states_of(found, policy=policy, as_of=on_day(900))
        crowds.append(crowd_of(found))
    return states, together(crowds)


@given(orders=st.lists(some_owner, max_size=30), places=st.randoms(use_true_random=False))
def test_any_split_of_the_owners_gives_the_tiers_and_the_cuts_of_the_one_pass(orders: list, places: Random) -> None:
    owners = [list(merge((), one)) for one in orders]
    place_of = [places.randrange(4) for _ in owners]
    order = sorted(range(len(owners)), key=place_of.__getitem__)
    parts = [[owners[number] for number in of] for _, of in groupby(order, key=place_of.__getitem__)]

    whole, crowd = settled_in_parts([owners], policy=POLICY)
    states, summed = settled_in_parts(parts, policy=POLICY)

    assert [whole[number] for number in order] == states
    assert published(summed) == published(crowd)


@given(frequency=some_counts, money=some_money)
def test_cuts_never_fall_and_keep_to_what_the_policy_allows(frequency: dict[int, int], money: dict[int, int]) -> None:
    cuts = published(Crowd(frequency, money))

    for said, own in ((cuts.frequency, POLICY.frequency_cuts), (cuts.money_fen, POLICY.money_cuts_fen)) if cuts else ():
        assert all(low <= high for low, high in pairwise(said))
        assert all(mine <= 2 * cut and cut <= 2 * mine for cut, mine in zip(said, own, strict=True))


@given(orders=st.lists(some_owner, min_size=1, max_size=12))
def test_with_a_crowds_cuts_an_event_and_the_night_still_agree(orders: list) -> None:
    owners = [list(merge((), one)) for one in orders]
    _, crowd = settled_in_parts([owners], policy=POLICY)
    policy = with_cuts(POLICY, published(crowd))

    states, _ = settled_in_parts([owners], policy=policy)

    assert states == [settle(one, policy=policy, as_of=on_day(900)) for one in owners]


def test_who_came_once_scores_one_even_where_most_came_once() -> None:
    cuts = published(a_crowd({1: 600, 4: 200, 8: 100, 9: 100}))

    assert cuts is not None
    assert [bisect_right(cuts.frequency, days) + 1 for days in (1, 4, 8, 9)] == [1, 4, 5, 5]


def test_a_rich_stores_cuts_lie_higher_than_a_poor_ones() -> None:
    rich, poor = (published(Crowd({2: 100}, {yuan * rank * YUAN: 20 for rank in range(1, 6)})) for yuan in (2_000, 200))

    assert rich is not None
    assert poor is not None
    assert all(high > low for high, low in zip(rich.money_fen, poor.money_fen, strict=True))


@pytest.mark.parametrize(("owners", "is_published"), [(999, False), (1_000, True)])
def test_a_small_store_keeps_the_cuts_of_the_policy(owners: int, is_published: bool) -> None:
    cuts = published(a_crowd({1: owners - 500, 8: 500}), policy=a_tier_policy())

    assert (cuts is not None) == is_published


def test_cuts_stay_while_hardly_anybody_would_score_otherwise() -> None:
    crowd = a_crowd({1: 300, 3: 300, 5: 300, 8: 300})
    policy = a_tier_policy()
    first = published(crowd, policy=policy)
    grown = Crowd({**crowd.frequency, 6: 40}, {**crowd.money, 1_100 * YUAN: 40})

    assert first is not None
    assert published(grown, policy=policy, held=first) is None


def test_a_new_policy_begins_with_its_own_cuts() -> None:
    cuts = Cuts("tier-0", TOMORROW, 2_000, (3, 4, 6, 8), (100_000, 200_000, 400_000, 800_000))

    assert with_cuts(POLICY, cuts) is POLICY
    assert with_cuts(a_tier_policy(version="tier-0"), cuts).version == "tier-0@2026-03-03"


def test_records_that_were_joined_are_measured_by_no_stores_crowd() -> None:
    assert crowd_store(Owner("p_1", store_id="sh-pudong")) == "sh-pudong"
    assert crowd_store(Owner("p_1", store_id="sh-pudong", members=("p_2",))) is None
    assert crowd_store(Owner("p_2", store_id="sh-pudong", merged_into="p_1")) is None
