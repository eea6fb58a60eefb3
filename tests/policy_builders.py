"""Policies with defaults: a test names only what matters to it."""

from datetime import date, timedelta

from ownerloop.domain.calendar import QuietHours
from ownerloop.domain.policy import (
    ContactPolicy,
    ForecastPolicy,
    IntakePolicy,
    ReminderPolicy,
    ReminderStage,
    UsageModel,
)
from ownerloop.domain.visits import VisitRule
from tests.builders import KM, NIGHT


def a_contact_policy(
    *,
    daily_max: int = 3,
    commercial_daily_max: int = 2,
    kept_slots: int = 0,
    commercial_per_7_days_max: int | None = None,
    commercial_per_30_days_max: int | None = None,
    service_per_cycle_max: int = 3,
    channel_daily_max: dict[str, int] | None = None,
    quiet_hours: QuietHours = NIGHT,
    release_spread: timedelta = timedelta(minutes=20),
    holdout_percent: int = 0,
) -> ContactPolicy:
    return ContactPolicy(
        version="contact-1",
        effective_on=date(2014, 1, 1),
        daily_max=daily_max,
        commercial_daily_max=commercial_daily_max,
        kept_slots=kept_slots,
        commercial_per_7_days_max=commercial_per_7_days_max,
        commercial_per_30_days_max=commercial_per_30_days_max,
        service_per_cycle_max=service_per_cycle_max,
        channel_daily_max=channel_daily_max or {},
        quiet_hours=quiet_hours,
        release_spread=release_spread,
        holdout_percent=holdout_percent,
        send_grace=timedelta(minutes=5),
        sending_doubt=timedelta(minutes=10),
    )


def a_reminder_policy() -> ReminderPolicy:
    return ReminderPolicy(
        version="reminder-1",
        effective_on=date(2014, 1, 1),
        stages=(
            ReminderStage(stage=1, lead_days=30, remaining_m=1_500 * KM, valid_days=14),
            ReminderStage(stage=2, lead_days=7, remaining_m=500 * KM, valid_days=7),
            ReminderStage(stage=3, lead_days=-7, remaining_m=None, valid_days=14),
        ),
        priority=40,
        urgent_priority=15,
        visit=VisitRule(),
    )


def an_intake_policy(*, vin_check_digit: str = "warn") -> IntakePolicy:
    return IntakePolicy(
        version="intake-1",
        effective_on=date(2014, 1, 1),
        future_max=timedelta(minutes=5),
        state_age_max=timedelta(days=7),
        age_max=timedelta(days=30),
        odometer_max_m=2_000_000 * KM,
        vin_check_digit=vin_check_digit,
        gap_min=timedelta(days=7),
        gap_spacings=3,
        silence_max=timedelta(days=14),
        silence_told=timedelta(days=3),
        news_percent=5,
    )


def a_usage_model() -> UsageModel:
    return UsageModel(
        level_variance=0.16,
        fading=((0.14, 365), (0.10, 28)),
        season_variance=0.003,
        season_amplitude=0.08,
        season_peak_day=196,
        season_share=0.7,
        noise_days=6.0,
        scale_strength=8.0,
        spread_factor=0.45,
    )


def a_forecast_policy(
    *, prior_cars_min: int = 5, cycles_min: int = 200, usage: UsageModel | None = None
) -> ForecastPolicy:
    return ForecastPolicy(
        version="forecast-policy-3",
        effective_on=date(2014, 1, 1),
        half_life_days=90,
        prior_weight_days=30,
        fleet_metres_per_day=35 * KM,
        spread_floor=0.06,
        spread_per_remaining_day=1.5,
        spread_per_rate_day=3.0,
        step_back_max_m=2 * KM,
        step_per_day_max_m=1_500 * KM,
        cluster_readings_min=3,
        cluster_span_min=timedelta(hours=24),
        prior_cars_min=prior_cars_min,
        cycles_min=cycles_min,
        usage=usage,
    )
