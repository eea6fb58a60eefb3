"""What an order or a visit earns: terms that follow from what is known of it, whatever the order it was told in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ownerloop.domain.calendar import add_months
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


@dataclass(frozen=True, slots=True)
class Claim:
    """One order, or one visit, as far as it was told: the newest telling of it, and every refund of it.

    `version` is 0 where there is no item yet.
    """

    person_id: str
    claim_id: str  # `<kind>#<order or day>`: two check-ins of one day are one claim
    version: int = 0
    told_at: datetime | None = None  # None while only a refund of it is known
    on: date = date.min
    fen: int = 0
    category: str = ""
    refunds: Mapping[str, int] = field(default_factory=dict)  # fen by the refund's own number

    @property
    def kind(self) -> str:
        """Return what kind of fact it is about."""
        return self.claim_id.partition("#")[0]

    @property
    def kept_fen(self) -> int:
        """Return the money that was not given back."""
        return max(0, self.fen - sum(self.refunds.values()))


def claim_id_of(fact: Fact) -> str:
    """Return the claim that the fact would tell: an order by its number, anything else by its kind and day."""
    return f"{fact.kind}#{fact.reference if fact.kind in ORDER_KINDS else fact.on.isoformat()}"


def told(claim: Claim, *, at: datetime, on: date, fen: int, category: str) -> Claim:
    """Return the claim with this telling if it is the newest; of equal instants the greatest one rules."""
    if claim.told_at is not None and (claim.told_at, claim.on, claim.fen, claim.category) >= (at, on, fen, category):
        return claim
    return replace(claim, told_at=at, on=on, fen=fen, category=category)


def told_by(claim: Claim, fact: Fact) -> Claim:
    """Return the claim with what the fact tells of it."""
    category = fact.detail if fact.kind is FactKind.PURCHASE else ""
    return told(claim, at=fact.occurred_at, on=fact.on, fen=fact.amount_fen or 0, category=category)


def refunded(claim: Claim, *, refund_id: str, fen: int) -> Claim:
    """Return the claim with this refund, once; a refund told again with another sum counts with the greater one."""
    if fen <= claim.refunds.get(refund_id, -1):
        return claim
    return replace(claim, refunds={**claim.refunds, refund_id: fen})


def earned(claim: Claim, *, policy: PointsPolicy, tier: str | None) -> Terms | None:
    """Return the terms that the claim deserves, or None where it earns nothing and never did.

    `tier` is the last one settled before the claim's day: what the event itself changes cannot raise its own points.
    """
    rule = policy.rule_of(claim.kind, claim.category)
    if claim.told_at is None or rule is None:
        return None
    plain = (rule.points or 0) if rule.fen_per_point is None else claim.kept_fen // rule.fen_per_point
    return Terms(
        earned_on=claim.on,
        usable_from=claim.on + timedelta(days=policy.return_window_days),
        expires_on=_month_end(add_months(claim.on, policy.validity_months)),
        plain=plain,
        extra=plain * (policy.multipliers.get(tier or "", 1) - 1),
    )


def _month_end(day: date) -> date:
    """Return the first day after the day's month: what expires at its end can be spent on its last day."""
    return add_months(day.replace(day=1), 1)
