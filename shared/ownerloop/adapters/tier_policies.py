"""The policy of the tiers that ships with the package, in the version of the day."""

from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

from ownerloop.adapters.policy_rows import Row, in_force, rows_of
from ownerloop.domain.tier_policy import SCORE_MAX, TierPolicy
from ownerloop.domain.tiers import Tier


def tier_policy(on: date) -> TierPolicy:
    """Return the policy in force on the day; a day before all versions gets the oldest."""
    return in_force(_policies(), on)


@cache
def _policies() -> tuple[TierPolicy, ...]:
    return tuple(map(read_tier_policy, rows_of("tier_policy.json")))


def read_tier_policy(row: Row) -> TierPolicy:
    """Return the policy of one row; cuts rise, bands lie on the keeping side of their border."""
    if row.whole("at_risk_r_max", low=1) >= SCORE_MAX:
        raise row.refusal("at_risk_r_max", "must lie in 1-4")
    policy = TierPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        frequency_months=row.whole("frequency_months", low=1),
        money_months=row.whole("money_months", low=1),
        recency_cuts_percent=_cuts(row, "recency_cuts_percent"),
        frequency_cuts=_cuts(row, "frequency_cuts"),
        money_cuts_fen=_cuts(row, "money_cuts_fen"),
        interval_prior_days=row.whole("interval_prior_days", low=1),
        interval_min_days=row.whole("interval_min_days", low=1),
        interval_max_days=row.whole("interval_max_days", low=1),
        gaps_counted=row.whole("gaps_counted", low=1),
        visit_fen_min=row.whole("visit_fen_min", low=1),
        at_risk_r_max=row.whole("at_risk_r_max", low=1),
        band_percent=row.whole("band_percent"),
        new_f_max=row.whole("new_f_max", low=1),
        core_sum_min=row.whole("core_sum_min", low=2),
        core_keep_sum_min=row.whole("core_keep_sum_min", low=2),
        stay_days=row.whole("stay_days"),
        welcome_tiers=_tiers(row, "welcome_tiers"),
        welcome_priority=row.whole("welcome_priority"),
        welcome_valid_days=row.whole("welcome_valid_days", low=1),
        crowd_owners_min=row.whole("crowd_owners_min", low=1),
        cuts_within_percent=row.whole("cuts_within_percent", low=100),
        cuts_move_percent=row.whole("cuts_move_percent"),
    )
    if policy.gaps_counted % 2 == 0:
        raise row.refusal("gaps_counted", "must be odd, so that the median is one of them")
    if policy.interval_min_days > policy.interval_max_days:
        raise row.refusal("interval_max_days", "must not be below interval_min_days")
    if policy.core_keep_sum_min > policy.core_sum_min:
        raise row.refusal("core_keep_sum_min", "must not lie above core_sum_min")
    return policy


def _cuts(row: Row, name: str) -> tuple[int, ...]:
    cuts = _list(row, name)
    whole = all(isinstance(cut, int) and not isinstance(cut, bool) and cut > 0 for cut in cuts)
    if len(cuts) != SCORE_MAX - 1 or not whole or any(a >= b for a, b in pairwise(cuts)):
        raise row.refusal(name, "must be four rising whole numbers")
    return tuple(cuts)


def _tiers(row: Row, name: str) -> frozenset[str]:
    tiers = frozenset(_list(row, name))
    if not tiers <= set(Tier):
        raise row.refusal(name, "must name tiers")
    return tiers


def _list(row: Row, name: str) -> list[Any]:
    values = row.values.get(name)
    if not isinstance(values, list):
        raise row.refusal(name, "must be a list")
    return values
