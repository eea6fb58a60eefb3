"""The matrix of benefits, and which of them an owner is given next: eligibility, stock, budget, refusals, worth (M9).

A standing benefit is a right while its audience holds. A voucher is granted when its trigger holds (a birthday),
because it was earned in the way that is published for everybody, or because it is the best one for a profiled owner.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from ownerloop.domain.attributes import OwnerView
from ownerloop.domain.audience import Audience, Verdict, holds, verdict
from ownerloop.domain.ids import digest
from ownerloop.domain.owner import Owner
from ownerloop.domain.portrait import Value

REFUSAL_TOPIC = "benefit_"  # and the benefit's id: a topic that an owner can refuse
_ANY_CHANNEL = "*"


class Why(StrEnum):
    """Why a benefit was passed over, or by which way it was granted."""

    TRIGGERED = "triggered"
    EARNED = "earned"
    BEST = "best"
    NOT_IN_SEASON = "not_in_season"
    AUDIENCE = "audience"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    HELD = "held"
    OUT_OF_STOCK = "out_of_stock"
    OUT_OF_BUDGET = "out_of_budget"
    RESTING = "resting"
    NOT_WORTH_IT = "not_worth_it"
    NOT_BEST = "not_best"


@dataclass(frozen=True, slots=True)
class Voucher:
    """What a benefit costs and brings, and how often and how it is given; money in fen.

    `again_days` lie at least between two of one owner; None is once for ever.
    """

    stock: int  # of a budget's period
    budget_fen: int
    cost_fen: int
    valid_days: int
    again_days: int | None
    uplift_percent: int  # by how much the chance of a visit within a year rises: an assumption until it is measured
    redeemed_percent: int
    priority: int
    earned_by: Audience  # asks for nothing that judges a person
    trigger: Audience | None = None


@dataclass(frozen=True, slots=True)
class Benefit:
    """One benefit of the matrix; without a voucher it is standing. `until` is its last day, None is open."""

    benefit_id: str
    name_zh: str
    name_en: str
    audience: Audience
    since: date
    until: date | None
    voucher: Voucher | None = None

    def is_in_season(self, on: date) -> bool:
        """Return whether the benefit is offered on the day."""
        return self.since <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class BenefitPolicy:
    """The matrix with the rules between its benefits."""

    version: str
    effective_on: date
    benefits: tuple[Benefit, ...]
    rest_days: int  # between two vouchers of an owner that no trigger asks for
    refused_after: int  # so many vouchers of a benefit that lapsed unused are a refusal
    refused_days: int
    contact_priority: int
    contact_valid_days: int

    def benefit(self, benefit_id: str) -> Benefit | None:
        """Return the benefit of that name, or None."""
        return next((one for one in self.benefits if one.benefit_id == benefit_id), None)


@dataclass(frozen=True, slots=True)
class Stock:
    """How much of a benefit has gone in a period of its budget, the calendar year."""

    granted: int = 0
    spent_fen: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """One voucher that an owner was given; `cause` is the settlement that did, `valid_until` the last day it holds."""

    grant_id: str
    person_id: str
    benefit_id: str
    way: Why
    cause: str
    granted_at: datetime
    granted_on: date
    valid_until: date
    cost_fen: int
    policy_version: str

    @property
    def period(self) -> str:
        """Return the budget's period that pays for it."""
        return period_of(self.granted_on)


@dataclass(frozen=True, slots=True)
class Choice:
    """A benefit with what was found of it: the way to it or why not, and what it is expected to bring in fen."""

    benefit_id: str
    why: Why
    gain_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What an owner has a right to, is given now, and would be given next; the rest was passed over for a reason."""

    standing: tuple[str, ...]
    given: tuple[Choice, ...]
    next: Choice | None
    passed: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """An owner as the benefits see it. `worth` is None for one who opted out of profiling; `used` are grant ids."""

    owner: Owner
    view: OwnerView
    worth: Value | None
    grants: tuple[Grant, ...]
    used: frozenset[str]
    as_of: date


def period_of(day: date) -> str:
    """Return the period of the budgets that the day belongs to."""
    return str(day.year)


def grant_id(person_id: str, benefit_id: str, number: int) -> str:
    """Return the name of an owner's grant of a benefit, `number` being how many of it there were before."""
    return "g_" + digest(person_id, benefit_id, str(number))[:24]


def coupon_reference(of_grant_id: str) -> str:
    """Return what the fact of a used coupon is filed under whose number is the grant's."""
    return digest(of_grant_id)[:24]


