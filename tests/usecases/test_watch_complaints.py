"""The sweep over complaints: any cadence, doubling or death in between takes and tells each level once, in order."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.adapters.memory_cases import MemoryCases
from ownerloop.adapters.memory_streams import MemoryBus
from ownerloop.contracts.complaint_events import CaseEscalatedV1, case_escalated
from ownerloop.domain.cases import Case
from ownerloop.domain.complaints import assigned, called_back, closed, opened
from ownerloop.usecases.watch_complaints import Watch, WatchReport, watch_complaints
from tests.complaint_builders import CASE_KEY, EVE, HOUR, a_complaint, a_telling, complaint_rules
from tests.naive.naive_timer import NaiveTimer

WEEKS = 24 * 21
SWEEP = timedelta(minutes=5)


class Died(BaseException):  # nobody catches a kill
    """The process was killed at this operation."""


class Town:
    """Cases, a bus and a sweep whose every read and write can be the last thing that a process does."""

    def __init__(self) -> None:
        self.on_operation: Callable[[str], None] = lambda _: None
        self.cases = MemoryCases(on_operation=self._hook)
        self.bus = MemoryBus(on_operation=self._hook)

    def _hook(self, name: str) -> None:
        self.on_operation(name)

    def naive(self) -> NaiveTimer:
        return NaiveTimer(self.cases, self.bus, complaint_rules(), case_escalated, self._hook)

    def sweep(self, now: datetime) -> WatchReport:
        watch = Watch(cases=self.cases, bus=self.bus, rules=complaint_rules(), note=case_escalated)
        return watch_complaints(watch=watch, now=now)

    def put(self, case: Case) -> None:
        self.cases.held[case.case_key] = case

    def change(self, now: datetime, act: Callable[[Case], Case]) -> None:
        case = act(self.case)
        self.put(replace(case, version=self.case.version + 1, look_at=case.look_at and max(case.look_at, now)))

    @property
    def case(self) -> Case:
        return self.cases.held[CASE_KEY]

    @property
    def levels(self) -> list[tuple[datetime, int]]:
        """Return each level that was taken, by its opening."""
        return [(one.opened_at, one.level) for one in self.case.taken]

    def told(self) -> list[tuple[str, int]]:
        """Return each level that was published, once for each id, in the order in which it was published first."""
        seen = {event["id"]: event["data"] for event in self.bus.events}
        return [(data["opened_at"], data["level"]) for data in seen.values()]


@pytest.fixture
def town() -> Town:
    town = Town()
    town.put(a_complaint())
    return town


def test_a_complaint_that_nobody_touches_climbs_every_level(town: Town) -> None:
    for hours in range(WEEKS):
        town.sweep(EVE + hours * HOUR)

    assert town.levels == [(EVE, 1), (EVE, 2), (EVE, 3)]
    assert [level for _, level in town.told()] == [1, 2, 3]
    assert len(town.bus.events) == 3
    assert town.case.look_at is None


def test_a_sweep_between_two_steps_writes_nothing(town: Town) -> None:
    town.sweep(EVE)
    version = town.case.version

    for minutes in range(5, 24 * 60, 5):
        assert town.sweep(EVE + timedelta(minutes=minutes)).looked_at == 0

    assert town.case.version == version


def test_what_is_told_says_who_must_act_and_by_when(town: Town) -> None:
    town.change(EVE + HOUR, lambda case: assigned(case, a_telling(EVE + HOUR), staff_userid="chen"))

    town.sweep(EVE + 24 * HOUR)

    (event,) = [CaseEscalatedV1.model_validate(event) for event in town.bus.events]
    assert (event.data.level, event.data.assigned_to, event.data.is_open) == (2, "chen", True)
    assert event.data.due_at == event.data.callback_due_at == EVE + 24 * HOUR
    assert not event.data.was_called_back


def test_sweeps_that_were_missed_for_a_fortnight_catch_up_in_order(town: Town) -> None:
    town.change(EVE + 200 * HOUR, lambda case: called_back(case, a_telling(EVE + 200 * HOUR)))

    report = town.sweep(EVE + 400 * HOUR)

    assert dict(report.levels) == {1: 1, 2: 1, 3: 1}
    assert [level for _, level in town.told()] == [1, 2, 3]


def test_a_level_that_was_due_before_the_closing_is_not_lost_with_it(town: Town) -> None:
    town.change(EVE + 25 * HOUR, lambda case: closed(case, a_telling(EVE + 25 * HOUR)))

    town.sweep(EVE + 26 * HOUR)

    assert [level for _, level in town.told()] == [1, 2]
    assert not any(event["data"]["is_open"] for event in town.bus.events)
    assert town.case.look_at is None


@pytest.mark.parametrize("operation", ["cases.due", "cases.of", "cases.save", "bus.publish"])
@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_process_that_dies_anywhere_costs_no_level_and_doubles_none(
    town: Town, operation: str, nth: int, *, applied: bool
) -> None:
    if applied:
        _die_after(town, operation, nth)
    else:
        _die_before(town, operation, nth)

    for hours in (24, 24, 25, 25, 300, 300, 301):
        _survive(town, EVE + hours * HOUR)

    assert town.levels == [(EVE, 1), (EVE, 2), (EVE, 3)]
    assert [level for _, level in town.told()] == [1, 2, 3]
    assert all(one.is_told for one in town.case.taken)
    assert town.case.look_at is None


def test_a_bus_that_is_down_keeps_the_level_due_and_the_other_cases_served(town: Town) -> None:
    def down(name: str) -> None:
        if name == "bus.publish" and next(publishes) == 0:
            raise ConnectionError

    publishes = count()
    town.on_operation = down
    town.put(a_complaint(case_key="k_" + 24 * "d"))

    report = town.sweep(EVE + 30 * HOUR)

    assert [type(fault) for fault in report.faults] == [ConnectionError]
    assert {event["data"]["case_key"] for event in town.bus.events} == {"k_" + 24 * "d"}
    town.sweep(EVE + 30 * HOUR + SWEEP)
    assert [level for _, level in town.told()].count(1) == 2


def race(town: Town, sweep: Callable[[datetime], object]) -> list[int]:
    """Return the levels told, under whatever id, where a second sweep runs before a first one's write."""
    raced: list[str] = []

    def meet(name: str) -> None:
        if name == "cases.save" and not raced:
            raced.append(name)
            sweep(EVE + 30 * HOUR)

    town.on_operation = meet
    sweep(EVE + 30 * HOUR)
    assert raced
    return [level for _, level in town.told()]


