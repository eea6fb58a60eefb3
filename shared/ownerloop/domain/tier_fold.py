"""The fold behind the tiers, in whole numbers: what is remembered of an owner, and how a day or an order changes it.

Between two orders nothing improves: orders leave their windows and the last visit recedes. So the tier can only change
on the day of an order, when one leaves a window, when the owner becomes overdue, and when a minimum stay ends.
"""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter

from ownerloop.domain.facts import Occasion
from ownerloop.domain.tier_policy import AT_RISK, PROSPECT, TierPolicy

_MYRIAD = 10_000
_THREE = 3
_FEN_BITS = 48  # of the orders of a day: 400 (`facts.OCCASIONS_MAX`) of at most 2^32 fen
_FEN = (1 << _FEN_BITS) - 1

# What the fold remembers after the orders of a day, by place: with names an event would cost half as much again. Days
# are ordinals. What an event costs is mostly the objects that it makes and throws away, so they are few.
Days = tuple[int, ...]
Standing = tuple[
    int,  # last: the day
    int,  # tier with which it ended, which holds until an order leaves a window, the owner is overdue or a stay ends
    int,  # since
    int,  # wanted: another one than the tier, if only the minimum stay is in the way
    tuple[int, int] | None,  # began: tier and since as the day began, if the day moved them
    Days,  # ends: when each day with an order leaves the window, earliest first
    Days,  # money_ends
    int,  # money: fen of those days, 48 bits each, the newest lowest
    int,  # total: their sum
    Days,  # gaps between the newest visits, filled up with the prior, oldest first; none before the first visit
    int,  # anchor, where recency counts from: the last visit, else the first order
    int,  # overdue_on
]


def fold(occasions: Iterable[Occasion], *, policy: TierPolicy, until: int) -> Standing | None:
    """Return how an owner stands after the orders up to the day, or None where there are none."""
    standing: Standing | None = None
    known = sorted((one for one in occasions if one.on <= until), key=attrgetter("on"))
    for day, of_day in groupby(known, key=attrgetter("on")):
        orders = list(of_day)
        has_visit = any(counts_as_visit(one.is_visit, one.fen, policy=policy) for one in orders)
        standing = advance(standing, day, sum(one.fen for one in orders), has_visit=has_visit, policy=policy)
    return standing


def counts_as_visit(is_visit: bool, fen: int, *, policy: TierPolicy) -> bool:  # noqa: FBT001  # a column, not a switch
    """Return whether an order counts for recency: a service order, or a purchase that is worth the way."""
    return is_visit or fen >= policy.visit_fen_min


def advance(standing: Standing | None, day: int, fen: int, *, has_visit: bool, policy: TierPolicy) -> Standing:
    """Return how the owner stands after one more order on the day, which may not lie before the last one."""
    if standing is None:
        return _first(day, fen, has_visit=has_visit, policy=policy)
    if day <= standing[0]:
        return _same_day(standing, day, fen, has_visit=has_visit, policy=policy)
    _, tier, since, wanted, _, ends, money_ends, money, total, gaps, anchor, overdue_on = standing
    if ends[0] <= day or money_ends[0] <= day or wanted != tier:
        ends, money_ends, money, total = _left(ends, money_ends, money, total, day)
        belongs = policy.targets[tier][len(ends)][bisect_right(policy.money_cuts_fen, total)]
        if belongs != tier or wanted != tier:
            tier, since = _walked(standing, day, policy)
    if overdue_on < day and tier != AT_RISK:
        tier, since = _overdue(tier, since, overdue_on, day, policy)
    end, money_end = policy.window_ends[day]
    ends, money_ends = ends + end, money_ends + money_end
    money, total = money << _FEN_BITS | fen, total + fen
    if has_visit:
        if len(gaps) == _THREE:  # `_median` would take twice as long
            _, one, two = gaps
            gap = day - anchor
            gaps = one, two, gap
            low, high = (one, two) if one < two else (two, one)
            median = low if gap < low else gap if gap < high else high
        else:
            gaps = (*gaps[1:], day - anchor) if gaps else policy.prior_gaps
            median = _median(gaps)
        anchor, overdue_on = day, day + policy.overdue_after[median]
    if day < overdue_on:
        wanted = policy.targets[tier][len(ends)][bisect_right(policy.money_cuts_fen, total)]
    else:
        wanted = AT_RISK
    if wanted == tier or since + policy.stay_days > day:
        return day, tier, since, wanted, None, ends, money_ends, money, total, gaps, anchor, overdue_on
    return day, wanted, day, wanted, (tier, since), ends, money_ends, money, total, gaps, anchor, overdue_on


