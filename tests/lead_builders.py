"""Builders for the lead time: defaults for everything, so that a test shows what matters."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from ownerloop.domain.booking_curve import PPM, BookingCurve, Lags
from ownerloop.domain.lead_evidence import Answer, Sending
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.lead_time import LeadTime

TODAY = date(2026, 3, 2)
LEADS = tuple(range(-14, 78, 7))
PEAK_AT_21 = (0, 29_578, 97_319, 227_851, 379_596, 450_000, 379_596, 227_851, 97_319, 29_578, 6_397, 984, 108, 8)


def a_curve(**changes: Any) -> BookingCurve:
    return replace(BookingCurve(LEADS, PEAK_AT_21), **changes)


def lags_of(*days: int) -> Lags:
    """Return lags with an equal share on each of the days."""
    shares = [0] * (max(days) + 1)
    for day in days:
        shares[day] += PPM // len(days)
    shares[days[0]] += PPM - sum(shares)
    return Lags(tuple(shares))


def a_lead_policy(**changes: Any) -> LeadPolicy:
    held = LeadPolicy(
        version="lead-test",
        effective_on=date(2025, 1, 1),
        margin_fen=30_000,
        message_fen=10,
        annoyance_fen=500,
        refusal_fen=30_000,
        eta_fen=1_500,
        price_rounds=12,
        price_days=120,
        overload_fen=1,  # so little that any price fills a day
        overload_percent=50,
        look_again_days=7,
        lead_min=-6,
        lead_max=75,
        stage_gap_days=5,
        explore_percent=0,
        explore_lead_min=0,
        explore_lead_max=60,
        answer_days=28,
        evidence_days=400,
        curve=a_curve(),
        group_strength=40,
        store_strength=40,
        lags=lags_of(7),
        lag_strength=40,
    )
    return replace(held, **changes)


def a_lead_time(**changes: Any) -> LeadTime:
    held = LeadTime(
        store_id="sh-pudong",
        version=1,
        as_of=TODAY,
        curve=a_curve(),
        lags=lags_of(7),
        prices_fen=(0,) * 120,
        first_on=TODAY,
    )
    return replace(held, **changes)


def a_sending(number: int = 1, **changes: Any) -> Sending:
    held = Sending(
        contact_id=f"c_{number:024x}",
        store_id="sh-pudong",
        sent_on=TODAY,
        due_p10=TODAY + timedelta(days=12),
        due_p50=TODAY + timedelta(days=21),
        due_p90=TODAY + timedelta(days=35),
        arm="priced",
    )
    return replace(held, **changes)


def an_answer(number: int = 1, **changes: Any) -> Answer:
    held = Answer(
        contact_id=f"c_{number:024x}",
        store_id="sh-pudong",
        booked_on=TODAY + timedelta(days=2),
        visit_on=TODAY + timedelta(days=9),
    )
    return replace(held, **changes)
