"""The policy of the portraits that ships with the package, in the version of the day."""

from datetime import date
from functools import cache

from ownerloop.adapters.health_policies import curve_of
from ownerloop.adapters.policy_rows import Row, in_force, rows_of
from ownerloop.domain.audience import Audience, leaves, parse
from ownerloop.domain.errors import AudienceError
from ownerloop.domain.facts import FactKind
from ownerloop.domain.health import PERMILLE
from ownerloop.domain.portrait import INTEREST, AskRule, Hint, PortraitPolicy, TagRule

_KINDS = frozenset(map(str, FactKind))


def portrait_policy(on: date) -> PortraitPolicy:
    """Return the policy in force on the day; a day before all versions gets the oldest."""
    return in_force(_policies(), on)


@cache
def _policies() -> tuple[PortraitPolicy, ...]:
    return tuple(map(read_portrait_policy, rows_of("portrait_policy.json")))


def read_portrait_policy(row: Row) -> PortraitPolicy:
    """Return the policy of one row; each tag has one rule, and none takes the name of an interest."""
    rules = tuple(_rule(one) for one in row.rows("tags"))
    names = [rule.tag for rule in rules]
    if len(set(names)) != len(names) or any(name.startswith(INTEREST) for name in names):
        raise row.refusal("tags", f"must name each tag once, none beginning with {INTEREST}")
    if row.whole("prospect_permille") > PERMILLE:
        raise row.refusal("prospect_permille", "must not exceed 1000")
    return PortraitPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        facts_max=row.whole("facts_max", low=1),
        hints=tuple(_hint(one) for one in row.rows("hints")),
        bought_category=row.text("bought_category"),
        inferred_days=row.whole("inferred_days", low=1),
        inferred_min=row.whole("inferred_min", low=1),
        topic_days=row.whole("topic_days", low=1),
        ask_rules=tuple(_ask_rule(one) for one in row.rows("asks_anew")),
        rules=rules,
        chance=curve_of(row, "chance"),
        chance_strength=row.whole("chance_strength", low=1),
        prospect_permille=row.whole("prospect_permille"),
        margin_percent=row.whole("margin_percent"),
        margin_prior_fen=row.whole("margin_prior_fen"),
        margin_strength=row.whole("margin_strength", low=1),
        margin_spread_percent=row.whole("margin_spread_percent"),
    )


def audience_of(row: Row, name: str) -> Audience:
    """Return the audience in a field; a rule of its language that it breaks is named with the whole path."""
    values = row.values.get(name)
    try:
        return parse(values)
    except AudienceError as error:
        below = ".".join(filter(None, (name, error.path)))
        raise row.refusal(below, error.rule) from error


def _rule(row: Row) -> TagRule:
    when = audience_of(row, "when")
    if any(leaf.attribute == "tags" for leaf in leaves(when)):
        raise row.refusal("when", "must not ask for tags, which follow from it")
    return TagRule(tag=row.text("tag"), when=when, valid_days=row.whole("valid_days", low=1))


def _ask_rule(row: Row) -> AskRule:
    return AskRule(
        kind=FactKind(row.one_of("kind", _KINDS)),
        topics=frozenset(row.texts("topics") if "topics" in row.values else ()),
        duration_s_min=row.whole("duration_s_min"),
    )


def _hint(row: Row) -> Hint:
    return Hint(
        kind=FactKind(row.one_of("kind", _KINDS)),
        word=row.text("word"),
        weight_percent=row.whole("weight_percent"),
        half_life_days=row.whole("half_life_days", low=1),
    )