def killed(town: Town, sweep: Callable[[datetime], object]) -> list[int]:
    """Return the levels told where a process dies when it is about to tell, and others follow it."""
    _die_before(town, "bus.publish", 1)
    with suppress(Died):
        sweep(EVE + 30 * HOUR)
    for hours in (31, 32):
        sweep(EVE + hours * HOUR)
    return [level for _, level in town.told()]


def test_two_sweeps_at_once_take_each_level_once_and_a_naive_timer_doubles_it() -> None:
    ours, naive = Town(), Town()
    for town in (ours, naive):
        town.put(a_complaint())

    assert race(ours, ours.sweep) == [1, 2]
    assert race(naive, naive.naive().sweep) == [1, 2, 1, 2]
    assert ours.levels == [(EVE, 1), (EVE, 2)]


def test_a_level_that_was_taken_and_not_told_is_told_and_a_naive_timer_loses_it() -> None:
    ours, naive = Town(), Town()
    for town in (ours, naive):
        town.put(a_complaint())

    assert killed(ours, ours.sweep) == [1, 2]
    assert killed(naive, naive.naive().sweep) == []


actions = st.lists(
    st.tuples(st.integers(0, WEEKS // 2), st.sampled_from(["open", "assign", "call", "close"])), max_size=6
)
cadence = st.lists(st.tuples(st.integers(0, WEEKS), st.integers(0, 9)), max_size=15)


@settings(max_examples=150)
@given(actions=actions, cadence=cadence)
def test_any_cadence_with_deaths_ends_in_the_levels_of_a_sweep_that_never_sleeps(
    actions: list[tuple[int, str]], cadence: list[tuple[int, int]]
) -> None:
    steady, shaken = Town(), Town()
    for town in (steady, shaken):
        town.put(a_complaint())
    by_hour = dict(sorted(actions))
    deaths = dict(cadence)

    for hour in [*range(WEEKS), WEEKS + 24 * 60, WEEKS + 24 * 61]:
        now = EVE + hour * HOUR
        for town in (steady, shaken):
            if hour in by_hour:
                town.change(now, lambda case, now=now, hour=hour: acted(case, by_hour[hour], now))  # type: ignore[misc]
        steady.sweep(now)
        if hour in deaths:
            _die_at(shaken, deaths[hour])
            _survive(shaken, now)
        elif hour >= WEEKS:
            _survive(shaken, now)

    assert shaken.levels == steady.levels
    assert len(set(shaken.levels)) == len(shaken.levels)
    assert sorted(shaken.told()) == sorted(steady.told())
    assert len(shaken.told()) == len(shaken.levels)
    for opening in {opening for opening, _ in shaken.levels}:
        mine = [level for began, level in shaken.levels if began == opening]
        assert mine == sorted(mine)


def acted(case: Case, what: str, now: datetime) -> Case:
    told = a_telling(now)
    match what:
        case "open":
            return opened(case, told, topic="noise")
        case "assign":
            return assigned(case, told, staff_userid="chen")
        case "call":
            return called_back(case, told)
        case _:
            return closed(case, told)


def _survive(town: Town, now: datetime) -> None:
    with suppress(Died):
        town.sweep(now)


def _die_before(town: Town, operation: str, nth: int) -> None:
    turns = count(1)

    def hook(name: str) -> None:
        if name == operation and next(turns) == nth:
            raise Died

    town.on_operation = hook


def _die_after(town: Town, operation: str, nth: int) -> None:
    turns = count(1)
    doomed: list[str] = []

    def hook(name: str) -> None:
        if doomed:
            doomed.clear()
            raise Died
        if name == operation and next(turns) == nth:
            doomed.append(name)

    town.on_operation = hook


def _die_at(town: Town, nth: int) -> None:
    turns = count()

    def hook(_: str) -> None:
        if next(turns) == nth:
            raise Died

    town.on_operation = hook
