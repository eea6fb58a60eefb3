"""The fold behind the tiers, in whole numbers: what is remembered of an owner, and how a day or an order changes it.

Between two orders nothing improves: orders leave their windows and the last visit recedes. So the tier can only change
on the day of an order, when one leaves a window, when the owner becomes overdue, and when a minimum stay ends.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from ownerloop.domain.calendar import add_months
from ownerloop.domain.facts import Occasion
from ownerloop.domain.tier_policy import TierPolicy

PROSPECT, AT_RISK, NEW, POTENTIAL, CORE = range(5)
_NEVER = 0
_MYRIAD = 10_000
_THREE = 3
_standing = tuple.__new__  # what a named tuple's own constructor calls, without the names


class Standing(NamedTuple):
    """What the fold remembers after the orders of `day`; days are ordinals.

    `tier` and `since` are those with which the day began, so that more orders of the same day can still be added;
    `tier_now` and `since_now` are those it ends with, and they hold until `steady_until` if nothing is ordered.
    """

    day: int
    tier: int
    since: int
    tier_now: int
    since_now: int
    steady_until: int
    ends: tuple[int, ...]  # when each day with an order leaves the window, earliest first
    money_ends: tuple[int, ...]
    money: tuple[int, ...]  # fen of those days
    fen: int  # their sum
    visit: int  # the last visit, or never
    gaps: tuple[int, ...]  # between the newest visits, filled up with the prior, oldest first
    interval: int
    anchor: int  # where recency counts from: the last visit, else the first order
    overdue_on: int


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
    """Return how the owner stands after one more order on the day, which may not lie before the last one.

    Everything is unpacked and packed at once and by place: names would double the cost of an event.
    """
    before = standing or _before_anything(day, policy=policy)
    (
        last, tier, since, tier_now, since_now, steady_until, ends, money_ends, money, total, visit, gaps, interval,
        anchor, overdue_on,
    ) = before  # fmt: skip
    if day == last:
        money, total = (*money[:-1], money[-1] + fen), total + fen
    else:
        if last < day < steady_until:
            tier, since = tier_now, since_now
        else:
            tier, since, ends, money_ends, money, total = _begun(before, day, policy=policy)
        end, money_end = _window_ends(day, policy.frequency_months, policy.money_months)
        ends, money_ends, money, total = (*ends, end), (*money_ends, money_end), (*money, fen), total + fen
    if has_visit and visit != day:
        gaps = (*gaps[1:], day - visit) if visit != _NEVER else gaps
        interval = interval_of(gaps, policy=policy)
        visit = anchor = day
        overdue_on = day + policy.overdue_per_myriad * interval // _MYRIAD + 1
    is_late = day >= overdue_on
    tier_now, since_now, steady_until = tier, since, money_ends[0] if money_ends[0] < ends[0] else ends[0]
    if not is_late and overdue_on < steady_until:
        steady_until = overdue_on
    wanted = target(tier, len(ends), total, is_late, policy)
    if wanted != tier:
        moves_on = since + policy.stay_days
        if moves_on <= day:
            tier_now, since_now = wanted, day
        elif moves_on < steady_until:
            steady_until = moves_on
    return _standing(Standing, (
        day, tier, since, tier_now, since_now, steady_until, ends, money_ends, money, total, visit, gaps, interval,
        anchor, overdue_on,
    ))  # fmt: skip  # fifteen lines for fifteen fields would hide the function


def passed(standing: Standing, *, until: int, policy: TierPolicy) -> tuple[int, int, int, int]:
    """Return (tier, since, days with an order, fen) as they are at the end of the day before `until`."""
    (
        _, _, _, tier, since, day, ends, money_ends, money, fen, _, _, _, _, overdue_on,
    ) = standing  # fmt: skip  # as the day of the order left it, and until when that holds
    if until <= day:
        return tier, since, len(ends), fen
    gone, spent = bisect_right(ends, day), bisect_right(money_ends, day)
    fen -= sum(money[:spent])
    while True:
        next_day = until if day >= overdue_on or overdue_on > until else overdue_on
        if gone < len(ends) and ends[gone] < next_day:
            next_day = ends[gone]
        if spent < len(money_ends) and money_ends[spent] < next_day:
            next_day = money_ends[spent]
        wanted = target(tier, len(ends) - gone, fen, day >= overdue_on, policy)
        if wanted != tier:
            moves_on = max(day, since + policy.stay_days)
            if moves_on < next_day:
                tier, since = wanted, moves_on
        if next_day >= until:
            return tier, since, len(ends) - gone, fen
        day = next_day
        while gone < len(ends) and ends[gone] <= day:
            gone += 1
        while spent < len(money_ends) and money_ends[spent] <= day:
            fen -= money[spent]
            spent += 1


def target(tier: int, frequency: int, fen: int, is_late: bool, policy: TierPolicy) -> int:  # noqa: FBT001  # as counted
    """Return where an owner of this tier belongs with these inputs, the bands around the borders included.

    The answer is its own target, so one change settles a span in which nothing happens.
    """
    if is_late:
        return AT_RISK
    f = bisect_right(policy.frequency_cuts, frequency) + 1
    f_and_m = f + bisect_right(policy.money_cuts_fen, fen) + 1
    if tier == CORE and f_and_m >= policy.core_keep_sum_min and frequency:
        return CORE
    if f_and_m >= policy.core_sum_min and f > policy.new_f_max:
        return CORE
    if f > policy.new_f_max or (tier >= POTENTIAL and frequency):
        return POTENTIAL
    return NEW


def is_overdue(recency_days: int, *, interval: int, policy: TierPolicy) -> bool:
    """Return whether so many days without a visit are too many for an owner of this interval."""
    return recency_days * _MYRIAD > policy.overdue_per_myriad * interval


def interval_of(gaps: tuple[int, ...], *, policy: TierPolicy) -> int:
    """Return the median of the gaps, within the policy's bounds; `gaps` is as long as the policy says."""
    median = _of_three(*gaps) if len(gaps) == _THREE else sorted(gaps)[len(gaps) // 2]
    if median < policy.interval_min_days:
        return policy.interval_min_days
    return median if median <= policy.interval_max_days else policy.interval_max_days


def _of_three(one: int, two: int, three: int) -> int:
    if one > two:
        one, two = two, one
    if three <= one:
        return one
    return three if three < two else two


@lru_cache(maxsize=65_536)
def _window_ends(day: int, *windows: int) -> tuple[int, ...]:
    # The first day on which an order of the day no longer lies in each of the windows, which are counted in months.
    return tuple(add_months(date.fromordinal(day), months).toordinal() for months in windows)


def _before_anything(day: int, *, policy: TierPolicy) -> Standing:
    # As the day of the first order begins: nobody has to stay a prospect.
    gaps = (policy.interval_prior_days,) * policy.gaps_counted
    interval = interval_of(gaps, policy=policy)
    end, money_end = _window_ends(day, policy.frequency_months, policy.money_months)
    since = day - policy.stay_days
    return Standing(
        day=day,
        tier=PROSPECT,
        since=since,
        tier_now=PROSPECT,
        since_now=since,
        steady_until=day,
        ends=(end,),
        money_ends=(money_end,),
        money=(0,),
        fen=0,
        visit=_NEVER,
        gaps=gaps,
        interval=interval,
        anchor=day,
        overdue_on=day + policy.overdue_per_myriad * interval // _MYRIAD + 1,
    )


def _begun(
    standing: Standing, day: int, *, policy: TierPolicy
) -> tuple[int, int, tuple[int, ...], tuple[int, ...], tuple[int, ...], int]:
    # Tier, since and what the windows hold as a later day begins.
    if day < standing.day:
        raise ValueError("an order before the last one needs the whole fold")
    ends, money_ends, money = standing.ends, standing.money_ends, standing.money
    tier, since, _, _ = passed(standing, until=day, policy=policy)
    gone = bisect_right(money_ends, day)
    left = money[gone:]
    return tier, since, ends[bisect_right(ends, day) :], money_ends[gone:], left, sum(left)
