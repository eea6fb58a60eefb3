"""The priced lead time: the day to speak first that is worth most, for all visits of a batch at once (design §5.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from ownerloop.domain.booking_curve import PPM, BookingCurve, Lags
from ownerloop.domain.due_points import POINTS, due_points
from ownerloop.domain.ids import digest
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.rate import IntArray

NEVER = -1  # in place of a day: no day is worth a message


class Arm(StrEnum):
    """How the day of a first message was chosen; the same visit has the same arm at every planning."""

    PRICED = "priced"
    RANDOM = "random"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class LeadTime:
    """What is published for a store: its booking curve, its lags, and a price in fen for each day from `first_on`."""

    store_id: str
    version: int
    as_of: date
    curve: BookingCurve
    lags: Lags
    prices_fen: tuple[int, ...]
    first_on: date
    is_learned: bool = False
    curve_before: BookingCurve | None = None  # of the settlement before: what others may learn from on the same day

    def curve_known(self, as_of: date) -> BookingCurve | None:
        """Return the newest curve of a settlement before the day, so that a night's order of stores decides nothing."""
        return self.curve if self.as_of < as_of else self.curve_before

    def price_on(self, day: date) -> int:
        """Return the day's price; 0 where none is published."""
        place = (day - self.first_on).days
        return self.prices_fen[place] if 0 <= place < len(self.prices_fen) else 0

    @property
    def days(self) -> list[date]:
        """Return the days that have a price."""
        return [self.first_on + timedelta(days=place) for place in range(len(self.prices_fen))]


@dataclass(frozen=True, slots=True)
class SendDays:
    """Per visit: the day of sending as an ordinal or NEVER, its value, and the price its visit is expected to meet."""

    days: IntArray
    values_fen: IntArray
    prices_fen: IntArray


@dataclass(frozen=True, slots=True)
class Prospects:
    """The chance of a booking for each visit and day of its window: what prices do not change."""

    first: IntArray  # the ordinal of each window's first day
    chances: IntArray  # (visits, window days), the sum over the due day's points in millionths
    earliest: IntArray
    of: IntArray  # which lead time speaks for the visit

    def chances_on(self, days: IntArray) -> IntArray:
        """Return the sum of each visit's chances for its day; 0 for NEVER and outside its window."""
        place = days - self.first
        is_inside = (days != NEVER) & (place >= 0) & (place < self.chances.shape[1])
        found: IntArray = self.chances[np.arange(len(days)), np.where(is_inside, place, 0)]
        return np.where(is_inside, found, 0)


def prospects(
    due: IntArray, *, earliest: IntArray, leads: Sequence[LeadTime], of: IntArray, policy: LeadPolicy
) -> Prospects:
    """Return the chances of visits that fall due on rows of P10, P50 and P90 (ordinals)."""
    offsets = due_points(due) - due[:, 1:2]
    low, high = int(offsets.min(initial=0)) + policy.lead_min, int(offsets.max(initial=0)) + policy.lead_max
    # Leads fall as days go by, so a visit's window is one run of the table of falling leads: copied, not looked up.
    falling = np.concatenate([lead.curve.rates_at(np.arange(high, low - 1, -1)) for lead in leads])
    runs = np.lib.stride_tricks.sliding_window_view(falling, policy.window_days)
    starts = of * (high - low + 1) + high - policy.lead_max
    chances = np.zeros((len(due), policy.window_days), dtype=np.int64)
    for point in range(POINTS):
        chances += runs[starts - offsets[:, point]]
    return Prospects(first=due[:, 1] - policy.lead_max, chances=chances, earliest=earliest, of=of)


def best_days(found: Prospects, *, leads: Sequence[LeadTime], policy: LeadPolicy) -> SendDays:
    """Return the day worth most for each visit under the prices; of equal days the earlier, NEVER if none is worth it.

    All of it is whole numbers, so the answer is the same everywhere, for a car alone as for a batch.
    """
    rows, width = found.chances.shape
    days = found.first[:, None] + np.arange(width)[None, :]
    costs = _costs_on(found.first, width, leads=leads, of=found.of)
    # What a message costs is the same on every day, so the days are compared before the division into fen.
    gains = found.chances * (policy.margin_fen - costs)
    gains[days < found.earliest[:, None]] = np.iinfo(np.int64).min
    place = gains.argmax(axis=1)
    at = (np.arange(rows), place)
    values = gains[at] // (POINTS * PPM) - policy.cost_fen
    is_worth = values > 0
    return SendDays(
        days=np.where(is_worth, days[at], NEVER),
        values_fen=np.where(is_worth, values, 0),
        prices_fen=np.where(is_worth, costs[at], 0),
    )


def send_days(
    due: IntArray, *, earliest: IntArray, leads: Sequence[LeadTime], of: IntArray, policy: LeadPolicy
) -> SendDays:
    """Return the day to speak first for visits of due days (P10, P50, P90 as ordinals), not before `earliest`.

    `leads` are the distinct lead times, `of` says which of them speaks for each visit.
    """
    found = prospects(due, earliest=earliest, leads=leads, of=of, policy=policy)
    return best_days(found, leads=leads, policy=policy)


def look_again_on(vehicle_id: str, due_p50: date, *, as_of: date, policy: LeadPolicy) -> date | None:
    """Return the day on which to ask again whether a day is worth a message for a visit; None when its window is over.

    Each car has its own days, `look_again_days` apart, so that they stay the same until they come.
    """
    every = policy.look_again_days
    place = int(digest("look_again", vehicle_id)[:8], 16) % every
    day = as_of.toordinal() + every - (as_of.toordinal() + place) % every
    return date.fromordinal(day) if day <= due_p50.toordinal() - policy.lead_min else None


def arm_of(vehicle_id: str, due_cycle: str, *, policy: LeadPolicy) -> Arm:
    """Return the arm of a visit where a lead time is published."""
    draw = int(digest("lead_arm", vehicle_id, due_cycle)[:8], 16) % 100
    return Arm.RANDOM if draw < policy.explore_percent else Arm.PRICED


def drawn_lead(vehicle_id: str, due_cycle: str, *, policy: LeadPolicy) -> int:
    """Return the lead that the random arm draws for a visit, in days."""
    span = policy.explore_lead_max - policy.explore_lead_min + 1
    return policy.explore_lead_min + int(digest("lead_days", vehicle_id, due_cycle)[:8], 16) % span


def _costs_on(first: IntArray, width: int, *, leads: Sequence[LeadTime], of: IntArray) -> IntArray:
    """Return the price that a visit asked for on each day of its window is expected to meet; 0 where none is known."""
    # Full correlation: its first day is so early that only the longest lag meets the first price.
    shares = [np.array(lead.lags.shares_ppm, dtype=np.int64) for lead in leads]
    met = [
        (np.convolve(np.array(lead.prices_fen, dtype=np.int64), share[::-1]) + PPM // 2) // PPM
        for lead, share in zip(leads, shares, strict=True)
    ]
    # A window is one run of its lead's table, with zeros before and after the days that have a price.
    long = max(len(each) for each in met)
    table = np.concatenate([np.pad(each, (width, width + long - len(each))) for each in met])
    starts = np.array([lead.first_on.toordinal() - len(share) + 1 for lead, share in zip(leads, shares, strict=True)])
    place = np.clip(first - starts[of] + width, 0, long + width)
    costs: IntArray = np.lib.stride_tricks.sliding_window_view(table, width)[of * (long + 2 * width) + place]
    return costs
