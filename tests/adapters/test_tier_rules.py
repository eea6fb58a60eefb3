"""The policy of the tiers and the welcomes' texts: data that is checked field by field."""

import json
from datetime import date
from typing import Any

import pytest

from ownerloop.adapters.policy_rows import PolicyDataError, rows_of
from ownerloop.adapters.store_zones import zone_name
from ownerloop.adapters.tier_policies import read_tier_policy, tier_policy
from ownerloop.adapters.tier_rules import read_welcome_texts, settle_rules_on, welcome_text
from tests.builders import a_store

(SHIPPED,) = rows_of("tier_policy.json")
(TEXTS,) = rows_of("welcome_texts.json")


def a_row(values: dict[str, Any]) -> Any:
    (row,) = rows_of("tier_policy.json", text=json.dumps([values]))
    return row


def test_the_shipped_policy_is_in_force_and_even_for_days_before_it() -> None:
    assert tier_policy(date(2026, 1, 1)) == tier_policy(date(1999, 1, 1)) == read_tier_policy(SHIPPED)
    assert settle_rules_on(date(2026, 1, 1)).tiers.version == "tier-1"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gaps_counted", 2),
        ("money_cuts_fen", [1, 2, 3]),
        ("money_cuts_fen", [1, 3, 2, 4]),
        ("frequency_cuts", [0, 1, 2, 3]),
        ("recency_cuts_percent", "100"),
        ("interval_max_days", 10),
        ("at_risk_r_max", 5),
        ("core_keep_sum_min", 9),
        ("welcome_tiers", ["platinum"]),
        ("stay_days", -1),
    ],
)
def test_a_policy_that_breaks_a_rule_names_its_field(field: str, value: object) -> None:
    with pytest.raises(PolicyDataError, match=field):
        read_tier_policy(a_row({**SHIPPED.values, field: value}))


def test_every_welcomed_tier_has_a_text_that_begins_with_the_sender() -> None:
    for tier in tier_policy(date(2026, 1, 1)).welcome_tiers:
        assert welcome_text(tier, a_store(), "zh").startswith("【安程汽车浦东店】")
        assert welcome_text(tier, a_store(), "en-GB").startswith("[Ancheng Motors Pudong]")
        assert welcome_text(tier, a_store(), "fr") == welcome_text(tier, a_store(), "zh")


@pytest.mark.parametrize(
    "tiers",
    [
        {"en": {"core": "[{store}] Hello", "potential": "[{store}] Hello"}},
        {"zh": {"core": "您好", "potential": "【{store}】您好"}},
        {"zh": {"core": "【{store}】您好"}},
    ],
)
def test_welcomes_that_lack_something_are_refused(tiers: dict[str, Any]) -> None:
    with pytest.raises(PolicyDataError):
        read_welcome_texts(a_row({**TEXTS.values, "tiers": tiers}), tiers=frozenset({"potential", "core"}))


def test_a_store_that_nobody_knows_has_no_zone() -> None:
    assert zone_name("ur-tianshan") == "Asia/Urumqi"
    assert zone_name("elsewhere") is None
    assert zone_name(None) is None
