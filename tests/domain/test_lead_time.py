"""The day to speak first: its value under the booking curve, the due day's spread and the prices of the workshop."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.due_points import due_points
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.lead_time import NEVER, Arm, LeadTime, SendDays, arm_of, drawn_lead, send_days
from tests.lead_builders import TODAY, a_curve, a_lead_policy, a_lead_time, lags_of

START = TODAY.toordinal()
DAYS = st.integers(0, 150)
PRICES = st.lists(st.integers(0, 40_000), min_size=120, max_size=120)
SPREADS = st.tuples(st.integers(0, 40), st.integers(0, 90))


def chosen(
    *visits: tuple[int, int, int],
    lead: LeadTime | None = None,
    policy: LeadPolicy | None = None,
    earliest: int = START,
) -> SendDays:
    """Return the choice for visits due at (P10, P50, P90) days from today."""
    return send_days(
        START + np.array(visits, dtype=np.int64).reshape(-1, 3),
        earliest=np.full(len(visits), earliest, dtype=np.int64),
        leads=[lead or a_lead_time()],
        of=np.zeros(len(visits), dtype=np.int64),
        policy=policy or a_lead_policy(),
    )


def on(found: SendDays) -> list[int]:
    return [day - START for day in found.days.tolist()]


def priced(prices: npt.ArrayLike) -> LeadTime:
    return a_lead_time(prices_fen=tuple(np.asarray(prices).tolist()))


def test_a_due_day_that_is_sure_is_spoken_of_at_the_curves_best_lead() -> None:
    assert on(chosen((40, 40, 40))) == [40 - 21]


def test_a_visit_whose_best_lead_has_passed_is_spoken_of_today() -> None:
    assert on(chosen((10, 10, 10))) == [0]


def test_a_visit_too_long_overdue_is_worth_no_message() -> None:
    found = chosen((-20, -20, -20))

    assert (found.days.tolist(), found.values_fen.tolist(), found.prices_fen.tolist()) == ([NEVER], [0], [0])


def test_a_message_that_costs_more_than_it_brings_is_not_sent() -> None:
    assert chosen((40, 40, 40), policy=a_lead_policy(annoyance_fen=13_500)).days.tolist() == [NEVER]


def test_where_lateness_costs_more_than_earliness_doubt_makes_us_speak_earlier() -> None:
    steep = a_lead_time(curve=a_curve(rates_ppm=(0, 0, 0, 0, *range(500_000, 0, -50_000))))

    (sure,), (doubtful,) = on(chosen((40, 40, 40), lead=steep)), on(chosen((25, 40, 55), lead=steep))

    assert sure == 40 - 14
    assert doubtful < sure - 5


def test_a_dear_day_is_gone_around_by_the_lag_of_the_visit() -> None:
    prices = np.zeros(120, dtype=np.int64)
    prices[19 + 7] = 20_000

    assert on(chosen((40, 40, 40), lead=priced(prices))) == [18]


def test_the_value_is_the_chance_of_a_booking_times_what_a_visit_earns_less_the_message() -> None:
    (value,) = chosen((40, 40, 40), lead=priced([10_000] * 120)).values_fen.tolist()

    assert value == 450_000 * (30_000 - 10_000) // 1_000_000 - 510


def test_of_equal_days_the_earlier_is_taken() -> None:
    flat = a_curve(rates_ppm=(500_000,) * 14)

    assert on(chosen((80, 80, 80), lead=a_lead_time(curve=flat))) == [5]  # the window opens 75 days before


def test_each_store_speaks_by_its_own_curve_and_prices() -> None:
    late = a_curve(rates_ppm=(0, 0, 500_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    found = send_days(
        np.full((3, 3), START + 40, dtype=np.int64),
        earliest=np.full(3, START, dtype=np.int64),
        leads=[a_lead_time(), a_lead_time(store_id="cd-gaoxin", curve=late)],
        of=np.array([0, 1, 0]),
        policy=a_lead_policy(),
    )

    assert on(found) == [19, 40, 19]


@given(spread=SPREADS, p50=DAYS, prices=PRICES, place=st.integers(0, 119), rise=st.integers(0, 50_000))
def test_a_higher_price_never_raises_a_value(
    spread: tuple[int, int], p50: int, prices: list[int], place: int, rise: int
) -> None:
    visit = (p50 - spread[0], p50, p50 + spread[1])
    dearer = [*prices[:place], prices[place] + rise, *prices[place + 1 :]]

    (before,), (after,) = (chosen(visit, lead=priced(held)).values_fen.tolist() for held in (prices, dearer))

    assert after <= before <= a_lead_policy().margin_fen


@given(visits=st.lists(st.tuples(SPREADS, DAYS), min_size=1, max_size=6), prices=PRICES)
def test_a_visit_is_spoken_of_on_the_same_day_alone_as_in_a_batch(
    visits: list[tuple[tuple[int, int], int]], prices: list[int]
) -> None:
    rows = [(p50 - below, p50, p50 + above) for (below, above), p50 in visits]
    lead = priced(prices)

    together = chosen(*rows, lead=lead)

    assert on(together) == [day for row in rows for day in on(chosen(row, lead=lead))]
    assert all(day == NEVER - START or day >= 0 for day in on(together))


@given(spread=SPREADS, p50=st.integers(-50, 400))
def test_the_points_of_a_due_day_rise_and_keep_its_quantiles(spread: tuple[int, int], p50: int) -> None:
    (points,) = due_points(np.array([[p50 - spread[0], p50, p50 + spread[1]]], dtype=np.int64)).tolist()

    assert points == sorted(points)
    assert points[4] == p50
    assert points[0] <= p50 - spread[0] * 0.9
    assert points[1] >= p50 - spread[0]


def test_a_side_without_width_stays_on_the_median() -> None:
    limited, started = due_points(np.array([[60, 90, 90], [90, 90, 120]])).tolist()

    assert limited[4:] == [90] * 5
    assert limited[0] < 60
    assert started[:5] == [90] * 5


def test_no_visits_make_no_days() -> None:
    assert chosen().days.shape == (0,)


def test_the_drawn_share_is_about_the_policys_and_always_the_same_visits() -> None:
    policy = a_lead_policy(explore_percent=10)
    arms = [arm_of(f"v_{n}", "start#10000000", policy=policy) for n in range(2_000)]

    assert arms == [arm_of(f"v_{n}", "start#10000000", policy=policy) for n in range(2_000)]
    assert 160 < arms.count(Arm.RANDOM) < 240
    assert set(arms) == {Arm.RANDOM, Arm.PRICED}


def test_drawn_leads_cover_their_window_evenly() -> None:
    policy = a_lead_policy(explore_lead_min=0, explore_lead_max=60)
    drawn = [drawn_lead(f"v_{n}", "start#10000000", policy=policy) for n in range(6_100)]

    assert (min(drawn), max(drawn)) == (0, 60)
    assert np.bincount(drawn).min() > 60


@pytest.mark.parametrize(("days", "price"), [(-1, 0), (0, 5), (1, 7), (2, 0)])
def test_a_day_outside_what_is_published_has_no_price(days: int, price: int) -> None:
    lead = a_lead_time(prices_fen=(5, 7))

    assert lead.price_on(TODAY + timedelta(days=days)) == price
    assert lead.days == [TODAY, date(2026, 3, 3)]


def test_visits_that_come_at_different_lags_meet_the_mean_of_their_days_prices() -> None:
    prices = np.zeros(120, dtype=np.int64)
    prices[19 + 3] = 6_000
    lead = a_lead_time(lags=lags_of(3, 5, 7), prices_fen=tuple(prices.tolist()))

    found = chosen((40, 40, 40), lead=lead, policy=a_lead_policy(lead_min=21, lead_max=22), earliest=START + 19)

    assert (on(found), found.prices_fen.tolist()) == ([19], [2_000])
