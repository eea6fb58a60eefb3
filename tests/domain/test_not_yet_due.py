"""What is not yet due is known as far as the last reading shows it, and never by the mere passing of days (§5.4).

Beside the forecast stand two naive ones: one that takes silence for proof, and one that does not see the last reading.
"""

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.forecast import forecast
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Forecast, Vehicle
from tests.builders import DAY, TODAY, a_plan, a_plan_item, a_vehicle, readings
from tests.policy_builders import a_forecast_policy, a_usage_model

BOTH = a_plan(a_plan_item(every_months=12), a_plan_item(item="brake_fluid", every_km=None, every_months=24))
FLEET = Priors(version=1, metres_per_day={"*": 40_000})
PLAIN, BY_USAGE = a_forecast_policy(), a_forecast_policy(usage=a_usage_model())
RULES = pytest.mark.parametrize("policy", [PLAIN, BY_USAGE], ids=["plain", "by usage"])


def a_car(*, last_day: int = 60, km_per_day: float = 40, in_service: date | None = None) -> Vehicle:
    driven = readings(days=range(0, last_day + 1, 5), km_per_day=km_per_day)
    return a_vehicle(evidence=driven, in_service_on=in_service or TODAY - 30 * DAY)


def made(car: Vehicle, *, policy: ForecastPolicy, as_of: date) -> Forecast:
    found = forecast(car, plan=BOTH, priors=FLEET, policy=policy, as_of=as_of, zone=UTC)
    assert found is not None
    return found


def taking_silence_for_proof(found: Forecast) -> Forecast:
    """The naive twin: nothing was heard, so nothing is due before today."""
    late = [
        replace(
            item,
            due_p10=max(item.due_p10, found.as_of),
            due_p50=max(item.due_p50, found.as_of),
            due_p90=max(item.due_p90, found.as_of),
        )
        for item in found.items
    ]
    return replace(found, items=tuple(late))


def without_the_last_reading(car: Vehicle) -> Vehicle:
    """The naive twin: the quantiles are counted from the reading before."""
    return replace(car, evidence=car.evidence[:-1])


def is_unmoved_by_silence(early: Forecast, late: Forecast) -> bool:
    return early.items == late.items


@RULES
def test_a_car_that_fell_silent_is_overdue_by_distance_and_by_months_all_the_same(policy: ForecastPolicy) -> None:
    car = a_car()
    early, late = (made(car, policy=policy, as_of=TODAY + days * DAY) for days in (60, 900))

    assert is_unmoved_by_silence(early, late)
    assert all(item.due_p90 < late.as_of for item in late.items)
    assert {item.basis for item in late.items} == {"both", "time"}
    assert late.reading_age_days == 840
    assert not is_unmoved_by_silence(taking_silence_for_proof(early), taking_silence_for_proof(late))


@RULES
def test_a_reading_shows_that_nothing_was_due_before_it(policy: ForecastPolicy) -> None:
    """At 190 km a day it seemed due within days; then it hardly moved, and six weeks later 100 km are left."""
    fast = readings(days=range(0, 60, 5), from_km=9_000, km_per_day=190)
    stopped = replace(a_car(), evidence=(*fast, *readings(days=(100,), from_km=19_900, km_per_day=0)))
    last_on = TODAY + 100 * DAY

    seen, unseen = (made(car, policy=policy, as_of=last_on) for car in (stopped, without_the_last_reading(stopped)))

    assert seen.items[0].remaining_m == 100_000
    assert seen.items[0].due_p10 >= last_on
    assert unseen.items[0].due_p90 < last_on


@RULES
def test_months_that_ran_out_before_the_last_reading_are_due_on_their_day(policy: ForecastPolicy) -> None:
    """A reading shows a distance; it shows nothing about a date that has passed."""
    started = TODAY - 2 * 366 * DAY
    found = made(a_car(in_service=started), policy=policy, as_of=TODAY + 60 * DAY)

    assert found.items[0].due_p50 == started.replace(year=started.year + 1)
    assert found.items[1].due_p50 == started.replace(year=started.year + 2)
    assert found.items[0].due_p50 < TODAY


@RULES
@given(last_day=st.integers(5, 300), km_per_day=st.floats(0.5, 300), silent=st.integers(0, 2_000), served=st.booleans())
def test_days_never_move_with_the_day_they_are_asked_for_and_never_lie_before_what_a_reading_showed(
    policy: ForecastPolicy, last_day: int, km_per_day: float, silent: int, served: bool
) -> None:
    car = a_car(last_day=last_day - last_day % 5, km_per_day=km_per_day, in_service=TODAY if served else None)
    last_on = TODAY + timedelta(days=last_day - last_day % 5)

    now, later = (made(car, policy=policy, as_of=last_on + timedelta(days=days)) for days in (0, silent))

    assert is_unmoved_by_silence(now, later)
    item = now.items[0]
    assert item.remaining_m is not None
    if item.remaining_m > 0 and item.due_p10 < last_on:
        assert item.due_p10 == item.due_p90  # only the months can have run out before it
