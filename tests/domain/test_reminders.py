"""Reminders: at most three a due cycle, each stage once, the highest that was reached."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.contact import LeadChoice
from ownerloop.domain.lead_time import Arm
from ownerloop.domain.reminders import DueReminder, next_reminder, reminders_due
from ownerloop.domain.vehicle import Forecast, ItemForecast, Reminded
from ownerloop.domain.visits import visits
from tests.builders import DAY, TODAY, a_forecast, an_item_forecast
from tests.policy_builders import a_reminder_policy

POLICY = a_reminder_policy()
CYCLE = "start#10000000"


def asked(stage: int, *, due_cycle: str = CYCLE, item: str = "oil") -> Reminded:
    return Reminded(item=item, due_cycle=due_cycle, stage=stage)


def stages_due(forecast: Forecast, *reminded: Reminded, day: int = 0) -> list[int]:
    return [due.stage for due in reminders_due(forecast, reminded=reminded, policy=POLICY, on=TODAY + day * DAY)]


@pytest.mark.parametrize(
    ("days_to_due", "stages"),
    [(31, []), (30, [1]), (8, [1]), (7, [2]), (0, [2]), (-6, [2]), (-7, [3]), (-400, [3])],
)
def test_a_stage_is_reached_by_the_median(days_to_due: int, stages: list[int]) -> None:
    forecast = a_forecast(items=[an_item_forecast(due_p50=TODAY + days_to_due * DAY)])

    assert stages_due(forecast) == stages


@pytest.mark.parametrize(("remaining_km", "stages"), [(1_501, []), (1_500, [1]), (501, [1]), (500, [2]), (-900, [2])])
def test_a_stage_is_reached_by_the_distance_left(remaining_km: int, stages: list[int]) -> None:
    item = an_item_forecast(due_p50=TODAY + 90 * DAY, remaining_m=remaining_km * 1_000, basis="distance")

    assert stages_due(a_forecast(items=[item])) == stages


def test_the_distance_left_shrinks_while_a_car_is_silent() -> None:
    item = an_item_forecast(due_p50=TODAY + 90 * DAY, remaining_m=1_900_000, basis="distance")
    forecast = a_forecast(items=[item], metres_per_day=40_000, reading_age_days=5)

    assert stages_due(forecast, day=4) == []
    assert stages_due(forecast, day=5) == [1]
    assert next_reminder(forecast, reminded=(), policy=POLICY, as_of=TODAY) == TODAY + 5 * DAY


def test_a_stage_that_was_asked_is_not_asked_again_in_its_cycle() -> None:
    forecast = a_forecast(items=[an_item_forecast(due_p50=TODAY + 5 * DAY, due_cycle=CYCLE)])

    assert stages_due(forecast, asked(1)) == [2]
    assert stages_due(forecast, asked(2)) == []
    assert stages_due(forecast, asked(3, due_cycle="start#0"), asked(3, item="inspection")) == [2]


def test_stages_that_were_missed_are_not_made_up_for() -> None:
    forecast = a_forecast(items=[an_item_forecast(due_p50=TODAY - 10 * DAY)])

    assert stages_due(forecast) == [3]
    assert stages_due(forecast, asked(3)) == []
    assert next_reminder(forecast, reminded=[asked(3)], policy=POLICY, as_of=TODAY) is None


def test_a_due_reminder_carries_what_its_contact_needs() -> None:
    due_on = TODAY + 20 * DAY
    forecast = a_forecast(items=[an_item_forecast(item="oil", due_cycle=CYCLE, due_p50=due_on)])

    assert reminders_due(forecast, reminded=(), policy=POLICY, on=TODAY) == (
        DueReminder(
            item="oil",
            due_cycle=CYCLE,
            stage=1,
            valid_days=14,
            priority=40,
            due_p50=due_on,
            arm=Arm.FALLBACK,
            lead=LeadChoice(lead_days=20, due_p10=due_on, due_p50=due_on, due_p90=due_on),
        ),
    )


def test_the_next_reminder_is_the_first_of_all_items_and_never_in_the_past() -> None:
    forecast = a_forecast(
        items=[
            an_item_forecast(item="oil", due_p50=TODAY + 90 * DAY),
            an_item_forecast(item="inspection", due_p50=TODAY + 50 * DAY),
        ]
    )

    assert next_reminder(forecast, reminded=(), policy=POLICY, as_of=TODAY) == TODAY + 20 * DAY
    assert next_reminder(forecast, reminded=(), policy=POLICY, as_of=TODAY + 25 * DAY) == TODAY + 25 * DAY


items = st.builds(
    an_item_forecast,
    item=st.sampled_from(["oil", "inspection", "coolant"]),
    due_p50=st.integers(-100, 200).map(lambda days: TODAY + timedelta(days=days)),
    remaining_m=st.none() | st.integers(-5_000_000, 9_000_000),
)
forecasts = st.builds(
    a_forecast,
    items=st.lists(items, min_size=1, max_size=3, unique_by=lambda item: item.item),
    metres_per_day=st.integers(0, 300_000),
    reading_age_days=st.integers(0, 100),
)


def one_visit(*days_apart: int, severities: tuple[str | None, ...] = (None, None, None)) -> Forecast:
    names = ("oil", "brake_fluid", "tyres")
    return a_forecast(
        items=[
            an_item_forecast(item=name, due_p50=TODAY + (20 + days) * DAY, severity=severity)
            for name, days, severity in zip(names, days_apart, severities, strict=False)
        ]
    )


def test_what_lies_within_one_visit_is_asked_for_together_by_the_name_of_its_first_item() -> None:
    (due,) = reminders_due(one_visit(0, 15), reminded=(), policy=POLICY, on=TODAY)

    assert (due.item, due.bundled, due.stage) == ("oil", (("brake_fluid", CYCLE),), 1)
    assert due.items == ("oil", "brake_fluid")
    assert due.due_p50 == TODAY + 20 * DAY


def test_an_item_that_was_asked_for_at_this_stage_is_not_named_again() -> None:
    (due,) = reminders_due(one_visit(0, 5, 9), reminded=[asked(1, item="brake_fluid")], policy=POLICY, on=TODAY)

    assert due.items == ("oil", "tyres")


def test_an_item_that_joins_a_visit_that_was_asked_for_is_asked_for_all_the_same() -> None:
    """A fault that shows after the last word on an overdue service must not be lost in that visit."""
    forecast = one_visit(-30, -20, severities=(None, "now"))

    (due,) = reminders_due(forecast, reminded=[asked(3)], policy=POLICY, on=TODAY)

    assert due.items == ("brake_fluid",)


def test_what_cannot_wait_makes_its_visit_urgent() -> None:
    (calm,) = reminders_due(one_visit(0, 5, severities=(None, "soon")), reminded=(), policy=POLICY, on=TODAY)
    (urgent,) = reminders_due(one_visit(0, 5, severities=(None, "now")), reminded=(), policy=POLICY, on=TODAY)

    assert (calm.priority, calm.has_condition) == (40, True)
    assert (urgent.priority, urgent.has_condition) == (15, True)


@given(forecasts)
def test_day_by_day_each_item_is_named_at_most_three_times_and_only_on_the_day_that_was_foretold(
    forecast: Forecast,
) -> None:
    reminded: list[Reminded] = []
    spoken: list[tuple[str, int]] = []

    for day in range(260):
        on = TODAY + day * DAY
        named = next_reminder(forecast, reminded=reminded, policy=POLICY, as_of=on)
        due = reminders_due(forecast, reminded=reminded, policy=POLICY, on=on)
        assert bool(due) is (named == on)
        reminded += [Reminded(item, cycle, one.stage) for one in due for item, cycle in one.cycles]
        spoken += [(item, one.stage) for one in due for item in one.items]

    assert len(set(spoken)) == len(spoken)
    for item in forecast.items:
        stages = [stage for name, stage in spoken if name == item.item]
        assert stages == sorted(stages)
        assert stages[-1] == 3


@given(forecasts)
def test_no_visit_is_spoken_of_more_than_three_times_while_its_forecast_stands(forecast: Forecast) -> None:
    reminded: list[Reminded] = []
    messages = 0

    for day in range(260):
        due = reminders_due(forecast, reminded=reminded, policy=POLICY, on=TODAY + day * DAY)
        reminded += [Reminded(item, cycle, one.stage) for one in due for item, cycle in one.cycles]
        messages += len(due)

    assert messages <= 3 * len(visits(forecast.items, rule=POLICY.visit))


near_items = st.builds(
    an_item_forecast,
    item=st.sampled_from(["oil", "tyres", "inspection"]),
    due_p50=st.integers(-60, 400).map(lambda days: TODAY + days * DAY),
    remaining_m=st.none() | st.integers(-3_000_000, 12_000_000),
)


@given(
    items=st.lists(near_items, min_size=1, max_size=4),
    metres_per_day=st.integers(0, 200_000),
    reading_age_days=st.integers(0, 90),
)
def test_the_quick_way_to_the_first_day_of_a_car_is_the_rule_itself(
    items: list[ItemForecast], metres_per_day: int, reading_age_days: int
) -> None:
    forecast = a_forecast(items=items, metres_per_day=metres_per_day, reading_age_days=reading_age_days)
    other = asked(1, item="another", due_cycle="other")  # of no item here, so that nothing is asked but the long way

    quick = next_reminder(forecast, reminded=(), policy=POLICY, as_of=TODAY)

    assert quick == next_reminder(forecast, reminded=[other], policy=POLICY, as_of=TODAY)
