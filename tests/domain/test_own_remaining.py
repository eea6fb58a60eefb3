"""The car's own word of its next service: it wins while it is fresh, and a service makes it void (design §5.5)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.forecast import forecast, forecast_columns
from ownerloop.domain.observations import Observation
from ownerloop.domain.plans import PlanItem, ServicePlan
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Forecast, ItemForecast, Reminded, Vehicle
from tests.builders import TODAY, a_plan, a_plan_item, a_reading, a_service, a_vehicle, readings
from tests.condition_builders import DAY, a_condition_policy, codes, kept, seen
from tests.policy_builders import a_forecast_policy, a_usage_model

POLICY = replace(a_forecast_policy(), conditions=a_condition_policy())
FLEET = Priors(version=7, metres_per_day={"*": 40_000})
OIL_AND_BRAKES = a_plan(a_plan_item(every_months=12), a_plan_item(item="brake_fluid", every_km=None, every_months=24))
ELECTRIC = a_plan(a_plan_item(item="inspection", every_km=None, every_months=24))
DISTANCE, TIME = "service_distance_m", "service_time_s"


def a_car(*said: Observation | Iterable[Observation], days: int = 60, **changes: object) -> Vehicle:
    """Return a car that drives 40 km a day from 10,000 km, read every ten days to the 12,400 km of day 60."""
    car = a_vehicle(evidence=readings(days=range(0, days + 1, 10)), in_service_on=TODAY - 100 * DAY)
    return replace(car, observations=kept(*said), **changes)  # type: ignore[arg-type]


def made(car: Vehicle, *, plan: ServicePlan = OIL_AND_BRAKES, as_of_day: int = 60) -> Forecast:
    found = forecast(car, plan=plan, priors=FLEET, policy=POLICY, as_of=TODAY + as_of_day * DAY, zone=UTC)
    assert found is not None
    return found


def oil(car: Vehicle, *, plan: ServicePlan = OIL_AND_BRAKES) -> ItemForecast:
    return next(item for item in made(car, plan=plan).items if item.item == "oil")


def test_the_cars_own_distance_replaces_the_plans_for_the_next_item_alone() -> None:
    plain, told = made(a_car()), made(a_car(seen(DISTANCE, 3_000_000, day=60)))

    assert plain.items[0].remaining_m == 7_600_000
    assert (told.items[0].item, told.items[0].remaining_m, told.items[0].basis) == ("oil", 3_000_000, "both")
    assert told.items[0].due_p50 == TODAY + (60 + 75) * DAY
    assert told.items[1] == plain.items[1]
    assert "own_remaining" in told.reasons
    assert "own_remaining" not in plain.reasons


def test_an_own_distance_counts_from_where_the_car_was_when_it_said_so() -> None:
    """On day 50 the car stood at 12,000 km, so 3,000 km more are 2,600 from the last reading."""
    assert oil(a_car(seen(DISTANCE, 3_000_000, day=50))).remaining_m == 2_600_000
    assert oil(a_car(seen(DISTANCE, 3_000_000, day=65))).remaining_m == pytest.approx(3_200_000, abs=2_000)


def test_the_plans_months_go_on_beside_an_own_distance() -> None:
    car = a_car(seen(DISTANCE, 30_000_000, day=60))

    assert oil(car).due_p50 == TODAY.replace(year=TODAY.year + 1) - 100 * DAY


def test_the_cars_own_days_replace_the_item_whole() -> None:
    item = oil(a_car(seen(TIME, 30 * 86_400, day=60)))

    assert (item.due_p10, item.due_p50, item.due_p90) == (TODAY + 90 * DAY,) * 3
    assert (item.remaining_m, item.basis) == (None, "time")


def test_of_both_own_words_the_earlier_one_rules() -> None:
    item = oil(a_car(seen(DISTANCE, 3_000_000, day=60), seen(TIME, 30 * 86_400, day=60)))

    assert (item.remaining_m, item.basis, item.due_p50) == (3_000_000, "both", TODAY + 90 * DAY)


@pytest.mark.parametrize(("age", "is_used"), [(14, True), (15, False)])
def test_an_own_word_counts_for_two_weeks_up_to_the_newest_reading(age: int, is_used: bool) -> None:
    found = made(a_car(seen(DISTANCE, 3_000_000, day=60 - age)))

    assert ("own_remaining" in found.reasons) is is_used
    assert ("own_remaining_stale" in found.reasons) is not is_used
    assert (found.items == made(a_car()).items) is not is_used


def test_the_passing_of_days_alone_makes_no_word_stale() -> None:
    car = a_car(seen(DISTANCE, 3_000_000, day=60))

    assert made(car, as_of_day=400).items == made(car).items


def test_an_overdue_own_distance_is_due_no_later_than_it_was_said() -> None:
    parked = a_vehicle(evidence=[a_reading(day=3, km=12_400)])
    once = replace(parked, observations=kept(seen(DISTANCE, -500_000, day=3)))
    driven = a_car(seen(DISTANCE, -800_000, day=60))
    ahead = a_car(seen(DISTANCE, -1_000, day=64))

    assert oil(once).due_p50 == TODAY + 3 * DAY
    assert (oil(driven).remaining_m, oil(driven).due_p50) == (-800_000, TODAY + 40 * DAY)
    assert oil(ahead).due_p90 <= TODAY + 64 * DAY


def test_overdue_own_days_lie_before_the_reading() -> None:
    assert oil(a_car(seen(TIME, -26 * 86_400, day=60))).due_p50 == TODAY + 34 * DAY


def test_a_service_makes_void_what_was_said_up_to_its_day() -> None:
    said = seen(DISTANCE, -500_000, day=60)
    served = a_car(said, services=(a_service(item="brake_fluid", on=TODAY + 60 * DAY),))
    before = a_car(said, services=(a_service(item="brake_fluid", on=TODAY + 59 * DAY),))

    assert not {"own_remaining", "own_remaining_stale"} & set(made(served).reasons)
    assert "own_remaining" in made(before).reasons


def test_an_electric_car_without_kilometres_says_its_days() -> None:
    car = a_car(seen(TIME, 200 * 86_400, day=60))

    (item,) = made(car, plan=ELECTRIC).items

    assert (item.item, item.remaining_m, item.due_p50) == ("inspection", None, TODAY + 260 * DAY)


def test_a_plan_that_cannot_be_counted_is_forecast_by_the_cars_own_days() -> None:
    car = replace(a_vehicle(), observations=kept(seen(TIME, 200 * 86_400, day=60)))

    (item,) = made(car, plan=ELECTRIC).items

    assert (item.item, item.due_p50, item.due_cycle) == ("inspection", TODAY + 260 * DAY, "start#0")


def test_without_an_odometer_an_own_distance_leads_to_no_day() -> None:
    car = replace(a_vehicle(in_service_on=TODAY), observations=kept(seen(DISTANCE, 3_000_000, day=60)))

    assert "own_remaining" not in made(car).reasons


def test_an_own_target_beyond_the_plans_multiple_opens_no_cycle_when_the_multiple_is_passed() -> None:
    """Due at 10,800 km by its own word: the plan's multiple of 10,000 km passes on the way."""
    before = a_vehicle(evidence=[a_reading(day=0, km=9_600), a_reading(day=9, km=9_960)])
    after = replace(before, evidence=(*before.evidence, a_reading(day=12, km=10_080)))

    told = oil(replace(before, observations=kept(seen(DISTANCE, 840_000, day=9))))
    later = oil(replace(after, observations=kept(seen(DISTANCE, 720_000, day=12))))

    assert told.due_cycle == later.due_cycle == "start#10000000"


