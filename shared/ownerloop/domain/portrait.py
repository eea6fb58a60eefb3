"""The portrait of an owner: tags with source and expiry, the intent to buy a car, and the value of the next year."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from math import exp, sqrt

from ownerloop.domain.attributes import OwnerView
from ownerloop.domain.audience import Audience, holds
from ownerloop.domain.calendar import add_months
from ownerloop.domain.facts import ORDER_KINDS, Fact, FactKind, Occasion, order_of
from ownerloop.domain.health import PERMILLE, Curve
from ownerloop.domain.owner import Owner

PROFILING = "profiling"
INTEREST = "interest:"
INTENT_MAX = 100
YEARS_SEEN_MAX = 5
_MONTHS = 12
_MARGIN_YEARS = 2
_Z80 = 1.2816  # half of an 80 % interval in standard deviations
_EVERY = "*"


class TagSource(StrEnum):
    """Who says a tag; of one name the first of these wins."""

    HAND = "hand"
    RULE = "rule"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Tag:
    """One word about an owner: who says so, since when, until when (that day excluded; None is open), and why."""

    name: str
    source: TagSource
    since: date
    expires_on: date | None
    because: str


@dataclass(frozen=True, slots=True)
class TagRule:
    """A tag for everybody in an audience; it lasts so many days beyond the last day on which it was found true."""

    tag: str
    when: Audience
    valid_days: int


@dataclass(frozen=True, slots=True)
class Hint:
    """What a fact of a kind says about the intent to buy, in percent; `word` is one of its detail's, `*` is any."""

    kind: FactKind
    word: str
    weight_percent: int
    half_life_days: int


@dataclass(frozen=True, slots=True)
class AskRule:
    """Facts of a kind ask for a new look, on one of the topics (none: on any) and, of what lasts, after some time."""

    kind: FactKind
    topics: frozenset[str]
    duration_s_min: int


@dataclass(frozen=True, slots=True)
class PortraitPolicy:
    """How owners are read. `chance` is the share that visits within a year, by recency in percent of the interval."""

    version: str
    effective_on: date
    facts_max: int
    hints: tuple[Hint, ...]
    bought_category: str  # a purchase of it ends the intent
    inferred_days: int
    inferred_min: int
    topic_days: int  # for so long a topic counts as one of these days
    ask_rules: tuple[AskRule, ...]
    rules: tuple[TagRule, ...]
    chance: Curve
    chance_strength: int  # how many years of an owner's own weigh as much
    prospect_permille: int
    margin_percent: int  # of an order whose cost nobody told
    margin_prior_fen: int  # of a year with a visit
    margin_strength: int
    margin_spread_percent: int


@dataclass(frozen=True, slots=True)
class Value:
    """What the next 12 months are worth: chance of a visit in percent, margin of a year with one, and both together.

    `low_fen` and `high_fen` are the ends of the 80 % interval.
    """

    chance_percent: int
    margin_fen: int
    value_fen: int
    low_fen: int
    high_fen: int


def may_profile(owner: Owner) -> bool:
    """Return whether the owner allows a profile: a refusal of it or of everything holds until it is named again.

    Of equal instants the refusal counts.
    """
    group = (owner, *owner.joined)
    refusals = (wish for one in group for wish in one.unsubscribes if wish.channel == _EVERY)
    refused = [wish.at for wish in refusals if wish.topic in {PROFILING, _EVERY}]
    allowed = [wish.at for one in group for wish in one.subscribes if wish.topic == PROFILING]
    return not refused or (bool(allowed) and max(allowed) > max(refused))


def intent(facts: Iterable[Fact], *, policy: PortraitPolicy, as_of: date) -> int:
    """Return the intent to buy a car, 0-100: hints fade by their half-life, and add up to ever less; none once bought.

    100 (1 - e^-sum): one strong hint counts, ten weak ones do not count ten times.
    """
    known = [fact for fact in facts if fact.on <= as_of]
    bought = max((fact.on for fact in known if _is_the_car(fact, policy)), default=date.min)
    hinted = (_hinted(fact, policy=policy, as_of=as_of) for fact in known if fact.on > bought)
    return round(INTENT_MAX * (1 - exp(-sum(hinted))))


def value(
    orders: Sequence[Occasion],
    facts: Iterable[Fact],
    *,
    recency_percent: int | None,
    policy: PortraitPolicy,
    as_of: date,
) -> Value:
    """Return what the owner's next 12 months are worth; `orders` are net of refunds, costs come with the facts.

    The chance is the mean of a Beta distribution, the margin a mean shrunk to the policy's; the interval is by the
    delta method on their product.
    """
    years = _years(orders, as_of=as_of)
    prior = policy.prospect_permille if recency_percent is None else policy.chance.at(recency_percent)
    weight = policy.chance_strength + len(years)
    chance = (policy.chance_strength * prior / PERMILLE + sum(map(bool, years))) / weight
    chance_spread = sqrt(chance * (1 - chance) / (weight + 1))
    margins = _margins(years[:_MARGIN_YEARS] or [list(orders)], facts, policy=policy)
    seen = policy.margin_strength + len(margins)
    margin = (policy.margin_strength * policy.margin_prior_fen + sum(margins)) / seen
    margin_spread = margin * policy.margin_spread_percent / 100 / sqrt(seen)
    half = _Z80 * sqrt((margin * chance_spread) ** 2 + (chance * margin_spread) ** 2)
    worth = chance * margin
    return Value(
        chance_percent=round(chance * 100),
        margin_fen=round(margin),
        value_fen=round(worth),
        low_fen=max(0, round(worth - half)),
        high_fen=round(worth + half),
    )


