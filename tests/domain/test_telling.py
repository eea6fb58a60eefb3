"""Others are told again when a due day really moved; planning looks at a car before it must speak, and seldom anew."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.telling import is_news, known, look_day, told_after
from ownerloop.domain.vehicle import ItemForecast, Told, Vehicle
from tests.builders import DAY, TODAY, a_forecast, a_vehicle, an_item_forecast

PERCENT = 5
days = st.integers(-400, 800).map(lambda number: TODAY + number * DAY)


def a_known_car(*, due_in: int = 100, remind_in: int | None = 70) -> Vehicle:
    remind_on = None if remind_in is None else TODAY + remind_in * DAY
    return a_vehicle(forecast=a_forecast(items=[an_item(due_in)]), remind_on=remind_on)


def an_item(due_in: int, *, item: str = "oil", severity: str | None = None, p90_in: int | None = None) -> ItemForecast:
    median = TODAY + due_in * DAY
    late = TODAY + (due_in if p90_in is None else p90_in) * DAY
    return replace(an_item_forecast(item=item), due_p10=median, due_p50=median, due_p90=late, severity=severity)


def must_hear(told: Told, items: tuple[ItemForecast, ...], remind_on: date | None) -> bool:
    return is_news(told, items, remind_on, as_of=TODAY, tolerance_percent=PERCENT)


@pytest.mark.parametrize(
    ("due_in", "moved", "is_told"), [(100, 5, False), (100, 6, True), (19, 1, True), (20, 1, False)]
)
def test_a_due_day_is_told_again_once_it_moved_by_more_than_a_twentieth_of_the_days_left(
    due_in: int, moved: int, is_told: bool
) -> None:
    car = a_known_car(due_in=due_in)

    assert must_hear(known(car), (an_item(due_in + moved),), car.remind_on) is is_told
    assert must_hear(known(car), (an_item(due_in - moved),), car.remind_on) is is_told


def test_a_p90_or_a_send_day_that_moved_is_news_too() -> None:
    car = a_known_car()

    assert must_hear(known(car), (an_item(100, p90_in=106),), car.remind_on)
    assert must_hear(known(car), (an_item(100),), TODAY + 60 * DAY)
    assert must_hear(known(car), (an_item(100),), None)
    assert must_hear(known(a_known_car(remind_in=None)), (an_item(100),), TODAY)


def test_another_item_or_severity_is_news_though_no_day_moved() -> None:
    car = a_known_car()

    assert must_hear(known(car), (an_item(100, item="coolant"),), car.remind_on)
    assert must_hear(known(car), (an_item(100, severity="now"),), car.remind_on)
    assert must_hear(known(car), (an_item(100), an_item(300)), car.remind_on)


def test_whom_to_remind_at_once_is_the_same_the_next_day() -> None:
    car = a_known_car(remind_in=-3)

    assert not must_hear(known(car), (an_item(100),), TODAY)


def test_a_car_that_nobody_heard_of_is_news() -> None:
    car = a_vehicle()
    held = replace(car, forecast=a_forecast(items=[an_item(100)]), told=told_after(car, (an_item(100),), None))

    assert must_hear(known(held), (an_item(100),), None)


@given(st.lists(st.integers(60, 140), min_size=1, max_size=20))
def test_what_others_know_is_never_farther_off_than_the_tolerance(medians: list[int]) -> None:
    car, heard = a_known_car(), 100
    for median in medians:
        items = (an_item(median),)
        if must_hear(known(car), items, car.remind_on):
            car, heard = replace(car, forecast=a_forecast(items=items), told=None), median
        else:
            car = replace(car, forecast=a_forecast(items=items), told=told_after(car, items, car.remind_on))

        assert abs(median - heard) * 100 <= heard * PERCENT


@given(days, st.none() | days, st.integers(0, 60))
def test_planning_looks_at_a_car_before_it_must_speak_and_never_twice_on_one_day(
    remind_on: date, held: date | None, passed: int
) -> None:
    as_of = min(TODAY + passed * DAY, remind_on)
    look_on = look_day(held, remind_on, as_of=as_of)

    assert look_on is not None
    assert as_of - DAY <= look_on <= remind_on
    planned = look_day(None, max(remind_on, as_of + DAY), as_of=as_of)
    assert planned is not None
    assert planned > as_of


def test_a_far_reminder_day_that_moves_leaves_the_look_where_it_is() -> None:
    first = look_day(None, TODAY + 200 * DAY, as_of=TODAY)

    assert first == TODAY + 150 * DAY
    assert look_day(first, TODAY + 180 * DAY, as_of=TODAY + 10 * DAY) == first
    assert look_day(first, TODAY + 120 * DAY, as_of=TODAY + 10 * DAY) == TODAY + timedelta(days=93)
    assert look_day(first, None, as_of=TODAY) is None


def test_a_car_is_found_on_its_reminder_day_at_the_latest() -> None:
    assert a_vehicle(remind_on=TODAY).found_on == TODAY
    assert replace(a_vehicle(remind_on=TODAY), look_on=TODAY + DAY).found_on == TODAY
    assert replace(a_vehicle(remind_on=TODAY), look_on=TODAY - DAY).found_on == TODAY - DAY
    assert replace(a_vehicle(), look_on=TODAY).found_on is None
