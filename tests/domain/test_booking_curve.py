"""Learning how owners answer: the curve approaches the truth, and leans on group and prior while it knows little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.booking_curve import PPM, BookingCurve, Lags, learned_curve, learned_lags, pooled_curve
from ownerloop.domain.due_points import due_points
from ownerloop.domain.rate import IntArray
from tests.lead_builders import LEADS, a_curve, lags_of

LATE_PEAK = a_curve(rates_ppm=tuple(int(PPM * max(0.0, 0.6 * np.exp(-((x - 35) ** 2) / 400))) for x in LEADS))
NOTHING = np.zeros((0, 3), dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)


def drawn_from(
    truth: BookingCurve, *, messages: int, spread_days: int, seed: int = 1
) -> tuple[IntArray, IntArray, IntArray]:
    """Return messages sent at every lead to visits whose true due day the sender does not know, and who booked."""
    rng = np.random.default_rng(seed)
    below = rng.integers(0, spread_days + 1, messages)
    due = np.stack([1_000 - below, np.full(messages, 1_000), 1_000 + below * 3 // 2], axis=1)
    true_due = due_points(due)[np.arange(messages), rng.integers(0, 9, messages)]
    sent_on = 1_000 - rng.integers(-6, 66, messages)
    return due, sent_on, (rng.random(messages) * PPM < truth.rates_at(true_due - sent_on)).astype(np.int64)


def worst(curve: BookingCurve, truth: BookingCurve) -> float:
    inner = slice(2, 11)  # knots that messages reach
    return float(np.abs(np.array(curve.rates_ppm[inner]) - truth.rates_ppm[inner]).max() / PPM)


@pytest.mark.parametrize(("messages", "within"), [(0, 0.44), (1_000, 0.20), (30_000, 0.09)])
def test_the_curve_approaches_the_truth_with_what_it_is_told(messages: int, within: float) -> None:
    due, sent_on, booked = drawn_from(LATE_PEAK, messages=messages, spread_days=12)

    assert worst(learned_curve(due, sent_on, booked, prior=a_curve(), strength=40), LATE_PEAK) < within


def test_an_uncertain_due_day_does_not_flatten_the_curve() -> None:
    due, sent_on, booked = drawn_from(LATE_PEAK, messages=30_000, spread_days=25)
    nearest = np.abs((due[:, 1] - sent_on)[:, None] - np.array(LEADS)[None, :]).argmin(axis=1)
    at_peak = LEADS.index(35)
    naive = booked[nearest == at_peak].mean()

    learned = learned_curve(due, sent_on, booked, prior=a_curve(), strength=40)

    assert naive < 0.50 < learned.rates_ppm[at_peak] / PPM < 0.66  # the truth is 0.60


def test_without_messages_the_curve_is_the_prior() -> None:
    curve = learned_curve(*NOTHING, prior=a_curve(), strength=40)

    assert (curve.rates_ppm, curve.messages) == (a_curve().rates_ppm, 0)


def test_a_few_messages_move_the_curve_a_little_and_only_where_they_speak() -> None:
    due, sent_on = np.full((4, 3), 100, dtype=np.int64), np.full(4, 100 - 21, dtype=np.int64)

    curve = learned_curve(due, sent_on, np.ones(4, dtype=np.int64), prior=a_curve(), strength=40)

    at = LEADS.index(21)
    assert curve.rates_ppm[at] == pytest.approx((40 * 450_000 + 4 * PPM) / 44, abs=1)
    assert (curve.sent[at], curve.booked[at], curve.messages) == (4, 4, 4)
    assert curve.rates_ppm[:at] == a_curve().rates_ppm[:at]


@given(seed=st.integers(0, 50), messages=st.integers(0, 60))
def test_every_rate_stays_a_share_and_every_message_counts_once(seed: int, messages: int) -> None:
    due, sent_on, booked = drawn_from(LATE_PEAK, messages=messages, spread_days=30, seed=seed)

    curve = learned_curve(due, sent_on, booked, prior=a_curve(), strength=40)

    assert all(0 <= rate <= PPM for rate in curve.rates_ppm)
    assert abs(curve.messages - messages) <= len(LEADS) / 2
    assert all(hits <= of for hits, of in zip(curve.booked, curve.sent, strict=True))


def test_a_store_that_knows_nothing_speaks_by_its_group_and_a_group_by_the_prior() -> None:
    taught = learned_curve(*drawn_from(LATE_PEAK, messages=20_000, spread_days=5), prior=a_curve(), strength=40)

    group = pooled_curve(a_curve(), [taught, a_curve()], strength=40)
    store = learned_curve(*NOTHING, prior=group, strength=40)

    assert worst(store, LATE_PEAK) < 0.09
    assert pooled_curve(a_curve(), [], strength=40) == a_curve()
    assert pooled_curve(a_curve(), [BookingCurve((0, 7), (1, 2), sent=(5, 5), booked=(1, 1))], strength=40) == a_curve()


def test_lags_are_drawn_to_what_visits_showed_and_stay_a_whole() -> None:
    prior = lags_of(7, 14)

    few = learned_lags(np.array([3, 3]), prior=prior, strength=40)
    many = learned_lags(np.array([3] * 4_000), prior=prior, strength=40)

    assert (sum(few.shares_ppm), sum(many.shares_ppm)) == (PPM, PPM)
    assert few.shares_ppm[3] == pytest.approx(2 / 42 * PPM, abs=1)
    assert many.shares_ppm[3] > 0.98 * PPM
    assert (few.visits, many.visits) == (2, 4_000)


def test_a_visit_later_than_the_prior_knows_counts_at_its_end() -> None:
    assert learned_lags(np.array([90, -2]), prior=Lags((0, PPM)), strength=2).shares_ppm == (250_000, 750_000)
