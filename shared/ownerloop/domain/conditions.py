"""What a car reports about itself as services that it asks for: fault codes, tyres, pads, batteries, oil (design §5.6).

An episode is a run of kept readings that meet a rule, up to the newest. Few readings are kept, so once a condition was
spoken of, the day of its first reading stands in the cycle that was asked for, and an unchanged condition stays in it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from ownerloop.domain.condition_rules import ConditionPolicy, ConditionRule, Severity, twin_of
from ownerloop.domain.observations import CODES, Observation
from ownerloop.domain.vehicle import ItemForecast, Reminded, ServiceDone, Vehicle

REST_DAYS_MAX = 92  # of a policy: so long a condition that was spoken of is remembered, seen or not
REASONS_MAX = 3  # of an item
_CYCLE, _CODE = "condition#", "dtc:"


@dataclass(frozen=True, slots=True)
class Condition:
    """One item that a car asks for: how urgent, due when, which signals say so (the worst first), and its cycle."""

    item: str
    due_cycle: str
    severity: Severity
    due_on: date
    signals: tuple[tuple[str, Severity], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a car asks for, by item, and the signals that would say more if they were not silent for too long."""

    conditions: tuple[Condition, ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return the codes of what was seen (`condition:<signal>:<severity>`) and of what is too old to count.

        Of an item the worst few are told: a car in trouble may name dozens of codes, and its item must stay small.
        """
        seen = (
            f"condition:{signal}:{severity}"
            for condition in self.conditions
            for signal, severity in condition.signals[:REASONS_MAX]
        )
        return (*seen, *(f"stale:{signal}" for signal in self.stale[:REASONS_MAX]))


@dataclass(frozen=True, slots=True)
class _Episode:
    """A rule that the newest readings of a signal meet, since when, and the last kept reading that did not meet it."""

    signal: str
    rule: ConditionRule
    since: date
    well_on: date | None
    is_whole: bool  # no rule of the signal was met before


NOTHING = Found()


def conditions(vehicle: Vehicle, *, policy: ConditionPolicy, zone: tzinfo, heard_at: datetime) -> Found:
    """Return what the car's observations ask for; `heard_at` is when it was heard of last in any way.

    A reading of the day of a service of the item, or from before, is closed by it.
    """
    fresh_from = heard_at - timedelta(days=policy.fresh_days)
    by_item: dict[str, list[_Episode]] = {}
    stale: list[str] = []
    done, placard = _done(vehicle.services), policy.placard_kpa(vehicle.model)
    for signal, readings, rules in _signals(vehicle.observations, policy):
        found = _episodes(signal, readings, rules, placard=placard, zone=zone, done=done)
        if found and readings[0].read_at < fresh_from:
            stale.append(signal)
            continue
        for episode in found:
            by_item.setdefault(episode.rule.item, []).append(episode)
    held = {item: _held(item, vehicle.reminded, done.get(item)) for item in by_item}
    asked = [_condition(item, by_item[item], held[item], policy) for item in sorted(by_item)]
    return Found(conditions=tuple(asked), stale=tuple(stale))


def with_conditions(items: Sequence[ItemForecast], found: Sequence[Condition]) -> tuple[ItemForecast, ...]:
    """Return the items with what the car asks for: an item of the plan where that is due first, else one of its own."""
    if not found:
        return tuple(items)
    by_item = {condition.item: condition for condition in found}
    planned = [_with_condition(item, by_item.pop(item.item, None)) for item in items]
    return (*planned, *(_alone(condition) for condition in by_item.values()))


def _with_condition(item: ItemForecast, condition: Condition | None) -> ItemForecast:
    if condition is None:
        return item
    if item.due_p50 > condition.due_on:
        return replace(_alone(condition), remaining_m=item.remaining_m)
    return replace(item, due_p90=min(item.due_p90, condition.due_on), severity=str(condition.severity))


def _alone(condition: Condition) -> ItemForecast:
    return ItemForecast(
        item=condition.item,
        due_cycle=condition.due_cycle,
        due_p10=condition.due_on,
        due_p50=condition.due_on,
        due_p90=condition.due_on,
        remaining_m=None,
        basis="condition",
        severity=str(condition.severity),
    )


def is_condition(due_cycle: str) -> bool:
    """Return whether the cycle is one of a condition, not of a plan."""
    return due_cycle.startswith(_CYCLE)


def is_remembered(asked: Reminded, *, on: date) -> bool:
    """Return whether the cycle is a condition's that began so recently that its return may be no news."""
    began_on = _began_on(asked.due_cycle)
    return began_on is not None and (on - began_on).days <= REST_DAYS_MAX


@dataclass(frozen=True, slots=True)
class _Said:
    """One kept reading of a signal; of a report of codes `value` is 1 if it named the code, else 0."""

    read_at: datetime
    value: int
    twin: int | None = None


def _signals(
    observations: Sequence[Observation], policy: ConditionPolicy
) -> Iterator[tuple[str, list[_Said], list[ConditionRule]]]:
    """Yield each signal that has rules, with its readings, newest first."""
    by_signal: dict[str, dict[datetime, int]] = {}
    for one in sorted(observations, key=lambda one: one.read_at, reverse=True):
        by_signal.setdefault(one.signal, {}).setdefault(one.read_at, one.value)
    reports = by_signal.get(CODES, {})
    kept = Counter(at for signal, said in by_signal.items() if signal.startswith(_CODE) for at in said)
    for signal, said in sorted(by_signal.items()):
        if signal.startswith(_CODE):
            rule = policy.rule_of_code(signal.removeprefix(_CODE))
            # A report that named more codes than are kept of it may have named this one: it says nothing.
            known = [_Said(at, int(at in said)) for at, count in reports.items() if at in said or count <= kept[at]]
            if rule and known:
                yield signal, known, [rule]
            continue
        rules = [rule for rule in policy.rules if rule.signal == signal]
        twins = by_signal.get(twin_of(signal) or "", {})
        if rules:
            yield signal, [_Said(at, value, twins.get(at)) for at, value in said.items()], rules


def _episodes(
    signal: str,
    readings: Sequence[_Said],
    rules: Sequence[ConditionRule],
    *,
    placard: int,
    zone: tzinfo,
    done: Mapping[str, date],
) -> list[_Episode]:
    """Return the rules that the newest readings meet, each since the first reading of its run."""
    runs = [(rule, *_run(readings, rule, placard=placard, zone=zone, after=done.get(rule.item))) for rule in rules]
    met = [(rule, days, well_on) for rule, days, well_on in runs if len(days) >= rule.readings_min]
    earliest = min((days[-1] for _, days, _ in met), default=None)
    return [_Episode(signal, rule, days[-1], well_on, days[-1] == earliest) for rule, days, well_on in met]


def _run(
    readings: Iterable[_Said], rule: ConditionRule, *, placard: int, zone: tzinfo, after: date | None
) -> tuple[list[date], date | None]:
    """Return the days of the newest readings that meet the rule, newest first, and the day of the one before them."""
    days: list[date] = []
    for one in readings:
        day = one.read_at.astimezone(zone).date()
        if after is not None and day <= after:
            return days, None
        if not rule.holds(one.value, twin=one.twin, placard=placard):
            return days, day
        days.append(day)
    return days, None


def _condition(item: str, episodes: Sequence[_Episode], held: date | None, policy: ConditionPolicy) -> Condition:
    """Return the item's condition: the worst severity, the earliest due day, the cycle that the episode began."""
    seen_on = min(episode.since for episode in episodes)
    began_on = held if held and _is_same(held, episodes, seen_on, policy) else seen_on
    whole = began_on if began_on < seen_on else None
    due = [
        (whole if whole and episode.is_whole else episode.since) + timedelta(days=episode.rule.due_days)
        for episode in episodes
    ]
    worst: dict[str, Severity] = {}
    for episode in episodes:
        worst[episode.signal] = max(
            worst.get(episode.signal, Severity.ADVISE), episode.rule.severity, key=lambda severity: severity.rank
        )
    return Condition(
        item=item,
        due_cycle=f"{_CYCLE}{began_on.isoformat()}",
        severity=max(worst.values(), key=lambda severity: severity.rank),
        due_on=min(due),
        signals=tuple(sorted(worst.items(), key=lambda said: (-said[1].rank, said[0]))),
    )


def _is_same(held: date, episodes: Sequence[_Episode], seen_on: date, policy: ConditionPolicy) -> bool:
    """Return whether the condition that began on the held day is this one, or rested too shortly to be another."""
    unbroken = any(episode.well_on is None or episode.well_on <= held for episode in episodes)
    return unbroken or (seen_on - held).days <= policy.rest_days


def _held(item: str, reminded: Iterable[Reminded], done_on: date | None) -> date | None:
    """Return the day on which the item's condition began that was spoken of last, unless a service came after it."""
    days = [day for asked in reminded if asked.item == item and (day := _began_on(asked.due_cycle))]
    held = max(days, default=None)
    return None if held is None or (done_on is not None and held <= done_on) else held


def _began_on(due_cycle: str) -> date | None:
    return date.fromisoformat(due_cycle.removeprefix(_CYCLE)) if due_cycle.startswith(_CYCLE) else None


def _done(services: Iterable[ServiceDone]) -> dict[str, date]:
    newest: dict[str, date] = {}
    for one in services:
        newest[one.item] = max(one.on, newest.get(one.item, one.on))
    return newest
