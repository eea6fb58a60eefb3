"""The shipped rules of conditions, and what a file of rules may not say."""

import json
from datetime import date
from typing import Any

import pytest

from infra.explain.words import ITEMS, SEVERITIES
from ownerloop.adapters.condition_policies import condition_policy, read_condition_policy
from ownerloop.adapters.policy_files import forecast_policy
from ownerloop.adapters.policy_rows import PolicyDataError, rows_of
from ownerloop.domain.condition_rules import ConditionPolicy, Severity
from ownerloop.domain.observations import CODES, SIGNALS

ON = date(2026, 3, 1)
FILE = "condition_rules.json"
OWN_WORD = {"service_distance_m", "service_time_s"}  # what limits the next service and raises none of its own


def read(**changes: Any) -> ConditionPolicy:
    (row,) = rows_of(FILE, text=json.dumps([{**rows_of(FILE)[0].values, **changes}]))
    return read_condition_policy(row)


def a_rule(**changes: Any) -> dict[str, Any]:
    rule = {"signal": "oil_life_s", "test": "below", "bound": 0, "severity": "now", "item": "oil", "due_days": 0}
    return {**rule, "source": "an example", **changes}


def test_every_signal_that_is_kept_has_a_rule_and_every_rule_a_source() -> None:
    rules = condition_policy(ON).rules

    assert {rule.signal for rule in rules} >= set(SIGNALS) - OWN_WORD - {CODES}
    assert all(rule.source for rule in rules)


@pytest.mark.parametrize("system", "PCBU")
@pytest.mark.parametrize("digits", ["0000", "0A7F", "1234", "2ABC", "3FFF"])
def test_every_fault_code_has_a_rule(system: str, digits: str) -> None:
    assert condition_policy(ON).rule_of_code(system + digits) is not None


def test_what_is_raised_has_a_name_in_both_languages() -> None:
    items = {rule.item for rule in condition_policy(ON).rules}
    texts = rows_of("texts.json")[-1].row("items")

    assert all(items <= set(texts.row(language).values) for language in ("zh", "en"))
    assert items <= set(ITEMS)
    assert set(SEVERITIES) == set(Severity)


def test_the_forecast_of_a_day_has_the_rules_of_that_day() -> None:
    assert forecast_policy(ON).conditions == condition_policy(ON)


def test_of_several_versions_the_newest_effective_one_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    old = rows_of(FILE)[0].values
    new = {**old, "version": "conditions-9", "effective_on": "2027-01-01"}
    both = rows_of(FILE, text=json.dumps([new, old]))
    monkeypatch.setattr(
        "ownerloop.adapters.condition_policies._policies", lambda: tuple(map(read_condition_policy, both))
    )

    assert condition_policy(date(2026, 12, 31)).version == "conditions-1"
    assert condition_policy(date(2027, 1, 1)).version == "conditions-9"
    assert condition_policy(date(2000, 1, 1)).version == "conditions-1"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (a_rule(signal="mood"), "signal"),
        (a_rule(signal="dtc"), "signal"),
        (a_rule(test="code"), "test"),
        (a_rule(test="about"), "test"),
        (a_rule(severity="panic"), "severity"),
        (a_rule(due_days=1), "due_days"),
        (a_rule(severity="soon", due_days=31), "due_days"),
        (a_rule(bound=-1), "bound"),
        (a_rule(item=""), "item"),
        (a_rule(source=""), "source"),
        (a_rule(readings_min=0), "readings_min"),
        (a_rule(codes="P0[0"), "codes"),
        (a_rule(codes=".*"), "codes"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyDataError, match=field):
        read(rules=[rule])


def test_a_wheels_rule_holds_for_all_four() -> None:
    policy = read(rules=[a_rule(signal="pad_wear_{wheel}_percent", test="at_least", bound=90)])

    assert len({rule.signal for rule in policy.rules}) == 4


@pytest.mark.parametrize(
    "rules",
    [
        [a_rule(), a_rule(item="inspection")],
        [a_rule(severity="advise", bound=9, due_days=3), a_rule(severity="soon", bound=5, due_days=7)],
    ],
)
def test_rules_that_contradict_each_other_are_refused(rules: list[dict[str, Any]]) -> None:
    with pytest.raises(PolicyDataError, match="rules"):
        read(rules=rules)


@pytest.mark.parametrize(("field", "value"), [("rest_days", 93), ("fresh_days", 0), ("placards_kpa", {"*": 0})])
def test_a_span_or_placard_out_of_bounds_is_refused(field: str, value: object) -> None:
    with pytest.raises(PolicyDataError, match=field):
        read(**{field: value})
