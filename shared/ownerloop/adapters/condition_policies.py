"""The rules of conditions that ship with the package, each in the version of the day."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from ownerloop.adapters.policy_rows import Row, in_force, rows_of
from ownerloop.domain.condition_rules import Comparison, ConditionPolicy, ConditionRule, Severity
from ownerloop.domain.conditions import REST_DAYS_MAX
from ownerloop.domain.observations import CODES, SIGNALS, WHEELS

_WHEEL = "{wheel}"  # a rule for each of the four
_DUE_DAYS_MAX = 30  # the first stage of a reminder: what a car reports is told at once
_COMPARISONS = frozenset(Comparison) - {Comparison.CODE}
_CODE_SIGNS = re.compile(r"[PCBU0-9A-F\[\]{}()|+\-]+")  # what a pattern of codes may be made of


def condition_policy(on: date) -> ConditionPolicy:
    """Return the rules of conditions in force on the day."""
    return in_force(_policies(), on)


@cache
def _policies() -> tuple[ConditionPolicy, ...]:
    return tuple(map(read_condition_policy, rows_of("condition_rules.json")))


def read_condition_policy(row: Row) -> ConditionPolicy:
    """Return the policy of one row; nothing is said twice, and what is worse is due first."""
    placards = row.row("placards_kpa")
    rules = tuple(rule for each in row.rows("rules") for rule in _rules(each))
    told = [(rule.signal, rule.comparison, rule.bound) for rule in rules]
    if len(set(told)) < len(told):
        raise row.refusal("rules", "must not say the same twice")
    if any(_is_upside_down(rule, other) for rule in rules for other in rules):
        raise row.refusal("rules", "must make what is worse due first")
    if row.whole("rest_days") > REST_DAYS_MAX:
        raise row.refusal("rest_days", f"must be at most {REST_DAYS_MAX}")
    return ConditionPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        fresh_days=row.whole("fresh_days", low=1),
        rest_days=row.whole("rest_days"),
        rules=rules,
        placards_kpa={model: placards.whole(model, low=1) for model in placards.values},
    )


def _rules(row: Row) -> Iterator[ConditionRule]:
    """Yield the rule of a row, or one for each wheel."""
    severity = Severity(row.one_of("severity", frozenset(Severity)))
    due_days = row.whole("due_days")
    if due_days > _DUE_DAYS_MAX or (severity is Severity.NOW and due_days):
        raise row.refusal("due_days", f"must be at most {_DUE_DAYS_MAX}, and 0 for what is due now")
    is_code = "codes" in row.values
    for signal in (_pattern(row),) if is_code else _named(row):
        yield ConditionRule(
            signal=signal,
            comparison=Comparison.CODE if is_code else Comparison(row.one_of("test", _COMPARISONS)),
            bound=0 if is_code else row.whole("bound"),
            severity=severity,
            item=row.text("item"),
            due_days=due_days,
            source=row.text("source"),
            readings_min=row.whole("readings_min", low=1) if "readings_min" in row.values else 1,
        )


def _named(row: Row) -> list[str]:
    name = row.text("signal")
    signals = [name.replace(_WHEEL, wheel) for wheel in WHEELS] if _WHEEL in name else [name]
    if CODES in signals or not set(signals) <= set(SIGNALS):
        raise row.refusal("signal", "must be a signal that is kept of a car")
    return signals


def _pattern(row: Row) -> str:
    pattern = row.text("codes")
    try:
        re.compile(pattern)
    except re.error as error:
        raise row.refusal("codes", "must be a regular expression") from error
    if not _CODE_SIGNS.fullmatch(pattern):
        raise row.refusal("codes", "must be made of the signs of a fault code, sets and choices")
    return pattern


def _is_upside_down(rule: ConditionRule, other: ConditionRule) -> bool:
    same = (rule.signal, rule.comparison) == (other.signal, other.comparison)
    return same and rule.severity.rank < other.severity.rank and rule.due_days < other.due_days
