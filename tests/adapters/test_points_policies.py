"""The points' policy and the mall: data that is checked field by field."""

import json
from datetime import date
from typing import Any

import pytest

from ownerloop.adapters.points_policies import mall, points_policy, read_mall, read_points_policy
from ownerloop.adapters.policy_rows import PolicyDataError, Row, rows_of

(POLICY,) = rows_of("points_policy.json")
(MALL,) = rows_of("mall.json")
RULE = {"kind": "purchase", "category": "*", "fen_per_point": 1000, "points": None}
ITEM = {"item_id": "mug", "name_zh": "杯", "name_en": "Mug", "points": 30, "stock": 3}


def a_row(shipped: Row, **changes: Any) -> Row:
    (row,) = rows_of(shipped.file, text=json.dumps([{**shipped.values, **changes}]))
    return row


def test_the_shipped_data_is_in_force_and_even_for_days_before_it() -> None:
    assert points_policy(date(2026, 1, 1)) == points_policy(date(1999, 1, 1)) == read_points_policy(POLICY)
    assert mall(date(2026, 1, 1)) == read_mall(MALL)


def test_a_kind_without_a_rule_of_its_category_falls_back_to_any() -> None:
    policy = points_policy(date(2026, 1, 1))

    rules = [policy.rule_of("purchase", category) for category in ("insurance", "tyres")]
    assert [rule.fen_per_point for rule in rules if rule] == [5_000, 1_000]
    assert policy.rule_of("page_view", "") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rules", [RULE, RULE]),
        ("rules", [{**RULE, "category": "insurance"}]),
        ("kind", [{**RULE, "kind": "birthday"}]),
        ("points", [{**RULE, "points": 3}]),
        ("points", [{**RULE, "fen_per_point": None}]),
        ("fen_per_point", [{**RULE, "kind": "check_in"}]),
        ("fen_per_point", [{**RULE, "fen_per_point": 0}]),
        ("return_window_days", -1),
        ("validity_months", 0),
        ("raised_max", None),
        ("never_bought_days", 0),
        ("tier", [{"tier": "platinum", "times": 2}]),
        ("times", [{"tier": "core", "times": 0}]),
    ],
)
def test_a_policy_that_breaks_a_rule_names_its_field(field: str, value: Any) -> None:
    place = {
        "kind": "rules",
        "points": "rules",
        "fen_per_point": "rules",
        "tier": "multipliers",
        "times": "multipliers",
    }

    with pytest.raises(PolicyDataError, match=field):
        read_points_policy(a_row(POLICY, **{place.get(field, field): value}))


@pytest.mark.parametrize(
    ("field", "items"),
    [
        ("items", [ITEM, ITEM]),
        ("items", []),
        ("points", [{**ITEM, "points": 0}]),
        ("stock", [{**ITEM, "stock": -1}]),
        ("name_zh", [{**ITEM, "name_zh": ""}]),
    ],
)
def test_a_mall_that_breaks_a_rule_names_its_field(field: str, items: list[Any]) -> None:
    with pytest.raises(PolicyDataError, match=field):
        read_mall(a_row(MALL, items=items))
