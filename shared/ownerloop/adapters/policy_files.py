"""The policies, plans and stores that ship with the package, each in the version of the day.

Every file is a list of versions with the day from which they hold. Of several the newest effective one wins; a day
before all of them gets the oldest, so that an old log can be replayed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from types import MappingProxyType
from zoneinfo import available_timezones

from ownerloop.adapters.condition_policies import condition_policy
from ownerloop.adapters.policy_rows import Row, in_force, rows_of
from ownerloop.domain.calendar import QuietHours
from ownerloop.domain.plans import PlanItem, ServicePlan, Store, Team
from ownerloop.domain.policy import (
    ContactPolicy,
    ForecastPolicy,
    IntakePolicy,
    ReminderPolicy,
    ReminderStage,
    UsageModel,
)
from ownerloop.domain.visits import VisitRule

_ANY = "*"
_CHECK_DIGIT = frozenset({"off", "warn", "refuse"})
_HOURS_PER_DAY = 24
_PERCENT = 100
_NO_VARIANCE_YET = 2  # degrees of freedom up to which Student's t has none


def contact_policy(on: date) -> ContactPolicy:
    """Return the limits of contact in force on the day."""
    return in_force(_contact_policies(), on)


def reminder_policy(on: date) -> ReminderPolicy:
    """Return the rule of the lead time in force on the day."""
    return in_force(_reminder_policies(), on)


def intake_policy(on: date) -> IntakePolicy:
    """Return what the intake takes on the day."""
    return in_force(_intake_policies(), on)


def forecast_policy(on: date) -> ForecastPolicy:
    """Return the constants of the forecast and the rules of conditions in force on the day."""
    return replace(in_force(_forecast_policies(), on), conditions=condition_policy(on))


def plan_of(model: str | None, on: date) -> ServicePlan:
    """Return the service plan of a model in force on the day; a model without one gets the plan for any model."""
    plans = _plans()
    return in_force(plans.get(model or _ANY, plans[_ANY]), on)


@cache
def stores() -> Mapping[str, Store]:
    """Return every store of the newest version by its id."""
    told = map(read_store, rows_of("stores.json")[-1].rows("stores"))
    return MappingProxyType({store.store_id: store for store in told})


@cache
def _contact_policies() -> tuple[ContactPolicy, ...]:
    return tuple(map(read_contact_policy, rows_of("contact_policy.json")))


@cache
def _reminder_policies() -> tuple[ReminderPolicy, ...]:
    return tuple(map(read_reminder_policy, rows_of("reminder_policy.json")))


@cache
def _intake_policies() -> tuple[IntakePolicy, ...]:
    return tuple(map(read_intake_policy, rows_of("intake_policy.json")))


@cache
def _forecast_policies() -> tuple[ForecastPolicy, ...]:
    return tuple(map(read_forecast_policy, rows_of("forecast_policy.json")))


@cache
def _plans() -> dict[str, tuple[ServicePlan, ...]]:
    plans: dict[str, tuple[ServicePlan, ...]] = {}
    for plan in map(read_plan, rows_of("plans.json")):
        plans[plan.model] = (*plans.get(plan.model, ()), plan)
    return plans


def read_contact_policy(row: Row) -> ContactPolicy:
    """Return the policy of one row."""
    by_channel = row.row("channel_daily_max")
    percent = row.whole("holdout_percent")
    if percent > _PERCENT:
        raise row.refusal("holdout_percent", "must lie in 0-100")
    return ContactPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        daily_max=row.whole("daily_max"),
        commercial_daily_max=row.whole("commercial_daily_max"),
        kept_slots=row.whole("kept_slots"),
        commercial_per_7_days_max=row.whole_or_none("commercial_per_7_days_max"),
        commercial_per_30_days_max=row.whole_or_none("commercial_per_30_days_max"),
        service_per_cycle_max=row.whole("service_per_cycle_max"),
        channel_daily_max={channel: by_channel.whole(channel) for channel in by_channel.values},
        quiet_hours=QuietHours(starts_at=row.clock("quiet_starts_at"), ends_at=row.clock("quiet_ends_at")),
        release_spread=row.span("release_spread_minutes", "minutes"),
        holdout_percent=percent,
        send_grace=row.span("send_grace_minutes", "minutes"),
        sending_doubt=row.span("sending_doubt_minutes", "minutes"),
        gate_attempts_max=row.whole("gate_attempts_max", low=1),
        send_window_min=row.span("send_window_min_minutes", "minutes"),
    )


def read_reminder_policy(row: Row) -> ReminderPolicy:
    """Return the rule of one row; its stages count 1, 2, 3 and each speaks later than the one before."""
    stages = tuple(
        ReminderStage(
            stage=stage.whole("stage", low=1),
            lead_days=stage.whole("lead_days", low=-365),
            remaining_m=stage.whole_or_none("remaining_m"),
            valid_days=stage.whole("valid_days", low=1),
        )
        for stage in row.rows("stages")
    )
    leads = [stage.lead_days for stage in stages]
    if [stage.stage for stage in stages] != list(range(1, len(stages) + 1)) or leads != sorted(leads, reverse=True):
        raise row.refusal("stages", "must count from 1 and speak one after the other")
    return ReminderPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        stages=stages,
        priority=row.whole("priority"),
        urgent_priority=row.whole("urgent_priority"),
        visit=VisitRule(days_max=row.whole("visit_days_max"), metres_max=row.whole("visit_metres_max")),
    )


def read_intake_policy(row: Row) -> IntakePolicy:
    """Return the policy of one row."""
    return IntakePolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        future_max=row.span("future_max_minutes", "minutes"),
        state_age_max=row.span("state_age_max_days", "days"),
        age_max=row.span("age_max_days", "days"),
        odometer_max_m=row.whole("odometer_max_m", low=1),
        vin_check_digit=row.one_of("vin_check_digit", _CHECK_DIGIT),
        gap_min=row.span("gap_min_days", "days"),
        gap_spacings=row.whole("gap_spacings", low=1),
        silence_max=row.span("silence_max_days", "days"),
        silence_told=row.span("silence_told_days", "days"),
        news_percent=row.whole("news_percent"),
    )


def read_forecast_policy(row: Row) -> ForecastPolicy:
    """Return the constants of one row."""
    return ForecastPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        half_life_days=row.whole("half_life_days", low=1),
        prior_weight_days=row.whole("prior_weight_days", low=1),
        fleet_metres_per_day=row.whole("fleet_metres_per_day", low=1),
        spread_floor=row.number("spread_floor"),
        spread_per_remaining_day=row.number("spread_per_remaining_day"),
        spread_per_rate_day=row.number("spread_per_rate_day"),
        step_back_max_m=row.whole("step_back_max_m"),
        step_per_day_max_m=row.whole("step_per_day_max_m", low=1),
        cluster_readings_min=row.whole("cluster_readings_min", low=2),
        cluster_span_min=row.span("cluster_span_min_hours", "hours"),
        prior_cars_min=row.whole("prior_cars_min", low=1),
        prior_days_min=row.whole("prior_days_min", low=1),
        prior_silence_max_days=row.whole("prior_silence_max_days", low=1),
        cycles_min=row.whole("cycles_min", low=1),
        cycle_m=row.whole("cycle_m", low=2),
        own_fresh_days=row.whole("own_fresh_days", low=1),
        usage=None if row.values.get("usage", ...) is None else read_usage_model(row.row("usage")),
    )


def read_usage_model(row: Row) -> UsageModel:
    """Return the model of one object; a day's noise must be above 0, and no season brings a car to a standstill."""
    noise_days, amplitude = row.number("noise_days"), row.number("season_amplitude")
    if noise_days <= 0:
        raise row.refusal("noise_days", "must be above 0")
    if amplitude >= 1:
        raise row.refusal("season_amplitude", "must be below 1")
    season_share, scale_strength = row.number("season_share"), row.number("scale_strength")
    if not 0 < season_share < 1:
        raise row.refusal("season_share", "must be above 0 and below 1")
    if scale_strength <= _NO_VARIANCE_YET:
        raise row.refusal("scale_strength", f"must be above {_NO_VARIANCE_YET}")
    return UsageModel(
        level_variance=row.number("level_variance"),
        fading=tuple((part.number("variance"), part.whole("days", low=1)) for part in row.rows("fading")),
        season_variance=row.number("season_variance"),
        season_amplitude=amplitude,
        season_peak_day=row.whole("season_peak_day"),
        season_share=season_share,
        noise_days=noise_days,
        scale_strength=scale_strength,
        spread_factor=row.number("spread_factor"),
    )


