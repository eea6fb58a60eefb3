"""The policy of the priced lead time that ships with the package, in the version of the day."""

from datetime import date
from functools import cache
from itertools import pairwise

from ownerloop.adapters.policy_rows import Row, rows_of
from ownerloop.domain.booking_curve import PPM, BookingCurve, Lags, lags_of
from ownerloop.domain.lead_policy import LeadPolicy

_LEAD_FAR = 365  # no lead lies further from the due day than a year
_PERCENT = 100
_DAYS_MAX = 400  # what evidence and prices are kept for at the most


def lead_policy(on: date) -> LeadPolicy:
    """Return the policy in force on the day; a day before all versions gets the oldest."""
    versions = _policies()
    return max((v for v in versions if v.effective_on <= on), key=lambda v: v.effective_on, default=versions[0])


@cache
def _policies() -> tuple[LeadPolicy, ...]:
    return tuple(map(read_lead_policy, rows_of("lead_policy.json")))


def read_lead_policy(row: Row) -> LeadPolicy:
    """Return the policy of one row; windows are not empty, and exploring stays within the window."""
    policy = LeadPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        margin_fen=row.whole("margin_fen", low=1),
        message_fen=row.whole("message_fen"),
        annoyance_fen=row.whole("annoyance_fen"),
        refusal_fen=row.whole("refusal_fen"),
        eta_fen=row.whole("eta_fen", low=1),
        price_rounds=row.whole("price_rounds", low=1),
        overload_fen=row.whole("overload_fen", low=1),
        overload_percent=row.whole("overload_percent", low=1),
        price_days=row.whole("price_days", low=1),
        lead_min=row.whole("latest_lead", low=-_LEAD_FAR),
        lead_max=row.whole("earliest_lead", low=-_LEAD_FAR),
        look_again_days=row.whole("look_again_days", low=1),
        stage_gap_days=row.whole("stage_gap_days"),
        explore_percent=row.whole("explore_percent"),
        explore_lead_min=row.whole("explore_latest_lead", low=-_LEAD_FAR),
        explore_lead_max=row.whole("explore_earliest_lead", low=-_LEAD_FAR),
        answer_days=row.whole("answer_days", low=1),
        evidence_days=row.whole("evidence_days", low=1),
        curve=_curve(row),
        group_strength=row.whole("group_strength", low=1),
        store_strength=row.whole("store_strength", low=1),
        lags=_lags(row),
        lag_strength=row.whole("lag_strength", low=1),
    )
    if not policy.lead_min < policy.lead_max <= _LEAD_FAR:
        raise row.refusal("earliest_lead", f"must lie above latest_lead and not above {_LEAD_FAR}")
    if not policy.lead_min <= policy.explore_lead_min <= policy.explore_lead_max <= policy.lead_max:
        raise row.refusal("explore_earliest_lead", "must lie within the window, not below explore_latest_lead")
    if policy.overload_percent > _PERCENT // 2:
        raise row.refusal("overload_percent", "must lie in 1-50")
    if policy.explore_percent > _PERCENT:
        raise row.refusal("explore_percent", "must lie in 0-100")
    if max(policy.evidence_days, policy.price_days) > _DAYS_MAX or policy.answer_days > policy.evidence_days:
        raise row.refusal("evidence_days", f"must lie between answer_days and {_DAYS_MAX}, as price_days")
    return policy


def _curve(row: Row) -> BookingCurve:
    knots = [(knot.whole("lead", low=-_LEAD_FAR), knot.whole("rate_ppm")) for knot in row.rows("curve")]
    leads, rates = zip(*knots, strict=True)
    if any(rate > PPM for rate in rates) or any(a >= b for a, b in pairwise(leads)) or leads[-1] > _LEAD_FAR:
        raise row.refusal("curve", "must have rising leads and rates of at most a million")
    return BookingCurve(leads=leads, rates_ppm=rates)


def _lags(row: Row) -> Lags:
    weights = row.values.get("lag_weights")
    if not isinstance(weights, list) or not weights:
        raise row.refusal("lag_weights", "must be a list that is not empty")
    if any(not isinstance(weight, int) or isinstance(weight, bool) or weight < 0 for weight in weights):
        raise row.refusal("lag_weights", "must hold whole numbers from 0 up")
    if not sum(weights):
        raise row.refusal("lag_weights", "must not be all 0")
    return lags_of(weights)
