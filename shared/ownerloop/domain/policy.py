"""Policy: every number a manager could change, as versioned values with a day from which they hold."""

from dataclasses import dataclass
from datetime import date, timedelta

from ownerloop.domain.calendar import QuietHours
from ownerloop.domain.condition_rules import ConditionPolicy
from ownerloop.domain.visits import VisitRule


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """The limits of contact. None leaves a limit open."""

    version: str
    effective_on: date
    daily_max: int
    commercial_daily_max: int
    kept_slots: int  # slots of the day that only safety, recall and complaint callbacks may use
    commercial_per_7_days_max: int | None
    commercial_per_30_days_max: int | None
    service_per_cycle_max: int
    channel_daily_max: dict[str, int]  # the platform's own day limit, by channel
    quiet_hours: QuietHours
    release_spread: timedelta  # releases after quiet hours are spread over this span
    holdout_percent: int
    send_grace: timedelta  # a reserved contact not sending after this is looked at again
    sending_doubt: timedelta  # a contact still sending after this becomes unknown
    gate_attempts_max: int = 8
    send_window_min: timedelta = timedelta(
        minutes=30
    )  # with less time left before `send_before` it waits for the next day


@dataclass(frozen=True, slots=True)
class ReminderStage:
    """When one stage of a due cycle speaks: days before (negative: after) the median, or this close in metres."""

    stage: int
    lead_days: int
    remaining_m: int | None
    valid_days: int


@dataclass(frozen=True, slots=True)
class ReminderPolicy:
    """The fallback rule of the lead time (design §5.8): used while nothing is learned."""

    version: str
    effective_on: date
    stages: tuple[ReminderStage, ...]
    priority: int
    urgent_priority: int  # of a visit for what a car reports as `now`: after recalls, before all other service
    visit: VisitRule


@dataclass(frozen=True, slots=True)
class IntakePolicy:
    """What the intake of vehicle data takes."""

    version: str
    effective_on: date
    future_max: timedelta
    state_age_max: timedelta  # older than this goes to history only
    age_max: timedelta  # older than this is quarantined
    odometer_max_m: int
    vin_check_digit: str  # off, warn or refuse
    gap_min: timedelta  # readings this far apart have a gap between them
    gap_spacings: int  # where that is this many times as far as the car's readings usually are
    silence_max: timedelta  # a car silent for longer is asked about
    silence_told: timedelta  # nights after that in which it is, so that one that failed loses nothing
    news_percent: int  # of the days left until a due day: a smaller move of it is told to nobody


@dataclass(frozen=True, slots=True)
class UsageModel:
    """How a car's rate varies, relative to itself (domain/usage.py; where each comes from: infra/decisions/0009)."""

    level_variance: float  # between cars, in squared shares of the rate, as all variances here
    fading: tuple[tuple[float, int], ...]  # variance, and the days in which a deviation falls to 37 %
    season_variance: float  # of a car's own season
    season_amplitude: float  # of the season that all cars have in common
    season_peak_day: int  # days after the new year
    season_share: float  # of the cars that follow it, before a car's own evidence is weighed
    noise_days: float  # the variance of one day's distance
    scale_strength: float  # rates that the model's own variance is worth against those that a car shows
    spread_factor: float  # the share of the model's variance at which the 80 % interval holds 80 %


@dataclass(frozen=True, slots=True)
class ForecastPolicy:
    """The constants of design §5; see facts §2.4 for where each comes from. Without a usage model the plain rule holds.

    The half-life and prior weight rule the plain rate; with a usage model they serve priors and the told evidence days.
    """

    version: str
    effective_on: date
    half_life_days: int
    prior_weight_days: int
    fleet_metres_per_day: int  # where neither model and store nor fleet say anything
    spread_floor: float
    spread_per_remaining_day: float
    spread_per_rate_day: float
    step_back_max_m: int
    step_per_day_max_m: int
    cluster_readings_min: int
    cluster_span_min: timedelta
    prior_cars_min: int = 5  # a median of fewer cars is no prior
    prior_days_min: int = 14  # a car with fewer weighted days says nothing about its kind
    prior_silence_max_days: int = 400  # a car silent for longer says nothing about its kind
    cycles_min: int = 200  # empirical quantiles replace the normal ones from here on
    cycle_m: int = 10_000_000  # the distance whose multiples are scored for those quantiles
    own_fresh_days: int = 14  # what a car says of its own next service counts so long, to its newest reading
    usage: UsageModel | None = None
    conditions: ConditionPolicy | None = None  # what a car reports raises nothing without
