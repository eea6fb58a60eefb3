"""The tier of an owner: a fold over the owner's orders with hysteresis; total and exclusive."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ownerloop.domain import tier_fold
from ownerloop.domain.facts import Occasion
from ownerloop.domain.tier_fold import Standing
from ownerloop.domain.tier_policy import AT_RISK, CORE, NEW, POTENTIAL, PROSPECT, SCORE_MAX, TierPolicy


class Tier(StrEnum):
    """Where an owner stands; every owner is in exactly one."""

    PROSPECT = "prospect"
    NEW = "new"
    POTENTIAL = "potential"
    CORE = "core"
    AT_RISK = "at_risk"


TIER_OF_CODE = {
    PROSPECT: Tier.PROSPECT,
    AT_RISK: Tier.AT_RISK,
    NEW: Tier.NEW,
    POTENTIAL: Tier.POTENTIAL,
    CORE: Tier.CORE,
}
REASONS = {
    Tier.PROSPECT: "no_order_yet",
    Tier.AT_RISK: "overdue_by_own_interval",
    Tier.NEW: "few_orders_in_window",
    Tier.POTENTIAL: "came_again",
    Tier.CORE: "often_and_valuable",
}
KEPT_IN_BAND, KEPT_BY_STAY = "kept_in_band", "kept_by_stay"


@dataclass(frozen=True, slots=True)
class TierState:
    """The tier on a day with its inputs: scores 1-5 (0 for a prospect), days, whole orders' days and fen.

    `waits_until` is the day on which a change that is decided takes effect, if nothing happens before.
    """

    tier: Tier
    since: date | None
    as_of: date
    r: int
    f: int
    m: int
    recency_days: int | None
    interval_days: int
    frequency: int
    monetary_fen: int
    reasons: tuple[str, ...]
    rule_version: str
    waits_until: date | None = None


def tier_of(r: int, f: int, m: int, *, policy: TierPolicy) -> Tier:
    """Return the tier of one cell of scores; an owner without any order (r = 0) is a prospect.

    This is where a fold without history lands; the bands and the minimum stay can keep an owner elsewhere for a while.
    """
    if r <= 0:
        return Tier.PROSPECT
    if r <= policy.at_risk_r_max:
        return Tier.AT_RISK
    if f + m >= policy.core_sum_min and f > policy.new_f_max:
        return Tier.CORE
    return Tier.POTENTIAL if f > policy.new_f_max else Tier.NEW


def recency_score(recency_days: int, *, interval_days: int, policy: TierPolicy) -> int:
    """Return 5 within the first cut of the owner's own interval, one less beyond each further cut."""
    percents = (recency_days * 100 + interval_days - 1) // interval_days  # rounded up: on the cut is within it
    return SCORE_MAX - bisect_left(policy.recency_cuts_percent, percents)


def settle(occasions: Iterable[Occasion], *, policy: TierPolicy, as_of: date) -> TierState:
    """Return the tier that follows from the orders up to the day, whatever order they came in and how often.

    Each order may be given once only (`facts.merge`).
    """
    return state_of(tier_fold.fold(occasions, policy=policy, until=as_of.toordinal()), policy=policy, as_of=as_of)


def state_of(standing: Standing | None, *, policy: TierPolicy, as_of: date) -> TierState:
    """Return the tier on the day of an owner who stands like this and did nothing since; None is no order at all."""
    if standing is None:
        return prospect(policy=policy, as_of=as_of)
    today = as_of.toordinal()
    code, since, frequency, fen = tier_fold.passed(standing, until=today + 1, policy=policy)
    anchor, interval = tier_fold.recency_of(standing, policy=policy)
    return state_from(
        code=code,
        since=since,
        recency_days=today - anchor,
        interval_days=interval,
        frequency=frequency,
        fen=fen,
        policy=policy,
        as_of=as_of,
    )


def state_from(
    *,
    code: int,
    since: int,
    recency_days: int,
    interval_days: int,
    frequency: int,
    fen: int,
    policy: TierPolicy,
    as_of: date,
) -> TierState:
    """Return the state of a finished fold: `code` and `since` are its end, the rest its inputs on the day."""
    tier = TIER_OF_CODE[code]
    r = recency_score(recency_days, interval_days=interval_days, policy=policy)
    f = bisect_right(policy.frequency_cuts, frequency) + 1
    m = bisect_right(policy.money_cuts_fen, fen) + 1
    overdue = tier_fold.is_overdue(recency_days, interval=interval_days, policy=policy)
    wanted = AT_RISK if overdue else tier_fold.target(code, frequency, fen, policy)
    waits_until = date.fromordinal(since + policy.stay_days) if wanted != code else None
    reasons = [REASONS[tier]]
    if waits_until:
        reasons.append(KEPT_BY_STAY)
    elif tier is not tier_of(r, f, m, policy=policy):
        reasons.append(KEPT_IN_BAND)
    return TierState(
        tier=tier,
        since=date.fromordinal(since),
        as_of=as_of,
        r=r,
        f=f,
        m=m,
        recency_days=recency_days,
        interval_days=interval_days,
        frequency=frequency,
        monetary_fen=fen,
        reasons=tuple(reasons),
        rule_version=policy.version,
        waits_until=waits_until,
    )


def prospect(*, policy: TierPolicy, as_of: date) -> TierState:
    """Return the state of an owner without any order."""
    return TierState(
        tier=Tier.PROSPECT,
        since=None,
        as_of=as_of,
        r=0,
        f=0,
        m=0,
        recency_days=None,
        interval_days=policy.interval_prior_days,
        frequency=0,
        monetary_fen=0,
        reasons=(REASONS[Tier.PROSPECT],),
        rule_version=policy.version,
    )