def test_an_own_target_between_two_multiples_stays_in_the_cycle_that_was_asked_for() -> None:
    nearly_half = a_car(seen(DISTANCE, 2_550_000, day=60))  # at 14,950 km
    over_half = a_car(seen(DISTANCE, 2_650_000, day=60))  # at 15,050 km
    asked = replace(over_half, reminded=(Reminded("oil", "start#10000000", 1),))

    assert oil(nearly_half).due_cycle == "start#10000000"
    assert oil(over_half).due_cycle == "start#20000000"
    assert oil(asked).due_cycle == "start#10000000"


def test_a_cycle_that_a_service_opened_keeps_its_name() -> None:
    car = a_car(seen(DISTANCE, 3_000_000, day=60), services=(a_service(on=TODAY + 20 * DAY, km=10_800),))

    assert oil(car).due_cycle == "2026-01-25#10800000"


def test_what_the_car_reports_stands_in_its_forecast_like_any_other_item() -> None:
    found = made(a_car(seen("low_voltage_mv", 11_500, day=58)))

    battery = found.items[-1]
    assert [item.item for item in found.items] == ["oil", "brake_fluid", "low_voltage_battery"]
    assert (battery.basis, battery.severity, battery.due_p50) == ("condition", "soon", TODAY + 65 * DAY)
    assert "condition:low_voltage_mv:soon" in found.reasons


def test_a_car_that_only_reports_a_condition_has_a_forecast() -> None:
    found = made(replace(a_vehicle(), observations=kept(seen("low_voltage_mv", 11_500))))

    assert [item.item for item in found.items] == ["low_voltage_battery"]
    assert "no_reading" in found.reasons


said = st.lists(
    st.one_of(
        st.builds(seen, st.just(DISTANCE), st.integers(-9_000_000, 30_000_000), day=st.integers(0, 90)),
        st.builds(seen, st.just(TIME), st.integers(-9_000_000, 90_000_000), day=st.integers(0, 90)),
        st.builds(seen, st.just("low_voltage_mv"), st.integers(9_000, 13_000), day=st.integers(0, 90)),
    ),
    max_size=6,
)
cars = st.builds(
    lambda told, days, served: replace(
        a_car(told, days=days), services=(a_service(on=TODAY + 20 * DAY, km=10_800),) if served else ()
    ),
    said,
    st.integers(10, 80),
    st.booleans(),
)


@pytest.mark.parametrize("policy", [POLICY, replace(POLICY, usage=a_usage_model())])
@given(fleet=st.lists(cars, max_size=5))
def test_many_cars_in_one_pass_are_each_forecast_as_alone(policy: object, fleet: list[Vehicle]) -> None:
    everyone = [*fleet, a_vehicle(), replace(a_vehicle(), observations=kept(codes("P0301")))]
    plan = a_plan(*OIL_AND_BRAKES.items, PlanItem(item="inspection", every_m=20_000_000, every_months=None))
    as_of = TODAY + timedelta(days=100)

    together = forecast_columns(
        everyone,
        plans=[plan] * len(everyone),
        priors=FLEET,
        policy=policy,  # type: ignore[arg-type]
        as_of=[as_of] * len(everyone),
        zones=[UTC] * len(everyone),
    )

    alone = [forecast(car, plan=plan, priors=FLEET, policy=policy, as_of=as_of, zone=UTC) for car in everyone]  # type: ignore[arg-type]
    assert [outlook.forecast for outlook in together] == alone


@given(car=cars)
def test_quantiles_stay_in_order_and_days_do_not_depend_on_when_they_are_asked_for(car: Vehicle) -> None:
    early, late = made(car, as_of_day=100), made(car, as_of_day=900)

    assert early.items == late.items
    for item in early.items:
        assert item.due_p10 <= item.due_p50 <= item.due_p90
