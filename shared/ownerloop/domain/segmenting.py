"""Recency, frequency and money of a crowd of owners, ranked within it, and the tier of each cell; without state."""

from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ownerloop.domain.calendar import add_months
from ownerloop.domain.tier_policy import SCORE_MAX
from ownerloop.domain.tiers import Tier

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
NEVER = -1  # the recency of an owner without any visit
TIERS = tuple(Tier)
_EPOCH = date(1970, 1, 1).toordinal()
_SMALL_BITS = 32
_SCORES = range(1, SCORE_MAX + 1)


@dataclass(frozen=True, slots=True)
class SegmentPolicy:
    """The window and the borders between the cells.

    At risk up to `at_risk_r_max`; new up to the f that `new_visits_max` visits score in this crowd; beyond it core from
    `core_sum_min` of f + m, potential below.
    """

    window_months: int
    at_risk_r_max: int
    new_visits_max: int
    core_sum_min: int


@dataclass(frozen=True, slots=True)
class Transactions:
    """Visits in columns of one length: `owner` a place in a list of owners, `on` days since 1970-01-01, money >= 0."""

    owner: Int32Array
    on: Int32Array
    hundredths: Int64Array


@dataclass(frozen=True, slots=True)
class Habits:
    """What each owner did: days since the last visit, distinct visit days and hundredths of money in the window."""

    recency_days: Int64Array
    frequency: Int64Array
    hundredths: Int64Array


@dataclass(frozen=True, slots=True)
class Segments:
    """Scores of 1-5 (0 without any visit) and the place of the tier in `TIERS`, one place an owner."""

    r: Int64Array
    f: Int64Array
    m: Int64Array
    tier: Int64Array


def habits_of(visits: Transactions, *, owners: int, months: int, as_of: date) -> Habits:
    """Return what each of the owners did up to the day.

    The window holds the days after the same day `months` earlier, up to `as_of`; the last visit may lie before it.
    """
    today = as_of.toordinal() - _EPOCH
    opens = add_months(as_of, -months).toordinal() - _EPOCH
    known = _up_to(visits, today)
    recency = np.full(owners, NEVER, dtype=np.int64)
    frequency, hundredths = np.zeros(owners, dtype=np.int64), np.zeros(owners, dtype=np.int64)
    if not known.owner.size:
        return Habits(recency, frequency, hundredths)
    who, back = _visit_days(known, today=today)
    last = _run_starts(who)  # the days of each owner run from the newest back
    recency[who[last]] = back[last]
    frequency[who[last]] = np.add.reduceat(back < today - opens, last, dtype=np.int64)
    np.add.at(hundredths, known.owner, known.hundredths * (known.on > opens))
    return Habits(recency, frequency, hundredths)


def segment(habits: Habits, *, policy: SegmentPolicy) -> Segments:
    """Return the scores and the tier of each owner: the same for equal habits, whatever the order of the owners.

    Who came before the window but not in it is at risk; who never came is a prospect and ranks nowhere.
    """
    came = habits.recency_days != NEVER
    r = scores(-habits.recency_days, among=came)
    f = scores(habits.frequency, among=came)
    m = scores(habits.hundredths, among=came)
    few = f[(habits.frequency > 0) & (habits.frequency <= policy.new_visits_max)]
    cells = tier_table(new_f_max=int(few.max(initial=0)), policy=policy)
    tier = cells[r, f, m]
    tier[came & (habits.frequency == 0)] = TIERS.index(Tier.AT_RISK)
    return Segments(r, f, m, tier)


def scores(values: Int64Array, *, among: BoolArray) -> Int64Array:
    """Return `ceil(5 * mean-rank percentile)` of each value among the chosen ones, larger is better; 0 for the rest.

    Equal values share their mean rank and so their score; with few distinct values some scores stay empty.
    """
    chosen = values[among]
    if not chosen.size:
        return np.zeros(values.size, dtype=np.int64)
    found, ends = _ranked(chosen)
    mean_rank_twice = ends + np.append(0, ends[:-1]) + 1
    below = [(score - 1) * 2 * chosen.size // SCORE_MAX for score in _SCORES]  # up to this the ceiling is less
    places = np.searchsorted(mean_rank_twice, below, side="right")
    score = np.zeros(values.size, dtype=np.int8)
    for cut in found[places[places < found.size]].tolist():
        score += values >= cut
    score *= among
    return score.astype(np.int64)


def tier_of_cell(r: int, f: int, m: int, *, new_f_max: int, policy: SegmentPolicy) -> Tier:
    """Return the one tier of a cell; without any visit there is no cell (r = 0), and the owner is a prospect."""
    if r <= 0:
        return Tier.PROSPECT
    if r <= policy.at_risk_r_max:
        return Tier.AT_RISK
    if f <= new_f_max:
        return Tier.NEW
    return Tier.CORE if f + m >= policy.core_sum_min else Tier.POTENTIAL


def tier_table(*, new_f_max: int, policy: SegmentPolicy) -> Int64Array:
    """Return the place in `TIERS` of every cell, to be looked up as [r, f, m]; each runs from 0 to 5."""
    table = np.zeros((SCORE_MAX + 1,) * 3, dtype=np.int64)
    for r, f, m in product(range(SCORE_MAX + 1), repeat=3):
        table[r, f, m] = TIERS.index(tier_of_cell(r, f, m, new_f_max=new_f_max, policy=policy))
    return table


def days_since_epoch(day: date) -> int:
    """Return the day as `Transactions.on` counts it."""
    return day.toordinal() - _EPOCH


def _up_to(visits: Transactions, today: int) -> Transactions:
    if not visits.on.size or visits.on.max() <= today:
        return visits
    known = visits.on <= today
    return Transactions(visits.owner[known], visits.on[known], visits.hundredths[known])


def _visit_days(known: Transactions, *, today: int) -> tuple[Int32Array, Int32Array]:
    # Each owner's distinct visit days as days back from today: one sort of (owner, days back) in one number.
    day_bits = int(today - known.on.min()).bit_length()
    is_small = day_bits + int(known.owner.max()).bit_length() <= _SMALL_BITS
    kind = np.dtype(np.uint32 if is_small else np.uint64)  # half the bytes sort in half the time
    key = known.owner.astype(kind)
    key <<= day_bits
    key |= (today - known.on).astype(kind)
    key.sort()
    key = key[_is_first(key)]
    return (key >> day_bits).astype(np.int32), (key & ((1 << day_bits) - 1)).astype(np.int32)


def _ranked(chosen: Int64Array) -> tuple[Int64Array, Int64Array]:
    # Each value that occurs, rising, and how many lie at or below it; values that lie close are counted, not sorted.
    low, high = int(chosen.min()), int(chosen.max())
    if high - low < chosen.size:
        counts = np.bincount(chosen - low)
        found = np.flatnonzero(counts)
        return found + low, np.cumsum(counts[found])
    chosen.sort()
    starts = _run_starts(chosen)
    return chosen[starts], np.append(starts[1:], chosen.size)


def _run_starts(ordered: NDArray[Any]) -> NDArray[np.intp]:
    return np.flatnonzero(_is_first(ordered))


def _is_first(ordered: NDArray[Any]) -> BoolArray:
    first = np.ones(ordered.size, dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first
