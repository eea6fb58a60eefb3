"""Segments: equal owners score alike, every cell is in one tier, and nothing depends on the order of rows."""

from collections import defaultdict
from datetime import date
from itertools import product
from math import ceil
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.calendar import add_months
from ownerloop.domain.segmenting import (
    NEVER,
    TIERS,
    Habits,
    SegmentPolicy,
    Segments,
    Transactions,
    days_since_epoch,
    habits_of,
    segment,
    tier_of_cell,
    tier_table,
)
from ownerloop.domain.tiers import Tier

TODAY = date(2025, 3, 31)
_CROWD = st.lists(
    st.tuples(st.integers(0, 6), st.integers(-2_000, 60), st.integers(0, 4).map(lambda part: part * 12_345)),
    max_size=60,
)


def a_policy(**changes: int) -> SegmentPolicy:
    return SegmentPolicy(**{"window_months": 36, "at_risk_r_max": 2, "new_visits_max": 1, "core_sum_min": 8} | changes)


def some_visits(*rows: tuple[int, date, int]) -> Transactions:
    owner, on, hundredths = zip(*rows, strict=True) if rows else ((), (), ())
    return Transactions(
        np.array(owner, np.int32), np.array([days_since_epoch(d) for d in on], np.int32), np.array(hundredths, np.int64)
    )


def habits(*rows: tuple[int, int, int]) -> Habits:
    recency, frequency, hundredths = np.array(rows, np.int64).reshape(-1, 3).T
    return Habits(recency, frequency, hundredths)


def tiers_in(segments: Segments) -> list[Tier]:
    return [TIERS[place] for place in segments.tier]


def a_day(back: int) -> date:
    return date.fromordinal(TODAY.toordinal() + back)


def test_two_orders_of_one_day_are_one_visit_and_both_are_money() -> None:
    done = habits_of(
        some_visits((0, TODAY, 1_050), (0, TODAY, 250), (0, date(2025, 3, 1), 0)), owners=1, months=36, as_of=TODAY
    )

    assert (done.recency_days[0], done.frequency[0], done.hundredths[0]) == (0, 2, 1_300)


def test_the_window_ends_on_the_day_and_leaves_out_the_same_day_so_many_months_earlier() -> None:
    rows = [(0, date(2022, 3, 31), 100), (1, date(2022, 4, 1), 100), (2, TODAY, 100), (3, a_day(1), 100)]

    done = habits_of(some_visits(*rows), owners=4, months=36, as_of=TODAY)

    assert done.frequency.tolist() == [0, 1, 1, 0]
    assert done.hundredths.tolist() == [0, 100, 100, 0]
    assert done.recency_days.tolist() == [1_096, 1_095, 0, NEVER]


def test_who_came_before_the_window_only_is_at_risk_however_the_rest_of_the_crowd_is() -> None:
    alone = segment(habits((1_500, 0, 0)), policy=a_policy())

    assert tiers_in(alone) == [Tier.AT_RISK]


def test_who_never_came_is_a_prospect_and_ranks_nowhere() -> None:
    with_nobody = segment(habits((10, 2, 500), (NEVER, 0, 0), (90, 1, 900)), policy=a_policy())
    without = segment(habits((10, 2, 500), (90, 1, 900)), policy=a_policy())

    assert tiers_in(with_nobody)[1] is Tier.PROSPECT
    assert [with_nobody.r[1], with_nobody.f[1], with_nobody.m[1]] == [0, 0, 0]
    assert with_nobody.r[[0, 2]].tolist() == without.r.tolist()


def test_an_empty_crowd_has_no_segments() -> None:
    done = habits_of(some_visits(), owners=0, months=36, as_of=TODAY)

    assert segment(done, policy=a_policy()).tier.tolist() == []


@pytest.mark.parametrize(("r", "f", "m"), list(product(range(1, 6), repeat=3)))
def test_each_of_the_125_cells_is_in_one_tier_of_its_own_right(r: int, f: int, m: int) -> None:
    policy = a_policy()

    for new_f_max in range(6):
        rules = {
            Tier.AT_RISK: r <= 2,
            Tier.NEW: r > 2 and f <= new_f_max,
            Tier.CORE: r > 2 and f > new_f_max and f + m >= 8,
            Tier.POTENTIAL: r > 2 and f > new_f_max and f + m < 8,
        }
        (tier,) = (tier for tier, holds in rules.items() if holds)

        assert tier_of_cell(r, f, m, new_f_max=new_f_max, policy=policy) is tier
        assert TIERS[tier_table(new_f_max=new_f_max, policy=policy)[r, f, m]] is tier


