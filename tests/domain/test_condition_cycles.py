"""Cycles of conditions: one while it lasts, never more than three messages, whatever comes and goes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.condition_rules import ConditionPolicy, Severity
from ownerloop.domain.conditions import Found, conditions, is_remembered, with_conditions
from ownerloop.domain.observations import merged
from ownerloop.domain.reminders import reminders_due
from ownerloop.domain.replanning import silenced, with_forecast
from ownerloop.domain.vehicle import Reminded
from tests.builders import TODAY, a_forecast, a_vehicle
from tests.condition_builders import DAY, a_condition_policy, a_rule, at, seen
from tests.domain.observed import BATTERY, GOOD, WEAK, a_car, the_one
from tests.policy_builders import a_reminder_policy


def spoken_of(weeks: Iterable[tuple[float, int]], *, policy: ConditionPolicy = BATTERY) -> list[tuple[str, int]]:
    """Return the cycles and stages asked for, with a reading on each of the days and planning every day."""
    rule, car, asked = a_reminder_policy(), a_vehicle(), []
    readings = dict(weeks)
    for day in range(round(max(readings)) + 60):
        if day in readings:
            new = [seen("low_voltage_mv", readings[day], day=day)]
            car = replace(car, observations=merged(car.observations, new))
        said = conditions(car, policy=policy, zone=UTC, heard_at=at(day)) if car.observations else Found()
        fresh = a_forecast(items=with_conditions((), said.conditions), as_of=TODAY + day * DAY)
        car = with_forecast(car, fresh, reminder_policy=rule, as_of=fresh.as_of)
        due = reminders_due(fresh, reminded=car.reminded, policy=rule, on=fresh.as_of)
        asked += [(cycle, one.stage) for one in due for _, cycle in one.cycles]
        car = silenced(car, reminder_policy=rule, as_of=fresh.as_of)
    return asked


def test_a_condition_that_lasts_for_months_is_one_cycle_of_three_messages() -> None:
    """Only three weeks of readings are kept, so the first reading of the episode is soon forgotten."""
    asked = spoken_of([(day, WEAK) for day in range(0, 200, 3)])

    assert [stage for _, stage in asked] == [2, 3]
    assert {cycle for cycle, _ in asked} == {f"condition#{TODAY.isoformat()}"}


@settings(max_examples=25)
@given(st.sets(st.integers(0, 70), min_size=1))
def test_an_unchanged_condition_never_opens_a_new_cycle_whenever_it_is_read(days: set[int]) -> None:
    asked = spoken_of([(day, WEAK) for day in sorted(days)])

    assert len({cycle for cycle, _ in asked}) == 1
    assert len(asked) <= 3


@settings(max_examples=25)
@given(st.dictionaries(st.integers(0, 70), st.sampled_from([WEAK, GOOD]), min_size=1))
def test_however_a_condition_comes_and_goes_no_cycle_is_spoken_of_more_than_three_times(said: dict[int, int]) -> None:
    asked = spoken_of(sorted(said.items()))

    assert len(set(asked)) == len(asked)
    assert all(stage in {1, 2, 3} for _, stage in asked)
    began = sorted(TODAY.fromisoformat(cycle.partition("#")[2]) for cycle in {cycle for cycle, _ in asked})
    assert all((later - earlier).days > BATTERY.rest_days for earlier, later in pairwise(began))


def test_without_the_memory_of_what_was_asked_a_lasting_condition_would_open_a_new_cycle() -> None:
    """The naive twin: the cycle named by the first kept reading alone."""
    cycles = set()
    car = a_vehicle()
    for day in range(0, 60, 7):
        car = replace(car, observations=merged(car.observations, [seen("low_voltage_mv", WEAK, day=day)]))
        cycles.add(the_one(car).due_cycle)

    assert len(cycles) > 1


def test_a_condition_that_comes_and_goes_is_one_cycle_a_while() -> None:
    asked = spoken_of([(day, WEAK if day % 2 else GOOD) for day in range(26)])

    assert [stage for _, stage in asked] in ([2, 3], [2])
    assert len({cycle for cycle, _ in asked}) == 1


def test_a_condition_that_comes_back_after_a_rest_is_a_new_cycle() -> None:
    asked = spoken_of([(0, WEAK), (7, GOOD), (14, GOOD), (21, GOOD), (40, WEAK)])

    assert len({cycle for cycle, _ in asked}) == 2


def test_a_condition_that_grows_worse_stays_in_its_cycle_and_is_due_earlier() -> None:
    policy = a_condition_policy(
        a_rule(due_days=30, severity=Severity.ADVISE), a_rule(bound=11_000, due_days=0, severity=Severity.NOW)
    )
    mild = a_car(seen("low_voltage_mv", WEAK))
    worse = a_car(seen("low_voltage_mv", WEAK), seen("low_voltage_mv", 10_900, day=7))

    before, after = the_one(mild, policy=policy), the_one(worse, policy=policy)

    assert before.due_cycle == after.due_cycle
    assert (before.due_on, after.due_on) == (TODAY + 30 * DAY, TODAY + 7 * DAY)
    assert after.severity is Severity.NOW


def test_what_was_asked_for_a_condition_is_remembered_for_a_quarter() -> None:
    asked = Reminded("tyres", f"condition#{TODAY.isoformat()}", 1)

    assert is_remembered(asked, on=TODAY + 92 * DAY)
    assert not is_remembered(asked, on=TODAY + 93 * DAY)
    assert not is_remembered(replace(asked, due_cycle="start#0"), on=TODAY)