def read_plan(row: Row) -> ServicePlan:
    """Return the plan of one row; each item has a distance, months, or both."""
    items = tuple(
        PlanItem(
            item=item.text("item"),
            every_m=item.whole_or_none("every_m", low=1),
            every_months=item.whole_or_none("every_months", low=1),
        )
        for item in row.rows("items")
    )
    if any(item.every_m is None and item.every_months is None for item in items):
        raise row.refusal("items", "must each have a distance or months")
    if len({item.item for item in items}) < len(items):
        raise row.refusal("items", "must each have a name of their own")
    return ServicePlan(
        model=row.text("model"),
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        source=row.text("source"),
        items=items,
    )


def read_store(row: Row) -> Store:
    """Return the store of one row."""
    hour = row.whole("plan_hour")
    if hour >= _HOURS_PER_DAY:
        raise row.refusal("plan_hour", "must lie in 0-23")
    return Store(
        store_id=row.text("store_id"),
        name_zh=row.text("name_zh"),
        name_en=row.text("name_en"),
        zone=row.one_of("zone", frozenset(available_timezones())),
        carmaker=row.text("carmaker"),
        group=row.text("group"),
        plan_hour=hour,
        teams=tuple(Team(team.text("team_id"), team.texts("staff")) for team in row.rows_or_none("teams")),
    )
