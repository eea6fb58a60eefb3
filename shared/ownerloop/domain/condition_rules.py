"""Rules by which what a car reports asks for a service: thresholds, severities and days, all of them data."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import assert_never

from ownerloop.domain.observations import WHEELS

_TWINS = {"fl": "fr", "fr": "fl", "rl": "rr", "rr": "rl"}  # the other wheel of the axle
_PERCENT = 100


class Severity(StrEnum):
    """How long a condition may wait."""

    ADVISE = "advise"
    SOON = "soon"
    NOW = "now"

    @property
    def rank(self) -> int:
        """Return the place among the severities, the least first."""
        return tuple(Severity).index(self)


class Comparison(StrEnum):
    """How a value is compared with its bound."""

    BELOW = "below"
    AT_LEAST = "at_least"
    BELOW_PLACARD = "below_placard_percent"
    BELOW_TWIN = "below_twin_percent"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class ConditionRule:
    """What one signal, or one kind of fault code, asks for: an item that is due some days after the first reading."""

    signal: str  # of `observations.SIGNALS`, or the pattern of a code
    comparison: Comparison
    bound: int  # in the unit of the signal, or percent; 0 for a code
    severity: Severity
    item: str
    due_days: int
    source: str
    readings_min: int = 1  # so many kept readings in a row

    def names(self, code: str) -> bool:
        """Return whether the rule is about this fault code."""
        return self.comparison is Comparison.CODE and re.fullmatch(self.signal, code) is not None

    def holds(self, value: int, *, twin: int | None, placard: int) -> bool:
        """Return whether a value of the signal meets the rule; `twin` is what the other wheel said at the same time."""
        match self.comparison:
            case Comparison.BELOW:
                return value < self.bound
            case Comparison.AT_LEAST:
                return value >= self.bound
            case Comparison.BELOW_PLACARD:
                return value * _PERCENT < placard * self.bound
            case Comparison.BELOW_TWIN:
                return twin is not None and value * _PERCENT < twin * self.bound
            case Comparison.CODE:
                return value > 0
            case _:
                assert_never(self.comparison)


@dataclass(frozen=True, slots=True)
class ConditionPolicy:
    """The rules of a version; of the rules that name a fault code the first one rules."""

    version: str
    effective_on: date
    fresh_days: int  # a signal that fell silent so long before the car's newest reading says nothing
    rest_days: int  # a condition that comes back within these days is the same one
    rules: tuple[ConditionRule, ...]
    placards_kpa: dict[str, int] = field(default_factory=dict)  # by model; `*` is any other

    def placard_kpa(self, model: str | None) -> int:
        """Return the cold tyre pressure that the model's placard asks for; 0 where nothing is known."""
        return self.placards_kpa.get(model or "*") or self.placards_kpa.get("*", 0)

    def rule_of_code(self, code: str) -> ConditionRule | None:
        """Return the first rule that names the code, or None."""
        return next((rule for rule in self.rules if rule.names(code)), None)


def twin_of(signal: str) -> str | None:
    """Return the same signal of the axle's other wheel, or None for what is no wheel's."""
    for wheel in WHEELS:
        if f"_{wheel}_" in signal:
            return signal.replace(f"_{wheel}_", f"_{_TWINS[wheel]}_")
    return None