def passed(standing: Standing, *, until: int, policy: TierPolicy) -> tuple[int, int, int, int]:
    """Return (tier, since, days with an order, fen) as they are at the end of the day before `until`."""
    last, tier, since, wanted, _, ends, money_ends, money, total, _, _, overdue_on = standing
    if until < last:
        raise ValueError("an order before the last one needs the whole fold")
    ends, _, _, total = _left(ends, money_ends, money, total, until - 1)
    if wanted != tier or target(tier, len(ends), total, policy) != tier:
        tier, since = _walked(standing, until, policy)
    if overdue_on < until and tier != AT_RISK:
        tier, since = _overdue(tier, since, overdue_on, until, policy)
    return tier, since, len(ends), total


def recency_of(standing: Standing, *, policy: TierPolicy) -> tuple[int, int]:
    """Return the day from which recency counts, and the owner's own interval in days."""
    return standing[-2], interval_of(standing[-3] or policy.prior_gaps, policy)


def target(tier: int, frequency: int, fen: int, policy: TierPolicy) -> int:
    """Return where an owner of this tier who is not overdue belongs, the bands around the borders included.

    The answer is its own target, so one change settles a span in which nothing happens.
    """
    return policy.targets[tier][frequency][bisect_right(policy.money_cuts_fen, fen)]


def is_overdue(recency_days: int, *, interval: int, policy: TierPolicy) -> bool:
    """Return whether so many days without a visit are too many for an owner of this interval."""
    return recency_days * _MYRIAD > policy.overdue_per_myriad * interval


def interval_of(gaps: Days, policy: TierPolicy) -> int:
    """Return the median of the gaps, within the policy's bounds; `gaps` is as long as the policy says."""
    return min(max(_median(gaps), policy.interval_min_days), policy.interval_max_days)


def _median(gaps: Days) -> int:
    return sorted(gaps)[len(gaps) // 2]


def _first(day: int, fen: int, *, has_visit: bool, policy: TierPolicy) -> Standing:
    # The first order moves its owner at once: nobody has to stay a prospect.
    end, money_end = policy.window_ends[day]
    tier, began = target(PROSPECT, 1, fen, policy), (PROSPECT, day - policy.stay_days)
    gaps = policy.prior_gaps if has_visit else ()
    overdue_on = day + policy.overdue_after[policy.interval_prior_days]
    return day, tier, day, tier, began, end, money_end, fen, fen, gaps, day, overdue_on


def _same_day(standing: Standing, day: int, fen: int, *, has_visit: bool, policy: TierPolicy) -> Standing:
    # As if the day had brought all its orders at once.
    last, tier, since, _, began, ends, money_ends, money, total, gaps, anchor, overdue_on = standing
    if day < last:
        raise ValueError("an order before the last one needs the whole fold")
    tier, since = began or (tier, since)
    money, total, began = money + fen, total + fen, None
    if has_visit and (anchor != day or not gaps):
        gaps = (*gaps[1:], day - anchor) if gaps else policy.prior_gaps
        anchor, overdue_on = day, day + policy.overdue_after[_median(gaps)]
    wanted = target(tier, len(ends), total, policy) if day < overdue_on else AT_RISK
    if wanted != tier and since + policy.stay_days <= day:
        tier, since, began = wanted, day, (tier, since)
    return day, tier, since, wanted, began, ends, money_ends, money, total, gaps, anchor, overdue_on


def _left(ends: Days, money_ends: Days, money: int, total: int, day: int) -> tuple[Days, Days, int, int]:
    # What the windows still hold on a day.
    if ends and ends[0] <= day:
        ends = ends[bisect_right(ends, day) :]
    if money_ends and money_ends[0] <= day:
        money_ends = money_ends[bisect_right(money_ends, day) :]
        bits = len(money_ends) * _FEN_BITS
        gone = money >> bits
        money -= gone << bits
        while gone:
            total -= gone & _FEN
            gone >>= _FEN_BITS
    return ends, money_ends, money, total


def _walked(standing: Standing, until: int, policy: TierPolicy) -> tuple[int, int]:
    # Tier and since as the day `until` begins, or that on which the owner is overdue: from one end of a window to the
    # next.
    day, tier, since, _, _, ends, money_ends, money, fen, _, _, overdue_on = standing
    until = min(until, overdue_on)
    while day < until:
        ends, money_ends, money, fen = _left(ends, money_ends, money, fen, day)
        next_day = min((until, *ends[:1], *money_ends[:1]))
        wanted = target(tier, len(ends), fen, policy)
        if wanted != tier and (moves_on := max(day, since + policy.stay_days)) < next_day:
            tier, since = wanted, moves_on
        day = next_day
    return tier, since


def _overdue(tier: int, since: int, overdue_on: int, until: int, policy: TierPolicy) -> tuple[int, int]:
    # Once overdue, an owner is at risk whatever leaves a window, as soon as the stay ends.
    moves_on = max(overdue_on, since + policy.stay_days)
    return (AT_RISK, moves_on) if moves_on < until else (tier, since)
