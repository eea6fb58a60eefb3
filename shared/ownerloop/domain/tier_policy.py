"""The numbers of the tiers, as versioned policy."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date

from ownerloop.domain.calendar import add_months

SCORE_MAX = 5  # scores run from 1 to 5, so each has four cuts
PROSPECT, AT_RISK, NEW, POTENTIAL, CORE = range(5)
_MYRIAD = 10_000
_MONTH_DAYS_MAX = 31


class WindowEnds(dict[int, tuple[tuple[int], tuple[int]]]):
    """By the ordinal of a day, the first day on which its order no longer lies in the windows of frequency and money.

    Each in a tuple of its own, to be appended. Many orders share few days, so each day is worked out once.
    """

    def __init__(self, frequency_months: int, money_months: int) -> None:
        super().__init__()
        self._months = frequency_months, money_months

    def __missing__(self, day: int) -> tuple[tuple[int], tuple[int]]:
        """Work the day out."""
        on, (frequency_months, money_months) = date.fromordinal(day), self._months
        ends = (add_months(on, frequency_months).toordinal(),), (add_months(on, money_months).toordinal(),)
        self[day] = ends
        return ends


class OverdueAfter(dict[int, int]):
    """By the median of an owner's gaps, the days after the last visit with which the owner becomes overdue."""

    def __init__(self, interval_min_days: int, interval_max_days: int, overdue_per_myriad: int) -> None:
        super().__init__()
        self._bounds, self._per_myriad = (interval_min_days, interval_max_days), overdue_per_myriad

    def __missing__(self, median: int) -> int:
        """Work the days out."""
        low, high = self._bounds
        self[median] = days = 1 + self._per_myriad * min(max(median, low), high) // _MYRIAD
        return days


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """Windows, cuts, borders with their bands, and the minimum stay.

    The borders: at risk beyond `at_risk_r_max` (with the band: `band_percent` more of the interval); core from
    `core_sum_min` of f + m, kept down to `core_keep_sum_min`; potential above `new_f_max` of f, kept while any order
    lies in the window.
    """

    version: str
    effective_on: date
    frequency_months: int  # the window in which days with an order count
    money_months: int  # the window in which money counts
    recency_cuts_percent: tuple[int, ...]  # of the owner's own interval
    frequency_cuts: tuple[int, ...]  # days with an order: one point more at or above each
    money_cuts_fen: tuple[int, ...]  # one point more at or above each
    interval_prior_days: int  # what an owner's interval is taken for until their own gaps say
    interval_min_days: int
    interval_max_days: int
    gaps_counted: int  # newest gaps in the median, filled up with the prior; odd
    visit_fen_min: int  # a purchase of at least this counts as a visit for recency
    at_risk_r_max: int
    band_percent: int
    new_f_max: int
    core_sum_min: int
    core_keep_sum_min: int
    stay_days: int
    welcome_tiers: frozenset[str]
    welcome_priority: int
    welcome_valid_days: int
    crowd_owners_min: int  # a store with fewer owners in the window keeps the cuts above
    cuts_within_percent: int  # a crowd's cut lies between the own one divided and multiplied by so much
    cuts_move_percent: int  # of the crowd must score otherwise for new cuts to be published
    overdue_per_myriad: int = field(init=False)  # of the own interval, band included: beyond it an owner is overdue

    prior_gaps: tuple[int, ...] = field(init=False)  # those of an owner who came once
    window_ends: WindowEnds = field(init=False, repr=False, compare=False)
    overdue_after: OverdueAfter = field(init=False, repr=False, compare=False)
    # Where an owner belongs who is not overdue: by tier, days with an order (as many as the window can hold), place
    # among the cuts of money.
    targets: tuple[tuple[tuple[int, ...], ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out what every event asks for."""
        border = self.recency_cuts_percent[SCORE_MAX - 1 - self.at_risk_r_max]
        object.__setattr__(self, "overdue_per_myriad", border * (100 + self.band_percent))
        object.__setattr__(self, "prior_gaps", (self.interval_prior_days,) * self.gaps_counted)
        object.__setattr__(self, "window_ends", WindowEnds(self.frequency_months, self.money_months))
        overdue_after = OverdueAfter(self.interval_min_days, self.interval_max_days, self.overdue_per_myriad)
        object.__setattr__(self, "overdue_after", overdue_after)
        object.__setattr__(self, "targets", tuple(self._targets(tier) for tier in range(PROSPECT, CORE + 1)))

    @property
    def frequency_scored(self) -> int:
        """Return how many numbers of days, from none on, are told apart: more than the last cut score as it does."""
        return max(self.frequency_cuts, default=0) + 1

    def _targets(self, tier: int) -> tuple[tuple[int, ...], ...]:
        scores = range(1, len(self.money_cuts_fen) + 2)
        by_days = [tuple(self._target(tier, days, m) for m in scores) for days in range(self.frequency_scored)]
        days_max = self.frequency_months * _MONTH_DAYS_MAX + 1  # that lie in the window, and the one that is added
        return tuple(by_days) + tuple(by_days[-1:]) * (days_max + 1 - len(by_days))

    def _target(self, tier: int, frequency: int, m: int) -> int:
        f = bisect_right(self.frequency_cuts, frequency) + 1
        if tier == CORE and f + m >= self.core_keep_sum_min and frequency:
            return CORE
        if f + m >= self.core_sum_min and f > self.new_f_max:
            return CORE
        return POTENTIAL if f > self.new_f_max or (tier >= POTENTIAL and frequency) else NEW
