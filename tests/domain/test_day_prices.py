"""Prices of the workshop's days: they move with load against capacity, day by day and night by night."""

from dataclasses import replace
from datetime import timedelta
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.day_prices import (
    Demand,
    answering_of,
    carried_prices,
    expected_visits,
    level_beyond,
    moved_prices,
    on_open_days,
    planned_load,
    settled_prices,
    through_closed,
)
from ownerloop.domain.late_answers import late_shares
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.rate import IntArray
from tests.lead_builders import TODAY, a_lead_policy, a_lead_time, lags_of

DAY = timedelta(days=1)
START = TODAY.toordinal()
POLICY = a_lead_policy()
NOBODY = np.zeros((0, 3), dtype=np.int64)


def moved(prices: list[int], load: list[float], capacity: list[float]) -> list[int]:
    found = moved_prices(
        np.array(prices), np.array(load), np.array(capacity, dtype=np.float64), eta_fen=1_000, refusal_fen=30_000
    )
    return [int(price) for price in found]


def demand(*, booked: list[float], visits: IntArray = NOBODY, capacity: float = 600) -> Demand:
    days = np.zeros(120)
    days[: len(booked)] = booked
    none = np.zeros(0, dtype=np.int64)
    return Demand(
        booked=days,
        capacity=np.full(120, capacity),
        visit_minutes=60,
        sent_due=NOBODY,
        sent_on=none,
        late=late_shares(none, lags=lags_of(7), strength=40),
        open_due=visits,
        open_earliest=np.full(len(visits), START, dtype=np.int64),
    )


def due_on(day: int, cars: int) -> IntArray:
    return np.full((cars, 3), START + day, dtype=np.int64)


def test_a_price_rises_for_a_day_asked_for_twice_over_and_falls_for_an_empty_one() -> None:
    assert moved([0, 5_000, 5_000, 5_000], [1_200, 1_200, 600, 0], [600] * 4) == [984, 5_820, 5_000, 4_153]


def test_a_price_moves_the_less_the_nearer_it_is_to_refusal_and_never_by_more_than_for_twice_the_load() -> None:
    steps = [price - was for was in (0, 20_000, 29_000) for price in moved([was], [1_200], [600])]

    assert steps == sorted(steps, reverse=True)
    assert steps[-1] > 0
    assert moved([20_000], [60_000], [600]) == moved([20_000], [1_200], [600])


def test_steps_up_and_down_cancel_so_that_a_crowd_that_comes_and_goes_leaves_no_price_behind() -> None:
    there_and_back = moved(moved([20_000], [900], [600]), [300], [600])

    assert there_and_back == pytest.approx([20_000], abs=1)


def test_prices_stay_between_nothing_and_refusal_which_a_closed_day_costs() -> None:
    assert moved([100, 29_700, 0], [0, 6_000, 0], [600, 600, 0]) == [0, 29_710, 30_000]


@given(price=st.integers(0, 30_000), load=st.floats(0, 5_000), more=st.floats(0, 5_000), capacity=st.floats(1, 5_000))
def test_a_fuller_day_is_never_cheaper(price: int, load: float, more: float, capacity: float) -> None:
    (less,), (full,) = moved([price], [load], [capacity]), moved([price], [load + more], [capacity])

    assert 0 <= less <= full <= 30_000


@pytest.mark.parametrize(
    ("passed", "found"), [(0, [1, 2, 3, 4]), (1, [2, 3, 4, 0]), (-1, [0, 1, 2, 3]), (9, [0, 0, 0, 0])]
)
def test_a_day_keeps_its_price_from_night_to_night(passed: int, found: list[int]) -> None:
    held = a_lead_time(prices_fen=(1, 2, 3, 4))

    assert carried_prices(held, first_on=TODAY + passed * DAY, days=4).tolist() == found
    assert carried_prices(None, first_on=TODAY, days=2).tolist() == [0, 0]


def test_messages_bring_their_visits_by_the_lags_those_already_sent_too() -> None:
    lead = a_lead_time(lags=lags_of(3, 7))
    chances = np.full(2, 9 * 400_000)  # 40 % of each point of the due day

    visits = expected_visits(chances, np.array([START - 5, START]), lead=lead, days=10)

    assert {day: round(float(count), 6) for day, count in enumerate(visits) if count} == {2: 0.2, 3: 0.2, 7: 0.2}


def test_visits_of_a_closed_day_go_to_the_open_days_beside_it() -> None:
    capacity = np.array([600.0, 0.0, 0.0, 600.0, 0.0])

    assert on_open_days(np.array([1.0, 2.0, 4.0, 1.0, 3.0]), capacity).tolist() == [4.0, 0.0, 0.0, 7.0, 0.0]
    assert through_closed(np.array([100, 9, 9, 300, 9]), capacity).tolist() == [100, 200, 200, 300, 300]
    assert on_open_days(np.ones(2), np.zeros(2)).tolist() == [0.0, 0.0]


