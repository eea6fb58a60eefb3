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

# What the fold remembers after the orders of a day, by place: with names an event would cost half as much again.
# Days are ordinals. Tier and since are those with which the day began, so that more orders of the same day can still be
# added, and those it ended with, which hold until `steady` if nothing is ordered.
Days = tuple[int, ...]
Standing = tuple[
    int,  # last: the day
    int,  # tier
    int,  # since
    int,  # tier_now
    int,  # since_now
    int,  # steady: the first day on which that may not hold
    Days,  # ends: when each day with an order leaves the window, earliest first
    Days,  # money_ends
    Days,  # money: fen of those days
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
    known = standing or _before_anything(day, policy)
    last, tier, since, tier_now, since_now, steady, ends, money_ends, money, total, gaps, anchor, overdue_on = known
    if day == last:
        money, total = (*money[:-1], money[-1] + fen), total + fen
    else:
        if last < day < steady:
            tier, since = tier_now, since_now
        else:
            tier, since = _moved(known, day, policy)
            if ends[0] <= day or money_ends[0] <= day:
                ends, money_ends, money, total = _left(ends, money_ends, money, day)
        end, money_end = policy.window_ends[day]
        ends, money_ends = ends + end, money_ends + money_end
        money, total = money + (fen,), total + fen  # noqa: RUF005  # half the time of unpacking
    if has_visit and (anchor != day or not gaps):
        grown = (gaps[1], gaps[2], day - anchor) if len(gaps) == _THREE else (*gaps[1:], day - anchor)
        gaps = grown if gaps else policy.prior_gaps
        anchor, overdue_on = day, day + 1 + policy.overdue_per_myriad * interval_of(gaps, policy) // _MYRIAD
    steady = money_ends[0] if money_ends[0] < ends[0] else ends[0]
    if day >= overdue_on:
        wanted = AT_RISK
    else:
        of_tier, frequency = policy.targets[tier], len(ends)  # `target`, without the call
        by_money = of_tier[frequency] if frequency < len(of_tier) else of_tier[-1]
        wanted = by_money[bisect_right(policy.money_cuts_fen, total)]
        steady = overdue_on if overdue_on < steady else steady
    tier_now, since_now = tier, since
    if wanted != tier:
        moves_on = since + policy.stay_days
        if moves_on <= day:
            tier_now, since_now = wanted, day
        elif moves_on < steady:
            steady = moves_on
    return day, tier, since, tier_now, since_now, steady, ends, money_ends, money, total, gaps, anchor, overdue_on


def passed(standing: Standing, *, until: int, policy: TierPolicy) -> tuple[int, int, int, int]:
    """Return (tier, since, days with an order, fen) as they are at the end of the day before `until`."""
    tier, since = _moved(standing, until, policy)
    _, _, _, _, _, _, ends, money_ends, money, fen, _, _, _ = standing
    gone = bisect_right(money_ends, until - 1)
    return tier, since, len(ends) - bisect_right(ends, until - 1), fen - sum(money[:gone])


def recency_of(standing: Standing, *, policy: TierPolicy) -> tuple[int, int]:
    """Return the day from which recency counts, and the owner's own interval in days."""
    return standing[-2], interval_of(standing[-3] or policy.prior_gaps, policy)


def target(tier: int, frequency: int, fen: int, policy: TierPolicy) -> int:
    """Return where an owner of this tier who is not overdue belongs, the bands around the borders included.

    The answer is its own target, so one change settles a span in which nothing happens.
    """
    of_tier = policy.targets[tier]
    by_money = of_tier[frequency] if frequency < len(of_tier) else of_tier[-1]
    return by_money[bisect_right(policy.money_cuts_fen, fen)]


def is_overdue(recency_days: int, *, interval: int, policy: TierPolicy) -> bool:
    """Return whether so many days without a visit are too many for an owner of this interval."""
    return recency_days * _MYRIAD > policy.overdue_per_myriad * interval


def interval_of(gaps: Days, policy: TierPolicy) -> int:
    """Return the median of the gaps, within the policy's bounds; `gaps` is as long as the policy says."""
    if len(gaps) == _THREE:  # sorting them takes twice as long
        median, two, three = gaps
        if median > two:
            median, two = two, median
        if median < three:
            median = three if three < two else two
    else:
        median = sorted(gaps)[len(gaps) // 2]
    if median < policy.interval_min_days:
        return policy.interval_min_days
    return median if median <= policy.interval_max_days else policy.interval_max_days


def _before_anything(day: int, policy: TierPolicy) -> Standing:
    # As the day of the first order begins: nobody has to stay a prospect.
    since, interval = day - policy.stay_days, interval_of(policy.prior_gaps, policy)
    overdue_on = day + 1 + policy.overdue_per_myriad * interval // _MYRIAD
    return 0, PROSPECT, since, PROSPECT, since, day + 1, (), (), (), 0, (), day, overdue_on


def _left(ends: Days, money_ends: Days, money: Days, day: int) -> tuple[Days, Days, Days, int]:
    # What the windows still hold on a day.
    gone = bisect_right(money_ends, day)
    money = money[gone:]
    return ends[bisect_right(ends, day) :], money_ends[gone:], money, sum(money)


def _moved(standing: Standing, until: int, policy: TierPolicy) -> tuple[int, int]:
    # Tier and since as the day `until` begins. Once overdue, an owner is at risk whatever leaves a window.
    last, _, _, tier, since, day, ends, money_ends, money, fen, _, _, overdue_on = standing
    if until < last:
        raise ValueError("an order before the last one needs the whole fold")
    calm_until = overdue_on if overdue_on < until else until
    gone, spent, days, cuts = 0, 0, len(ends), policy.money_cuts_fen
    while day < calm_until:
        while gone < days and ends[gone] <= day:
            gone += 1
        while spent < len(money) and money_ends[spent] <= day:
            fen -= money[spent]
            spent += 1
        next_day = ends[gone] if gone < days and ends[gone] < calm_until else calm_until
        if spent < len(money) and money_ends[spent] < next_day:
            next_day = money_ends[spent]
        of_tier, frequency = policy.targets[tier], days - gone  # `target`, without the call
        wanted = (of_tier[frequency] if frequency < len(of_tier) else of_tier[-1])[bisect_right(cuts, fen)]
        if wanted != tier and (moves_on := max(day, since + policy.stay_days)) < next_day:
            tier, since = wanted, moves_on
        day = next_day
    if overdue_on < until and tier != AT_RISK:
        moves_on = max(day, overdue_on, since + policy.stay_days)
        return (AT_RISK, moves_on) if moves_on < until else (tier, since)
    return tier, since
