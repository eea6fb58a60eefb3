"""The first day of a visit: what is published decides it, whoever computes it; later stages keep the fallback rule."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.first_day import NO_FIRSTS, FirstDay, Firsts, Timing, first_days
from ownerloop.domain.lead_time import Arm, drawn_lead
from ownerloop.domain.reminders import next_reminder, reminders_due
from ownerloop.domain.vehicle import Forecast, ItemForecast, Reminded, Vehicle
from tests.builders import TODAY, a_forecast, a_vehicle, an_item_forecast
from tests.lead_builders import a_lead_policy, a_lead_time, lags_of
from tests.policy_builders import a_reminder_policy

DAY = timedelta(days=1)
RULE = a_reminder_policy()
CYCLE = "start#10000000"
LEAD = a_lead_time(first_on=TODAY, lags=lags_of(7))
TIMING = Timing(a_lead_policy(), {"sh-pudong": LEAD})
OIL = ("oil", CYCLE)


def due_in(days: int, **changes: Any) -> ItemForecast:
    day = TODAY + days * DAY
    return an_item_forecast(
        **{"item": "oil", "due_cycle": CYCLE, "due_p10": day, "due_p50": day, "due_p90": day, **changes}
    )


def firsts(*items: ItemForecast, timing: Timing = TIMING, on: date = TODAY, **car: Any) -> Firsts:
    vehicle = replace(a_vehicle(), **{"store_id": "sh-pudong", **car})
    (found,) = first_days([vehicle], [a_forecast(items=items)], rule=RULE.visit, as_of=[on], timing=timing)
    return found


def spoken(forecast: Forecast, found: Firsts, *, through: int = 120) -> list[tuple[int, int, str | None]]:
    """Return (day, stage, arm) of each message, day by day, as planning asks for them."""
    asked: dict[tuple[str, str], Reminded] = {}
    said: list[tuple[int, int, str | None]] = []
    for day in range(through):
        on = TODAY + day * DAY
        for due in reminders_due(forecast, reminded=asked.values(), policy=RULE, on=on, firsts=found):
            said.append((day, due.stage, due.arm))
            asked |= {cycle: Reminded(*cycle, due.stage) for cycle in due.cycles}
    return said


def test_a_first_message_comes_on_the_priced_day_and_the_later_ones_by_the_rule() -> None:
    item = due_in(60)

    assert spoken(a_forecast(items=[item]), firsts(item)) == [(39, 1, "priced"), (53, 2, None), (67, 3, None)]


def test_without_a_published_lead_time_the_rule_speaks() -> None:
    item = due_in(60)

    assert firsts(item, timing=Timing()) == firsts(item, store_id="cd-gaoxin") == NO_FIRSTS
    assert spoken(a_forecast(items=[item]), NO_FIRSTS) == [(30, 1, "fallback"), (53, 2, None), (67, 3, None)]


def test_a_later_stage_that_would_follow_the_first_message_at_once_is_left_out() -> None:
    item = due_in(60)
    late = Firsts({OIL: FirstDay(TODAY + 50 * DAY, Arm.PRICED)}, stage_gap_days=5)

    assert spoken(a_forecast(items=[item]), late) == [(50, 2, "priced"), (67, 3, None)]


def test_a_visit_that_no_day_is_worth_a_message_is_left_to_the_later_stages() -> None:
    item = due_in(60)
    never = Firsts({OIL: FirstDay(None, Arm.PRICED)}, stage_gap_days=5)

    assert spoken(a_forecast(items=[item]), never) == [(53, 2, "fallback"), (67, 3, None)]


def test_a_visit_that_no_day_is_worth_a_message_is_looked_at_again_while_its_window_lasts() -> None:
    dear = replace(TIMING, leads={"sh-pudong": replace(LEAD, prices_fen=(30_000,) * 120)})
    item = due_in(40)

    looks = [firsts(item, timing=dear, on=TODAY + day * DAY).days[OIL].look_on for day in range(60)]

    found = sorted({look for look in looks if look})
    assert all(look > TODAY + day * DAY for day, look in enumerate(looks) if look)
    assert {(later - look).days for look, later in pairwise(found)} == {7}
    assert found[-1] <= TODAY + 46 * DAY < found[-1] + 7 * DAY
    assert looks[-1] is None


def test_the_day_to_look_again_says_nothing_by_itself() -> None:
    item = due_in(40)
    again = Firsts({OIL: FirstDay(None, Arm.PRICED, look_on=TODAY + 3 * DAY)}, stage_gap_days=5)
    forecast = a_forecast(items=[item])

    assert next_reminder(forecast, reminded=(), policy=RULE, as_of=TODAY, firsts=again) == TODAY + 3 * DAY
    assert reminders_due(forecast, reminded=(), policy=RULE, on=TODAY + 3 * DAY, firsts=again) == ()


def test_a_drawn_visit_speaks_on_its_drawn_day() -> None:
    timing = replace(TIMING, policy=a_lead_policy(explore_percent=100))
    item = due_in(70)

    found = firsts(item, timing=timing).days[OIL]

    lead = drawn_lead(a_vehicle().vehicle_id, CYCLE, policy=a_lead_policy())
    assert found == FirstDay(TODAY + (70 - lead) * DAY, Arm.RANDOM)
    assert firsts(item, timing=timing, on=TODAY + 69 * DAY).days[OIL].on == max(found.on, TODAY + 69 * DAY)  # type: ignore[type-var]
    assert firsts(item, timing=timing, on=TODAY + 77 * DAY).days[OIL].on is None


def test_a_visit_already_asked_for_has_no_first_day() -> None:
    assert firsts(due_in(60), reminded=(Reminded("oil", CYCLE, 1),)) == NO_FIRSTS


def test_what_the_car_itself_reports_is_never_put_off_by_a_price() -> None:
    assert firsts(due_in(3, basis="condition", severity="soon")) == NO_FIRSTS


def test_items_of_one_visit_have_one_first_day_by_the_earliest_of_them() -> None:
    brakes = due_in(65, item="brake_fluid", due_cycle="b")

    together = firsts(due_in(60), brakes)

    assert list(together.days) == [OIL]
    assert together.days[OIL] == firsts(due_in(60)).days[OIL]


def test_a_contact_can_say_why_its_day_was_chosen() -> None:
    item = due_in(60, due_p10=TODAY + 50 * DAY, due_p90=TODAY + 75 * DAY)
    dear = replace(TIMING, leads={"sh-pudong": replace(LEAD, prices_fen=(4_000,) * 120)})
    found = firsts(item, timing=dear)
    first = found.days[OIL]
    assert first.on is not None

    (due,) = reminders_due(a_forecast(items=[item]), reminded=(), policy=RULE, on=first.on, firsts=found)

    assert due.lead is not None
    assert due.lead.lead_days == (item.due_p50 - first.on).days
    assert (due.lead.due_p10, due.lead.due_p50, due.lead.due_p90) == (item.due_p10, item.due_p50, item.due_p90)
    assert (due.lead.value_fen, due.lead.price_fen) == (first.value_fen, 4_000)
    assert first.value_fen > 0


@given(
    leads=st.lists(st.integers(-10, 100), min_size=1, max_size=3),
    first=st.one_of(st.none(), st.integers(-5, 80)),
    gap=st.integers(0, 20),
)
def test_a_cycle_has_at_most_three_messages_and_the_next_reminder_names_their_days(
    leads: list[int], first: int | None, gap: int
) -> None:
    items = [due_in(days, item=f"item-{n}", due_cycle=f"c-{n}") for n, days in enumerate(leads)]
    forecast = a_forecast(items=items)
    earliest = min(items, key=lambda item: item.due_p50)
    day = None if first is None else TODAY + first * DAY
    found = Firsts({(earliest.item, earliest.due_cycle): FirstDay(day, Arm.PRICED)}, stage_gap_days=gap)
    asked: dict[tuple[str, str], Reminded] = {}
    times: dict[tuple[str, str], int] = {}

    on: date | None = next_reminder(forecast, reminded=(), policy=RULE, as_of=TODAY, firsts=found)
    while on is not None:
        said = reminders_due(forecast, reminded=asked.values(), policy=RULE, on=on, firsts=found)
        assert said
        for due in said:
            times |= {cycle: times.get(cycle, 0) + 1 for cycle in due.cycles}
            asked |= {cycle: Reminded(*cycle, due.stage) for cycle in due.cycles}
        on = next_reminder(forecast, reminded=asked.values(), policy=RULE, as_of=on, firsts=found)

    assert all(times[item.item, item.due_cycle] <= 3 for item in items)


def test_a_cars_first_days_are_the_same_in_any_batch() -> None:
    cars = [a_vehicle(vehicle_id=f"v_{n:024x}", store_id=["sh-pudong", "cd-gaoxin", "gone"][n % 3]) for n in range(30)]
    forecasts = [a_forecast(items=[due_in(n * 5)]) for n in range(30)]
    dear = replace(LEAD, store_id="cd-gaoxin", prices_fen=tuple(range(0, 36_000, 300)))
    timing = Timing(a_lead_policy(explore_percent=30), {"sh-pudong": LEAD, "cd-gaoxin": dear})

    def of(chosen: list[Vehicle], said: list[Forecast]) -> list[Firsts]:
        return first_days(chosen, said, rule=RULE.visit, as_of=[TODAY] * len(chosen), timing=timing)

    assert of(cars, forecasts) == [of([car], [one])[0] for car, one in zip(cars, forecasts, strict=True)]