def tags(
    view: OwnerView, facts: Iterable[Fact], *, held: Iterable[Tag], policy: PortraitPolicy, as_of: date
) -> tuple[Tag, ...]:
    """Return the owner's live tags by name: those put by hand, those that a rule finds, those inferred from attention.

    A tag that is found again keeps its first day, and is prolonged once half of its time is over.
    """
    before = {(tag.source, tag.name): tag for tag in held if is_live(tag, on=as_of)}
    by_hand = [tag for tag in before.values() if tag.source is TagSource.HAND]
    by_rule = [
        _again(before, rule.tag, TagSource.RULE, days=rule.valid_days, because=f"rule:{rule.tag}", as_of=as_of)
        for rule in policy.rules
        if holds(rule.when, view)
    ]
    found = {(tag.source, tag.name) for tag in by_rule}
    lasting = [tag for key, tag in before.items() if tag.source is TagSource.RULE and key not in found]
    inferred = [
        _again(before, name, TagSource.INFERRED, days=policy.inferred_days, because=f"seen:{times}", as_of=as_of)
        for name, times in _interests(facts, policy=policy, as_of=as_of)
    ]
    winners: dict[str, Tag] = {}
    for tag in (*by_hand, *by_rule, *lasting, *inferred):
        winners.setdefault(tag.name, tag)
    return tuple(winners[name] for name in sorted(winners))


def is_live(tag: Tag, *, on: date) -> bool:
    """Return whether the tag counts on the day."""
    return tag.since <= on and (tag.expires_on is None or on < tag.expires_on)


def _again(
    before: Mapping[tuple[TagSource, str], Tag], name: str, source: TagSource, *, days: int, because: str, as_of: date
) -> Tag:
    fresh = Tag(name=name, source=source, since=as_of, expires_on=as_of + timedelta(days=days), because=because)
    held = before.get((source, name))
    if held is None or held.expires_on is None:
        return fresh
    return held if (held.expires_on - as_of).days * 2 > days else replace(fresh, since=held.since)


def topics(facts: Iterable[Fact], *, days: int, as_of: date) -> frozenset[str]:
    """Return the topics that the owner posted about or looked at within so many days."""
    since = as_of - timedelta(days=days)
    return frozenset(topic for fact in facts if since < fact.on <= as_of and (topic := topic_of(fact)))


def _interests(facts: Iterable[Fact], *, policy: PortraitPolicy, as_of: date) -> list[tuple[str, int]]:
    since = as_of - timedelta(days=policy.inferred_days)
    topics: Counter[str] = Counter()
    for fact in facts:
        if since < fact.on <= as_of and (topic := topic_of(fact)):
            topics[topic] += 1
    return sorted((INTEREST + topic, times) for topic, times in topics.items() if times >= policy.inferred_min)


def topic_of(fact: Fact) -> str:
    """Return the topic that the owner posted about or looked at, empty where the fact tells none.

    A post names its topic first (`topic/community`), a view its medium (`medium/topic`).
    """
    first, _, second = fact.detail.partition("/")
    match fact.kind:
        case FactKind.COMMUNITY_POST:
            return first
        case FactKind.CONTENT_VIEW:
            return second
        case _:
            return ""


def _is_the_car(fact: Fact, policy: PortraitPolicy) -> bool:
    return fact.kind is FactKind.PURCHASE and fact.detail == policy.bought_category


def _hinted(fact: Fact, *, policy: PortraitPolicy, as_of: date) -> float:
    words = set(fact.detail.split("/"))
    hints = (one for one in policy.hints if one.kind is fact.kind and (one.word == _EVERY or one.word in words))
    age = (as_of - fact.on).days
    return max((one.weight_percent / 100 * 2 ** (-age / one.half_life_days) for one in hints), default=0.0)


def _years(orders: Sequence[Occasion], *, as_of: date) -> list[list[Occasion]]:
    # The orders of each whole year that passed since the first order, newest first; the first order is in none.
    if not orders:
        return []
    first, years = min(order.on for order in orders), []
    until = as_of.toordinal()
    for number in range(1, YEARS_SEEN_MAX + 1):
        since = add_months(as_of, -_MONTHS * number).toordinal()
        if since < first:
            break
        years.append([order for order in orders if since < order.on <= until])
        until = since
    return years


def _margins(years: Sequence[Sequence[Occasion]], facts: Iterable[Fact], *, policy: PortraitPolicy) -> list[int]:
    # The margin of each year with an order, in fen.
    shares = {order_of(fact.kind, fact.reference): _share(fact, policy) for fact in facts if fact.kind in ORDER_KINDS}
    return [
        sum(order.fen * shares.get(order.order, policy.margin_percent) // 100 for order in year)
        for year in years
        if year
    ]


def _share(fact: Fact, policy: PortraitPolicy) -> int:
    # The margin in percent of an order's price.
    if fact.cost_fen is None or not fact.amount_fen:
        return policy.margin_percent
    return (fact.amount_fen - fact.cost_fen) * 100 // fact.amount_fen
