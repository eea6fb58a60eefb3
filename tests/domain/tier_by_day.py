"""The tiers told naively, day by day and from scratch each day: what the fold must agree with."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from ownerloop.domain.calendar import add_months
from ownerloop.domain.facts import Occasion
from ownerloop.domain.tier_policy import TierPolicy
from ownerloop.domain.tiers import Tier


def tier_by_day(orders: Sequence[Occasion], *, policy: TierPolicy, as_of: date) -> tuple[Tier, date | None]:
    """Return the tier on the day and since when, by walking every day since the first order."""
    tier, since = Tier.PROSPECT, None
    known = [order for order in orders if order.on <= as_of.toordinal()]
    if not known:
        return tier, since
    for ordinal in range(min(order.on for order in known), as_of.toordinal() + 1):
        day = date.fromordinal(ordinal)
        wanted = _wanted(tier, [order for order in known if order.on <= ordinal], policy=policy, day=day)
        if wanted is not tier and (since is None or (day - since).days >= policy.stay_days):
            tier, since = wanted, day
    return tier, since


def _wanted(tier: Tier, orders: Sequence[Occasion], *, policy: TierPolicy, day: date) -> Tier:
    if _is_overdue(orders, policy=policy, day=day):
        return Tier.AT_RISK
    days = {order.on for order in orders if day < _later(order.on, policy.frequency_months)}
    fen = sum(order.fen for order in orders if day < _later(order.on, policy.money_months))
    f = 1 + sum(len(days) >= cut for cut in policy.frequency_cuts)
    m = 1 + sum(fen >= cut for cut in policy.money_cuts_fen)
    if tier is Tier.CORE and days and f + m >= policy.core_keep_sum_min:
        return Tier.CORE
    if f > policy.new_f_max and f + m >= policy.core_sum_min:
        return Tier.CORE
    if f > policy.new_f_max or (days and tier in {Tier.CORE, Tier.POTENTIAL}):
        return Tier.POTENTIAL
    return Tier.NEW


def _is_overdue(orders: Sequence[Occasion], *, policy: TierPolicy, day: date) -> bool:
    visits = sorted({order.on for order in orders if order.is_visit or order.fen >= policy.visit_fen_min})
    gaps = [later - earlier for earlier, later in pairwise(visits)]
    prior = [policy.interval_prior_days] * policy.gaps_counted
    median = sorted([*prior, *gaps][-policy.gaps_counted :])[policy.gaps_counted // 2]
    interval = min(max(median, policy.interval_min_days), policy.interval_max_days)
    anchor = visits[-1] if visits else min(order.on for order in orders)
    border = policy.recency_cuts_percent[4 - policy.at_risk_r_max] * (100 + policy.band_percent) / 10_000
    return day.toordinal() - anchor > border * interval


def _later(ordinal: int, months: int) -> date:
    return add_months(date.fromordinal(ordinal), months)
