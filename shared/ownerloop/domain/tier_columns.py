"""The tiers of many owners at once: the same fold as `tiers.settle`, in columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ownerloop.domain.facts import Occasion
from ownerloop.domain.tier_cuts import Crowd
from ownerloop.domain.tier_policy import AT_RISK, PROSPECT, TierPolicy
from ownerloop.domain.tiers import TierState, prospect, state_from

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
_DAY_BITS = 22  # more days than the calendar has: (owner, day) as one number
_DAY = (1 << _DAY_BITS) - 1
_KIND_BITS = 2
_KIND = (1 << _KIND_BITS) - 1
_BEGINS, _ENDS, _MONEY_ENDS, _OVERDUE = range(4)  # what happens on a day; at most 2^38 owners
_EPOCH = date(1970, 1, 1).toordinal()
_LEADING_DIGITS = 2  # of money in a crowd: at most 90 values a power of ten, so that a crowd stays small


@dataclass(frozen=True, slots=True)
class OccasionColumns:
    """The orders of many owners; `owner` is a place in a list of owners, `on` an ordinal day."""

    owner: IntArray
    on: IntArray
    fen: IntArray
    is_visit: BoolArray


@dataclass(frozen=True, slots=True)
class TierColumns:
    """The end of each owner's fold with its inputs, one place an owner; owners without an order are prospects."""

    tier: IntArray
    since: IntArray
    recency_days: IntArray
    interval_days: IntArray
    frequency: IntArray
    fen: IntArray


@dataclass(frozen=True, slots=True)
class _Days:
    # One row per owner and day with an order, in this order.
    key: IntArray
    owner: IntArray
    on: IntArray
    money_before: IntArray  # one longer: the fen of all rows before
    interval: IntArray
    anchor: IntArray
    overdue_on: IntArray


def columns_of(occasions: Sequence[Sequence[Occasion]]) -> OccasionColumns:
    """Return the orders of a list of owners as columns."""
    rows = [(place, one.on, one.fen, one.is_visit) for place, orders in enumerate(occasions) for one in orders]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return OccasionColumns(table[:, 0], table[:, 1], table[:, 2], table[:, 3] != 0)


def settle_columns(columns: OccasionColumns, *, owners: int, policy: TierPolicy, as_of: date) -> TierColumns:
    """Return where each of the owners stands on the day; agrees with `tiers.settle` owner by owner."""
    today = as_of.toordinal()
    settled = _prospects(owners, policy=policy)
    days = _days(columns, policy=policy, until=today)
    if not days.key.size:
        return settled
    frequency, fen, overdue, point = _inputs(days, policy=policy, today=today)
    starts = np.flatnonzero(np.diff(point >> _DAY_BITS, prepend=-1))
    who = point[starts] >> _DAY_BITS
    tier, since = _run(point & _DAY, starts, frequency, fen, overdue, policy=policy, until=today + 1)
    last = np.append(starts[1:], point.size) - 1
    row = np.searchsorted(days.key, (who << _DAY_BITS) + today, side="right") - 1
    settled.tier[who], settled.since[who] = tier, since
    settled.recency_days[who] = today - days.anchor[row]
    settled.interval_days[who] = days.interval[row]
    settled.frequency[who], settled.fen[who] = frequency[last], fen[last]
    return settled


def states_of(columns: TierColumns, *, policy: TierPolicy, as_of: date) -> list[TierState]:
    """Return the state of each owner in words of the domain."""
    rows = zip(
        columns.tier.tolist(),
        columns.since.tolist(),
        columns.recency_days.tolist(),
        columns.interval_days.tolist(),
        columns.frequency.tolist(),
        columns.fen.tolist(),
        strict=True,
    )
    nobody = prospect(policy=policy, as_of=as_of)
    return [
        nobody
        if code == PROSPECT
        else state_from(
            code=code,
            since=since,
            recency_days=recency,
            interval_days=interval,
            frequency=frequency,
            fen=fen,
            policy=policy,
            as_of=as_of,
        )
        for code, since, recency, interval, frequency, fen in rows
    ]