def test_a_crowd_in_which_most_came_once_keeps_equal_scores_and_calls_them_new() -> None:
    crowd = [(10 * place, 1, 1_000) for place in range(60)] + [(5 * place, 2 + place, 2_000) for place in range(40)]

    done = segment(habits(*crowd), policy=a_policy())

    assert set(done.f[:60].tolist()) == {2}  # mean rank 30.5 of 100
    assert set(done.m[:60].tolist()) == {2}
    assert {tier for tier, r in zip(tiers_in(done)[:60], done.r, strict=False) if r > 2} == {Tier.NEW}
    assert Tier.CORE in tiers_in(done)[60:]


def test_a_single_visit_is_never_core_even_if_everybody_came_once() -> None:
    done = segment(habits(*((place, 1, 100 * place) for place in range(50))), policy=a_policy())

    assert set(tiers_in(done)) == {Tier.NEW, Tier.AT_RISK}


def test_later_is_better_and_the_most_recent_owner_scores_five() -> None:
    done = segment(habits((1, 2, 1), (50, 2, 1), (100, 2, 1), (150, 2, 1), (200, 2, 1)), policy=a_policy())

    assert done.r.tolist() == [5, 4, 3, 2, 1]


@given(_CROWD)
def test_scores_are_the_ceiling_of_five_times_the_mean_rank_percentile(rows: list[tuple[int, int, int]]) -> None:
    visits = some_visits(*((owner, a_day(back), money) for owner, back, money in rows))
    done = habits_of(visits, owners=7, months=36, as_of=TODAY)

    found = segment(done, policy=a_policy())

    came = [place for place in range(7) if done.recency_days[place] != NEVER]
    for values, scored in ((-done.recency_days, found.r), (done.frequency, found.f), (done.hundredths, found.m)):
        for place in came:
            below = sum(values[other] < values[place] for other in came)
            equal = sum(values[other] == values[place] for other in came)
            twice = int(2 * below + equal + 1)
            assert scored[place] == ceil(5 * twice / (2 * len(came)) - 1e-12)


@given(_CROWD)
def test_habits_are_those_of_a_plain_count(rows: list[tuple[int, int, int]]) -> None:
    dated = [(owner, a_day(back), money) for owner, back, money in rows]
    opens = add_months(TODAY, -36)

    done = habits_of(some_visits(*dated), owners=7, months=36, as_of=TODAY)

    for owner in range(7):
        days = [day for who, day, _ in dated if who == owner and day <= TODAY]
        assert done.recency_days[owner] == ((TODAY - max(days)).days if days else NEVER)
        assert done.frequency[owner] == len({day for day in days if day > opens})
        assert done.hundredths[owner] == sum(
            money for who, day, money in dated if who == owner and opens < day <= TODAY
        )


@given(_CROWD, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_and_later_rows_are_as_if_absent(
    rows: list[tuple[int, int, int]], chance: Random
) -> None:
    dated = [(owner, a_day(back), money) for owner, back, money in rows]
    mixed = [row for row in dated if row[1] <= TODAY]
    chance.shuffle(mixed)

    first, second = (
        segment(habits_of(some_visits(*way), owners=7, months=36, as_of=TODAY), policy=a_policy())
        for way in (dated, mixed)
    )

    assert first.tier.tolist() == second.tier.tolist()
    assert (first.r.tolist(), first.f.tolist(), first.m.tolist()) == (
        second.r.tolist(),
        second.f.tolist(),
        second.m.tolist(),
    )


@given(st.lists(st.tuples(st.integers(0, 1_400), st.integers(0, 4), st.integers(0, 3)), max_size=60))
def test_within_one_crowd_a_cell_is_in_one_tier_and_equal_owners_are_alike(rows: list[tuple[int, int, int]]) -> None:
    # Nobody in the window came longer ago than it is long, nor anybody outside it within.
    crowd = [(back % 1_096, visits, money) if visits else (1_096 + back, 0, 0) for back, visits, money in rows]
    done = segment(habits(*crowd), policy=a_policy())

    by_cell, by_habit = defaultdict(set), defaultdict(set)
    for place, tier in enumerate(tiers_in(done)):
        by_cell[done.r[place], done.f[place], done.m[place]].add(tier)
        by_habit[crowd[place]].add((done.r[place], done.f[place], done.m[place], tier))

    assert all(len(tiers) == 1 for tiers in [*by_cell.values(), *by_habit.values()])


def test_wide_spans_and_many_owners_do_not_run_into_each_other() -> None:
    rows = [(0, date(1970, 1, 1), 1), (2_000_000, TODAY, 2), (1_999_999, date(1970, 1, 2), 3)]

    done = habits_of(some_visits(*rows), owners=2_000_001, months=600, as_of=TODAY)

    assert done.recency_days[[0, 1_999_999, 2_000_000]].tolist() == [20_178, 20_177, 0]
    assert done.frequency[[0, 1_999_999, 2_000_000]].tolist() == [0, 0, 1]
