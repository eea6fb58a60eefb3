"""Builders of what a car observes of itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ownerloop.domain.condition_rules import Comparison, ConditionPolicy, ConditionRule, Severity
from ownerloop.domain.observations import CODES, Observation, merged, newest, of_codes
from tests.builders import START, TODAY

DAY = timedelta(days=1)


def seen(signal: str, value: int, *, day: float = 0) -> Observation:
    return Observation(signal, START + day * DAY, value)


def codes(*named: str, day: float = 0) -> list[Observation]:
    return of_codes(named, read_at=START + day * DAY)


def kept(*observations: Observation | Iterable[Observation]) -> tuple[Observation, ...]:
    """Return what a car keeps of observations that came in this order."""
    held: tuple[Observation, ...] = ()
    for one in observations:
        held = merged(held, [one] if isinstance(one, Observation) else one)
    return held


def active_codes(observations: Iterable[Observation]) -> tuple[str, ...]:
    """Return the fault codes (`P0420`) that the newest report of codes named, in their order."""
    said = tuple(observations)
    last = newest(said, CODES)
    if last is None:
        return ()
    active = {one.signal for one in said if one.signal.startswith(f"{CODES}:") and one.read_at >= last.read_at}
    return tuple(sorted(signal.removeprefix(f"{CODES}:") for signal in active))


def at(day: float) -> datetime:
    return START + day * DAY


def a_rule(
    *,
    signal: str = "low_voltage_mv",
    comparison: Comparison = Comparison.BELOW,
    bound: int = 12_000,
    severity: Severity = Severity.SOON,
    item: str = "low_voltage_battery",
    due_days: int = 7,
    readings_min: int = 1,
) -> ConditionRule:
    return ConditionRule(
        signal=signal,
        comparison=comparison,
        bound=bound,
        severity=severity,
        item=item,
        due_days=due_days,
        source="an example",
        readings_min=readings_min,
    )


def a_condition_policy(*rules: ConditionRule, fresh_days: int = 60, rest_days: int = 28) -> ConditionPolicy:
    return ConditionPolicy(
        version="conditions-1",
        effective_on=TODAY,
        fresh_days=fresh_days,
        rest_days=rest_days,
        rules=rules or (a_rule(),),
        placards_kpa={"*": 230, "electric-suv": 260},
    )