def decide(asking: Asking, *, stocks: Mapping[str, Stock], policy: BenefitPolicy) -> Decision:
    """Return what the owner has and gets; the same whatever order the benefits stand in.

    Every triggered voucher is given. Of the others one in `rest_days`: that with the largest expected gain, ties by
    priority and id; a gain of nothing or less only where it was earned. While the owner rests it is told as the next.
    """
    standing = [
        one.benefit_id
        for one in policy.benefits
        if one.voucher is None and one.is_in_season(asking.as_of) and holds(one.audience, asking.view)
    ]
    found = [_judged(one, one.voucher, asking, stocks, policy) for one in policy.benefits if one.voucher]
    triggered = [one for one in found if one.why is Why.TRIGGERED]
    open_ones = sorted((one for one in found if one.why in {Why.EARNED, Why.BEST}), key=lambda one: _rank(one, policy))
    best, others = open_ones[:1], open_ones[1:]
    is_resting = bool(triggered) or _is_resting(asking, policy)
    given = (*triggered, *(() if is_resting else best))
    passed = [one for one in found if one.why not in {Why.TRIGGERED, Why.EARNED, Why.BEST}]
    passed += [Choice(one.benefit_id, Why.NOT_BEST, one.gain_fen) for one in others]
    passed += [Choice(one.benefit_id, Why.RESTING, one.gain_fen) for one in best if is_resting]
    return Decision(
        standing=tuple(sorted(standing)),
        given=tuple(sorted(given, key=lambda one: _rank(one, policy))),
        next=next(iter(others if not is_resting else best), None),
        passed=tuple(sorted(passed, key=lambda one: one.benefit_id)),
    )


def granted(
    choice: Choice, voucher: Voucher, *, asking: Asking, policy: BenefitPolicy, cause: str, now: datetime
) -> Grant:
    """Return the grant that a choice becomes; its id follows from the owner, the benefit and how many there were."""
    before = sum(one.benefit_id == choice.benefit_id for one in asking.grants)
    return Grant(
        grant_id=grant_id(asking.owner.person_id, choice.benefit_id, before),
        person_id=asking.owner.person_id,
        benefit_id=choice.benefit_id,
        way=choice.why,
        cause=cause,
        granted_at=now,
        granted_on=asking.as_of,
        valid_until=asking.as_of + timedelta(days=voucher.valid_days),
        cost_fen=voucher.cost_fen,
        policy_version=policy.version,
    )


def expected_gain(voucher: Voucher, worth: Value) -> int:
    """Return margin x uplift - cost x share redeemed, in fen; the chance cannot rise beyond certainty."""
    uplift = min(voucher.uplift_percent, 100 - worth.chance_percent)
    return (worth.margin_fen * uplift - voucher.cost_fen * voucher.redeemed_percent) // 100


def room(voucher: Voucher, stock: Stock) -> Why | None:
    """Return what is used up, or None where one more can be granted."""
    if stock.granted >= voucher.stock:
        return Why.OUT_OF_STOCK
    return Why.OUT_OF_BUDGET if stock.spent_fen + voucher.cost_fen > voucher.budget_fen else None


def _judged(
    benefit: Benefit, voucher: Voucher, asking: Asking, stocks: Mapping[str, Stock], policy: BenefitPolicy
) -> Choice:
    name = benefit.benefit_id
    gain = expected_gain(voucher, asking.worth) if asking.worth else None
    way = _way(benefit, voucher, asking)
    if way not in {Why.TRIGGERED, Why.EARNED, Why.BEST}:
        return Choice(name, way, gain)
    mine = [one for one in asking.grants if one.benefit_id == name]
    if _is_refused(name, mine, asking, policy):
        return Choice(name, Why.REFUSED, gain)
    if _is_held(mine, voucher, asking.as_of):
        return Choice(name, Why.HELD, gain)
    if used_up := room(voucher, stocks.get(name, Stock())):
        return Choice(name, used_up, gain)
    if way is Why.BEST and gain is not None and gain <= 0:
        return Choice(name, Why.NOT_WORTH_IT, gain)
    return Choice(name, way, gain)


def _way(benefit: Benefit, voucher: Voucher, asking: Asking) -> Why:
    if not benefit.is_in_season(asking.as_of):
        return Why.NOT_IN_SEASON
    said = verdict(benefit.audience, asking.view)
    is_earned = holds(voucher.earned_by, asking.view)
    if said is not Verdict.YES and not is_earned:
        return Why.UNKNOWN if said is Verdict.UNKNOWN else Why.AUDIENCE
    if voucher.trigger is not None:
        return Why.TRIGGERED if holds(voucher.trigger, asking.view) else Why.AUDIENCE
    return Why.EARNED if is_earned else Why.BEST


def _is_refused(name: str, mine: Iterable[Grant], asking: Asking, policy: BenefitPolicy) -> bool:
    group = (asking.owner, *asking.owner.joined)
    if any(one.has_unsubscribed(channel=_ANY_CHANNEL, topic=REFUSAL_TOPIC + name) for one in group):
        return True
    lapsed = [one.valid_until for one in mine if one.valid_until < asking.as_of and one.grant_id not in asking.used]
    is_tired = len(lapsed) >= policy.refused_after
    return is_tired and max(lapsed) + timedelta(days=policy.refused_days) >= asking.as_of


def _is_held(mine: Collection[Grant], voucher: Voucher, as_of: date) -> bool:
    if not mine or voucher.again_days is None:
        return bool(mine)
    newest = max(one.granted_on for one in mine)
    return newest + timedelta(days=voucher.again_days) > as_of


def _is_resting(asking: Asking, policy: BenefitPolicy) -> bool:
    rest = timedelta(days=policy.rest_days)
    return any(one.way is not Why.TRIGGERED and one.granted_on + rest > asking.as_of for one in asking.grants)


def _rank(choice: Choice, policy: BenefitPolicy) -> tuple[int, int, str]:
    benefit = policy.benefit(choice.benefit_id)
    priority = benefit.voucher.priority if benefit and benefit.voucher else 0
    return (-(choice.gain_fen or 0), priority, choice.benefit_id)
