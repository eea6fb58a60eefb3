"""The policy of the points and the mall that ship with the package, in the version of the day."""

from datetime import date
from functools import cache

from ownerloop.adapters.policy_rows import Row, in_force, rows_of
from ownerloop.domain.facts import ORDER_KINDS, FactKind
from ownerloop.domain.points_earning import EarningRule, PointsPolicy
from ownerloop.domain.redemption import Mall, MallItem
from ownerloop.domain.tiers import Tier

ANY_CATEGORY = "*"
_KINDS = frozenset(map(str, FactKind))
_TIERS = frozenset(map(str, Tier))


def points_policy(on: date) -> PointsPolicy:
    """Return the policy in force on the day; a day before all versions gets the oldest."""
    return in_force(_policies(), on)


def mall(on: date) -> Mall:
    """Return what is on offer on the day; a day before all versions gets the oldest."""
    return in_force(_malls(), on)


@cache
def _policies() -> tuple[PointsPolicy, ...]:
    return tuple(map(read_points_policy, rows_of("points_policy.json")))


@cache
def _malls() -> tuple[Mall, ...]:
    return tuple(map(read_mall, rows_of("mall.json")))


def read_points_policy(row: Row) -> PointsPolicy:
    """Return the policy of one row; each kind has a rule for any category, and only orders earn by their money."""
    rules = tuple(map(_rule, row.rows("rules")))
    named = [(rule.kind, rule.category) for rule in rules]
    if len(set(named)) != len(named):
        raise row.refusal("rules", "must name each kind and category once")
    if {kind for kind, _ in named} != {kind for kind, category in named if category == ANY_CATEGORY}:
        raise row.refusal("rules", f"must hold a rule of category {ANY_CATEGORY} for each kind")
    return PointsPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        rules=rules,
        return_window_days=row.whole("return_window_days"),
        validity_months=row.whole("validity_months", low=1),
        raised_max=row.whole("raised_max"),
        multipliers={one.one_of("tier", _TIERS): one.whole("times", low=1) for one in row.rows("multipliers")},
        never_bought_days=row.whole("never_bought_days", low=1),
    )


def read_mall(row: Row) -> Mall:
    """Return the mall of one row; each item stands once, costs something and was put on offer in some number."""
    items = [
        MallItem(
            item_id=one.text("item_id"),
            name_zh=one.text("name_zh"),
            name_en=one.text("name_en"),
            points=one.whole("points", low=1),
            stock=one.whole("stock"),
        )
        for one in row.rows("items")
    ]
    if len({item.item_id for item in items}) != len(items):
        raise row.refusal("items", "must name each item once")
    return Mall(row.text("version"), row.day("effective_on"), {item.item_id: item for item in items})


def _rule(row: Row) -> EarningRule:
    kind, fen, points = (
        row.one_of("kind", _KINDS),
        row.whole_or_none("fen_per_point", low=1),
        row.whole_or_none("points"),
    )
    if (fen is None) == (points is None):
        raise row.refusal("points", "must be given where fen_per_point is null, and be null where it is given")
    if fen is not None and kind not in ORDER_KINDS:
        raise row.refusal("fen_per_point", "must be null for a kind without money")
    return EarningRule(kind, row.text("category"), fen, points)