def crowd_of(columns: TierColumns) -> Crowd:
    """Return the crowd of settled owners."""
    here = columns.frequency > 0
    return Crowd(_counts(columns.frequency[here]), _counts(_rounded(columns.fen[here])))


def _counts(values: IntArray) -> dict[int, int]:
    found, counts = np.unique(values, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _rounded(fen: IntArray) -> IntArray:
    # In whole numbers: the logarithm of a power of ten may come out a little below.
    unit = np.ones_like(fen)
    while (too_long := fen // unit >= 10**_LEADING_DIGITS).any():
        unit[too_long] *= 10
    rounded: IntArray = fen // unit * unit
    return rounded


def _prospects(owners: int, *, policy: TierPolicy) -> TierColumns:
    def same(value: int) -> IntArray:
        return np.full(owners, value, dtype=np.int64)

    return TierColumns(same(PROSPECT), same(0), same(0), same(policy.interval_prior_days), same(0), same(0))


def _days(columns: OccasionColumns, *, policy: TierPolicy, until: int) -> _Days:
    known = columns.on <= until
    order_key = (columns.owner[known] << _DAY_BITS) + columns.on[known]
    order = np.argsort(order_key)  # those of one day are summed, whichever comes first
    fen = columns.fen[known][order]
    visits = (columns.is_visit[known] | (columns.fen[known] >= policy.visit_fen_min))[order]
    ordered = order_key[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    key = ordered[starts]
    owner, on = key >> _DAY_BITS, key & _DAY
    has_visit = np.logical_or.reduceat(visits, starts) if key.size else np.zeros(0, dtype=np.bool_)
    by_day = np.add.reduceat(fen, starts) if key.size else fen
    begins = np.diff(owner, prepend=-1) != 0
    first = np.maximum.accumulate(np.where(begins, np.arange(owner.size), 0))  # the row with which each owner begins
    anchor, interval = _recency(owner, on, has_visit, on[first], policy=policy)
    return _Days(
        key=key,
        owner=owner,
        on=on,
        money_before=np.concatenate([[0], np.cumsum(by_day)]),
        interval=interval,
        anchor=anchor,
        overdue_on=anchor + policy.overdue_per_myriad * interval // 10_000 + 1,
    )


def _recency(
    owner: IntArray, on: IntArray, has_visit: BoolArray, first_on: IntArray, *, policy: TierPolicy
) -> tuple[IntArray, IntArray]:
    # The anchor and the interval as each row leaves them; gaps lie between visits of one and the same owner.
    visitor, visited = owner[has_visit], on[has_visit]
    gap = np.diff(visited, prepend=0)
    is_gap = np.diff(visitor, prepend=-1) == 0
    gap[~is_gap] = policy.interval_prior_days
    newest = np.full((visitor.size, policy.gaps_counted), policy.interval_prior_days, dtype=np.int64)
    for back in range(min(policy.gaps_counted, visitor.size)):
        same = visitor[back:] == visitor[: visitor.size - back]
        newest[back:, back][same] = gap[: visitor.size - back][same]
    median = np.sort(newest, axis=1)[:, policy.gaps_counted // 2]
    bounds = policy.interval_min_days, policy.interval_max_days
    last = np.cumsum(has_visit) - 1  # the last visit up to this row, of whichever owner
    mine = (last >= 0) & (np.append(visitor, -1)[last] == owner)
    anchor = np.where(mine, np.append(visited, 0)[last], first_on)
    interval = np.where(mine, np.append(median, 0)[last], policy.interval_prior_days)
    return anchor, np.clip(interval, *bounds)


def _inputs(days: _Days, *, policy: TierPolicy, today: int) -> tuple[IntArray, IntArray, BoolArray, IntArray]:
    # What the fold sees on every day on which it can change, and those days as (owner, day) in one number. How many
    # rows began and left the windows up to a day is counted along the sorted days, each marked with what happens.
    base = days.owner << _DAY_BITS
    ends = base + _window_ends(days.on, policy.frequency_months)
    money_ends = base + _window_ends(days.on, policy.money_months)
    points = np.concatenate([days.key, ends, money_ends, base + days.overdue_on]) << _KIND_BITS
    for kind in (_ENDS, _MONEY_ENDS, _OVERDUE):
        points[kind * base.size : (kind + 1) * base.size] |= kind
    points.sort()
    kinds, points = (points & _KIND).astype(np.int8), points >> _KIND_BITS
    is_last = np.append(points[1:] != points[:-1], True)  # of what happens to an owner on a day
    here = np.flatnonzero(is_last & ((points & _DAY) <= today))
    point = points[here]
    row = np.cumsum(kinds == _BEGINS)[here] - 1
    frequency = row + 1 - np.cumsum(kinds == _ENDS)[here]
    fen = days.money_before[row + 1] - days.money_before[np.cumsum(kinds == _MONEY_ENDS)[here]]
    return frequency, fen, (point & _DAY) >= days.overdue_on[row], point


def _run(
    on: IntArray,
    starts: IntArray,
    frequency: IntArray,
    fen: IntArray,
    overdue: BoolArray,
    *,
    policy: TierPolicy,
    until: int,
) -> tuple[IntArray, IntArray]:
    # All owners take their next step together; those with the most steps stand first, so the rest falls away behind.
    cell, table = _cells(frequency, fen, overdue, policy=policy)
    steps = np.diff(np.append(starts, on.size))
    order = np.argsort(-steps, kind="stable")
    at = starts[order]
    ends_at = np.append(on[1:], until)
    ends_at[starts[1:] - 1] = until
    tier = np.full(starts.size, PROSPECT, dtype=np.int64)
    since = on[at] - policy.stay_days
    for going in (starts.size - np.cumsum(np.bincount(steps))[:-1]).tolist():
        at, now = at[:going], tier[:going]
        wanted = table[now, cell[at]]
        moves_on = np.maximum(on[at], since[:going] + policy.stay_days)
        moves = (wanted != now) & (moves_on < ends_at[at])
        np.copyto(now, wanted, where=moves)
        np.copyto(since[:going], moves_on, where=moves)
        at = at + 1
    tiers, sinces = np.empty_like(tier), np.empty_like(since)
    tiers[order], sinces[order] = tier, since
    return tiers, sinces


def _cells(frequency: IntArray, fen: IntArray, overdue: BoolArray, *, policy: TierPolicy) -> tuple[IntArray, IntArray]:
    # Each row's place in the table of where an owner belongs, and that table by tier; the last place is of the overdue.
    targets = np.array([by_days[: policy.frequency_scored] for by_days in policy.targets], dtype=np.int64)
    tiers, counted, scores = targets.shape
    by_cell = np.append(targets.reshape(tiers, -1), np.full((tiers, 1), AT_RISK), axis=1)
    cell = np.minimum(frequency, counted - 1) * scores + np.searchsorted(policy.money_cuts_fen, fen, side="right")
    cell[overdue] = counted * scores
    return cell, by_cell


def _window_ends(on: IntArray, months: int) -> IntArray:
    # Many orders share few days, so each day is worked out once.
    first, last = int(on.min()), int(on.max())
    if last - first >= on.size:
        return _months_later(on, months)
    return _months_later(np.arange(first, last + 1), months)[on - first]


def _months_later(on: IntArray, months: int) -> IntArray:
    # The same day so many months later, clamped to that month's last day (`calendar.add_months`).
    day = (on - _EPOCH).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    day_of_month = (day - month.astype("datetime64[D]")).astype(np.int64)
    later = month + np.timedelta64(months, "M")
    length = ((later + np.timedelta64(1, "M")).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int64)
    begins = later.astype("datetime64[D]").astype(np.int64)
    ends: IntArray = begins + np.minimum(day_of_month, length - 1) + _EPOCH
    return ends