@given(values=st.lists(st.floats(0, 100), min_size=1, max_size=20), data=st.data())
def test_no_visit_is_lost_on_closed_days(values: list[float], data: st.DataObject) -> None:
    is_open = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    capacity = np.where(is_open, 600.0, 0.0)

    moved_there = on_open_days(np.array(values), capacity)

    assert moved_there.sum() == pytest.approx(sum(values) if any(is_open) else 0)
    assert not moved_there[~np.array(is_open)].any()


def test_a_full_day_is_priced_and_its_neighbours_are_not() -> None:
    settled = settled_prices(a_lead_time(), demand=demand(booked=[0, 0, 1_200, 0]), policy=a_lead_policy())

    assert [price > 0 for price in settled.prices_fen[:4]] == [False, False, True, False]


def test_reminders_of_one_day_spread_over_more_days_as_nights_go_by() -> None:
    policy = a_lead_policy()
    crowd = demand(booked=[], visits=due_on(30, 100))
    lead = a_lead_time()
    for _ in range(5):
        lead = settled_prices(lead, demand=crowd, policy=policy)

    assert sum(price > 0 for price in lead.prices_fen) > 3
    assert max(lead.prices_fen) < policy.refusal_fen


def test_a_settlement_is_the_same_every_time() -> None:
    crowd = demand(booked=[300] * 40, visits=due_on(25, 50))

    once, again = (settled_prices(a_lead_time(), demand=crowd, policy=a_lead_policy()) for _ in range(2))

    assert once == again
    assert replace(once, prices_fen=()) == a_lead_time(prices_fen=())


@pytest.mark.parametrize(("places", "planned"), [(36, 30.5), (9, 6.5), (0, 0.0)])
def test_a_large_workshop_plans_nearer_to_its_capacity(places: int, planned: float) -> None:
    found = planned_at(30_000, places, policy=a_lead_policy(overload_percent=16))

    assert found == pytest.approx(planned, abs=0.1)


def test_an_even_chance_of_overload_plans_the_whole_capacity() -> None:
    assert planned_at(30_000, 10) == pytest.approx(10)


def planned_at(price: int, places: int, *, policy: LeadPolicy = POLICY) -> float:
    """Return the visits up to which a day of so many places is planned at a price."""
    found = planned_load(np.array([places * 60.0]), np.array([price]), visit_minutes=60, policy=policy)
    return float(found[0]) / 60


def test_a_dear_day_is_planned_fuller_than_a_cheap_one() -> None:
    policy = a_lead_policy(overload_fen=460_000, overload_percent=40)
    planned = [planned_at(price, 36, policy=policy) for price in (0, 5_000, 15_000, 25_000, 30_000)]

    assert planned == sorted(planned)
    assert planned[0] == pytest.approx(36 - 2.326 * planned[0] ** 0.5, abs=0.01)  # one in a hundred
    assert planned[-1] <= 36


@given(places=st.integers(4, 60), price=st.integers(8_000, 28_000))
def test_one_more_visit_costs_in_overload_what_the_price_of_its_day_says(places: int, price: int) -> None:
    policy = a_lead_policy(overload_fen=460_000, overload_percent=50)
    mean = planned_at(price, places, policy=policy)
    z = (places - mean) / mean**0.5

    density = NormalDist().pdf(z) / mean**0.5
    if 0.01 < z < 2.3:
        assert policy.overload_fen * density == pytest.approx(price, rel=0.02)


def test_a_season_is_seen_before_its_messages_have_had_all_their_time() -> None:
    lead, policy = a_lead_time(as_of=TODAY), a_lead_policy()
    late = np.array([0.5, 0.25, 0.0])  # of answers that come later than on the day itself, a day after ...
    due, sent_on = due_on(20, 100), np.full(100, START - 1)
    expected = 0.5 * answering_of(due, sent_on, came=0, late=np.zeros(3), lead=lead, policy=policy) ** -1 * 20 - 10

    as_usual = answering_of(due, sent_on, came=round(expected), late=late, lead=lead, policy=policy)
    twice = answering_of(due, sent_on, came=round(2 * expected), late=late, lead=lead, policy=policy)

    assert as_usual == pytest.approx(1, abs=0.02)
    assert twice > 1.4


def test_a_day_whose_demand_is_not_known_yet_costs_what_the_others_do() -> None:
    prices, capacity = np.array([100, 300, 9_999, 7, 0]), np.array([60.0, 60.0, 0.0, 60.0, 0.0])

    assert level_beyond(prices, capacity, known_days=3).tolist() == [100, 300, 9_999, 200, 0]
    assert level_beyond(prices, np.zeros(5), known_days=3).tolist() == prices.tolist()


def test_whoever_would_come_within_a_holiday_comes_as_many_days_before_or_after_it() -> None:
    capacity = np.array([60.0] * 4 + [0.0] * 3 + [60.0] * 4)
    values = np.array([0.0] * 4 + [2.0, 2.0, 2.0] + [0.0] * 4)

    assert on_open_days(values, capacity).tolist() == [0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0]
