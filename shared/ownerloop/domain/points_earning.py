"""What an order or a visit earns: terms that follow from what is known of it, whatever the order it was told in."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ownerloop.domain.calendar import add_months
from ownerloop.domain.changing import changed_copy
from ownerloop.domain.facts import ORDER_KINDS, Fact, FactKind
from ownerloop.domain.points import Terms


@dataclass(frozen=True, slots=True)
class EarningRule:
    """How one kind of fact earns: a point for so many fen, or so many points; `category` `*` is any other one."""

    kind: str
    category: str
    fen_per_point: int | None
    points: int | None


@dataclass(frozen=True, slots=True)
class PointsPolicy:
    """The numbers of the points programme, from the day on which they hold."""

    version: str
    effective_on: date
    rules: tuple[EarningRule, ...]
    return_window_days: int  # earned points are pending until nobody can bring the goods back
    validity_months: int  # from the day they are earned to the end of that month
    raised_max: int  # how many lots of a calendar year a multiplier raises
    never_bought_days: int  # a refund that waited longer for its order is told to be of what was never bought
    multipliers: Mapping[str, int] = field(default_factory=dict)  # by the last tier settled before the day

    def rule_of(self, kind: str, category: str) -> EarningRule | None:
        """Return the rule for the kind: of the category itself, else of any, else None."""
        rules = {rule.category: rule for rule in self.rules if rule.kind == kind}
        return rules.get(category) or rules.get("*")


class GivenBack(NamedTuple):
    """One telling of a refund: its instant (seconds since 1970) and the money in fen; the greatest one rules."""

    at: int
    fen: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One order, or one visit, as far as it was told: the newest telling of it, and of every refund of it.

    `version` is 0 where there is no item yet.
    """

    person_id: str
    claim_id: str  # `<kind>#<order or day>`: two check-ins of one day are one claim
    version: int = 0
    told_at: datetime | None = None  # None while only a refund of it is known
    on: date = date.min
    fen: int = 0
    category: str = ""
    refunds: Mapping[str, GivenBack] = field(default_factory=dict)  # by the refund's own number
    parts: tuple[tuple[str, int], ...] = ()  # fen by the category of the order's lines; empty where it told none

    @property
    def kind(self) -> str:
        """Return what kind of fact it is about."""
        return self.claim_id.partition("#")[0]

    @property
    def kept_fen(self) -> int:
        """Return the money that was not given back."""
        return max(0, self.fen - sum(one.fen for one in self.refunds.values()))

    @property
    def kept_parts(self) -> list[tuple[str, int]]:
        """Return the money that was not given back by category; a refund lessens all of them by the same share."""
        if not self.fen:
            return [(self.category, 0)]
        parts = self.parts or ((self.category, self.fen),)
        return [(category, fen * self.kept_fen // self.fen) for category, fen in parts]


def claim_id_of(fact: Fact) -> str:
    """Return the claim that the fact would tell: an order by its number, anything else by its kind and day."""
    return f"{fact.kind}#{fact.reference if fact.kind in ORDER_KINDS else fact.on.isoformat()}"


def told(
    claim: Claim, *, at: datetime, on: date, fen: int, category: str, parts: tuple[tuple[str, int], ...] = ()
) -> Claim:
    """Return the claim with this telling if it is the newest; of one second the greatest, as for the tiers."""
    at = at.replace(microsecond=0)
    held = claim.told_at
    if held is not None and (held, claim.on, claim.fen, claim.category, claim.parts) >= (at, on, fen, category, parts):
        return claim
    return changed_copy(claim, told_at=at, on=on, fen=fen, category=category, parts=parts)


def told_by(claim: Claim, fact: Fact) -> Claim:
    """Return the claim with what the fact tells of it."""
    category = fact.detail if fact.kind is FactKind.PURCHASE else ""
    by_category: Counter[str] = Counter()
    for line in fact.lines:
        by_category[line.category] += line.amount_fen
    parts = tuple(sorted(by_category.items()))
    return told(claim, at=fact.occurred_at, on=fact.on, fen=fact.amount_fen or 0, category=category, parts=parts)


def refunded(claim: Claim, *, refund_id: str, at: datetime, fen: int) -> Claim:
    """Return the claim with this refund, once; one told again counts as it was told last, as for the tiers."""
    telling = GivenBack(int(at.timestamp()), fen)
    if telling <= claim.refunds.get(refund_id, GivenBack(-1, 0)):
        return claim
    return changed_copy(claim, refunds={**claim.refunds, refund_id: telling})


def earned(claim: Claim, *, policy: PointsPolicy, tier: str | None) -> Terms | None:
    """Return the terms that the claim deserves, or None where it earns nothing and never did.

    `tier` is the last one settled before the claim's day: what the event itself changes cannot raise its own points.
    """
    plain = None if claim.told_at is None else _plain(claim, policy)
    if plain is None:
        return None
    return Terms(
        earned_on=claim.on,
        usable_from=claim.on + timedelta(days=policy.return_window_days),
        expires_on=_month_end(add_months(claim.on, policy.validity_months)),
        plain=plain,
        extra=plain * (policy.multipliers.get(tier or "", 1) - 1),
    )


def _plain(claim: Claim, policy: PointsPolicy) -> int | None:
    # Lines under one rule earn together, so that an order loses no more to rounding for having many of them.
    kept: Counter[EarningRule] = Counter()
    for category, fen in claim.kept_parts:
        if rule := policy.rule_of(claim.kind, category):
            kept[rule] += fen
    if not kept:
        return None
    return sum(
        (rule.points or 0) if rule.fen_per_point is None else fen // rule.fen_per_point for rule, fen in kept.items()
    )


def _month_end(day: date) -> date:
    """Return the first day after the day's month: what expires at its end can be spent on its last day."""
    return add_months(day.replace(day=1), 1)
