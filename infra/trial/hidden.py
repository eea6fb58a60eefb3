"""What is true of a store's owners and nobody is told: drawn anew by each seed, and no model of the product.

The ranges were written down before the first year was run. The curve is no bell as the prior is one: it falls at
another pace on either side and never ends at nothing; the prior's peak of 21 days lies within the range of peaks.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from ownerloop.domain.rate import FloatArray

PEAK_DAYS = (10.0, 30.0)  # the lead at which most owners answer
EARLY_DAYS = (8.0, 18.0)  # how fast it falls for messages that come sooner
LATE_DAYS = (6.0, 14.0)  # and for those that come later
HEIGHT = (0.35, 0.60)  # the chance at the peak
BASE = (0.01, 0.04)  # the chance at any lead
LAPSED_DAYS = 45  # who is overdue for so long goes elsewhere
LAG_MEAN_DAYS = (4.0, 12.0)  # from the message to the wished day
LAG_SHAPE = (1.2, 3.0)  # of a gamma distribution
LAG_MAX_DAYS = 35
NO_SHOW = (0.04, 0.10)
CANCELLED = (0.03, 0.08)
PATIENCE = (0.3, 0.7)  # of those without a place, the share that takes another day
WALK_INS = (0.6, 1.0)  # owners who come unasked, for each one whom messages bring
SWING = (0.05, 0.20)  # of a year's season, in answers and in walk-ins; its peak lies before Spring Festival
PEAK_OF_YEAR = 15  # the day of the year
WEEKDAYS = (1.15, 0.95, 0.9, 0.9, 1.0, 1.3, 1.1)  # of walk-ins, Monday first
RUSH, RUSH_DAYS = (1.2, 1.8), 14  # of walk-ins before a holiday of some days
CAMPAIGNS, CAMPAIGN_DAYS = 3, 14  # a year: launches and quarters' ends at which a store delivers many cars at once
CAMPAIGN_SHARE = (0.2, 0.5)  # of a store's cars; all of them reach their months' limit together
_DAYS_A_YEAR = 365.25
_LAST_CAMPAIGN = 365 - CAMPAIGN_DAYS


@dataclass(frozen=True, slots=True)
class Hidden:
    """One store's truth."""

    peak_days: float
    early_days: float
    late_days: float
    height: float
    base: float
    lags: FloatArray  # share of the visits by days after the message; day 0 first
    no_show: float
    cancelled: float
    patience: float
    walk_ins: float
    swing: float
    rush: float
    campaign_share: float
    campaigns: tuple[int, ...]  # days of the year on which they begin

    def chance(self, lead: FloatArray, on: int) -> FloatArray:
        """Return the chance of a booking for a message sent so many days before the true due day, on this ordinal."""
        chance: FloatArray = np.minimum(self.mean_chance(lead) * self.season(on), 1.0)
        return chance

    def mean_chance(self, lead: FloatArray) -> FloatArray:
        """Return the chance over all times of the year."""
        away = lead - self.peak_days
        width = np.where(away > 0, self.early_days, self.late_days)
        chance: FloatArray = np.maximum(self.base, self.height * np.exp(-((away / width) ** 2) / 2))
        return chance

    def season(self, on: int) -> float:
        """Return the factor of the time of year on what owners do."""
        turn = 2 * np.pi * (date.fromordinal(on).timetuple().tm_yday - PEAK_OF_YEAR) / _DAYS_A_YEAR
        return float(1 + self.swing * np.cos(turn))

    def told(self) -> dict[str, float]:
        """Return what was drawn, for the report."""
        days = np.arange(self.lags.size)
        return {
            "peak_days": round(self.peak_days, 1),
            "early_days": round(self.early_days, 1),
            "late_days": round(self.late_days, 1),
            "height": round(self.height, 3),
            "base": round(self.base, 3),
            "lag_mean_days": round(float(self.lags @ days), 1),
            "no_show": round(self.no_show, 3),
            "cancelled": round(self.cancelled, 3),
            "patience": round(self.patience, 2),
            "walk_ins": round(self.walk_ins, 2),
            "swing": round(self.swing, 2),
            "rush": round(self.rush, 2),
            "campaign_share": round(self.campaign_share, 2),
        }


def draw_hidden(draw: np.random.Generator) -> Hidden:
    """Return a store's truth by chance."""
    return Hidden(
        peak_days=draw.uniform(*PEAK_DAYS),
        early_days=draw.uniform(*EARLY_DAYS),
        late_days=draw.uniform(*LATE_DAYS),
        height=draw.uniform(*HEIGHT),
        base=draw.uniform(*BASE),
        lags=_lags(mean=draw.uniform(*LAG_MEAN_DAYS), shape=draw.uniform(*LAG_SHAPE)),
        no_show=draw.uniform(*NO_SHOW),
        cancelled=draw.uniform(*CANCELLED),
        patience=draw.uniform(*PATIENCE),
        walk_ins=draw.uniform(*WALK_INS),
        swing=draw.uniform(*SWING),
        rush=draw.uniform(*RUSH),
        campaign_share=draw.uniform(*CAMPAIGN_SHARE),
        campaigns=tuple(sorted(draw.integers(0, _LAST_CAMPAIGN, size=CAMPAIGNS).tolist())),
    )


def _lags(*, mean: float, shape: float) -> FloatArray:
    # A gamma distribution in days of which each is its middle; nobody comes on the day of the message itself.
    middle = np.arange(LAG_MAX_DAYS + 1) - 0.5
    weight = np.where(middle > 0, np.abs(middle) ** (shape - 1) * np.exp(-middle * shape / mean), 0.0)
    shares: FloatArray = weight / weight.sum()
    return shares
