"""The laws of the forecast: faster is never later, quantiles are in order, and many cars are forecast as each alone."""

from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.forecast import forecast, forecast_columns
from ownerloop.domain.plans import PlanItem
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Vehicle
from tests.builders import DAY, TODAY, a_plan, a_plan_item, a_reading, a_service, a_vehicle
from tests.domain.forecasts import FLEET, POLICY, the_item

drives = st.lists(st.tuples(st.integers(0, 560), st.integers(0, 60_000)), min_size=1, max_size=12)


def a_driven_car(drive: list[tuple[int, int]], *, served_km: int | None = None) -> Vehicle:
    days = sorted(day for day, _ in drive)
    steps = sorted(km for _, km in drive)
    services = [] if served_km is None else [a_service(on=TODAY - DAY, km=served_km)]
    return a_vehicle(
        evidence=[a_reading(day=day, km=km) for day, km in zip(days, steps, strict=True)],
        services=services,
        in_service_on=TODAY - 100 * DAY,
    )


@given(drive=drives, rates=st.tuples(st.integers(1_000, 400_000), st.integers(1_000, 400_000)))
def test_a_faster_car_is_never_due_later(drive: list[tuple[int, int]], rates: tuple[int, int]) -> None:
    """The prior moves the rate while everything else of the car stays as it is."""
    car = a_driven_car(drive)
    slow, fast = (the_item(car, priors=Priors(version=1, metres_per_day={"*": rate})) for rate in sorted(rates))

    assert fast.due_p10 <= slow.due_p10
    assert fast.due_p50 <= slow.due_p50
    assert fast.due_p90 <= slow.due_p90


@given(drive=drives, served_km=st.none() | st.integers(0, 60_000))
def test_quantiles_are_in_order_and_the_days_lie_in_the_calendar(
    drive: list[tuple[int, int]], served_km: int | None
) -> None:
    item = the_item(a_driven_car(drive, served_km=served_km))

    assert item.due_p10 <= item.due_p50 <= item.due_p90


@given(cars=st.lists(st.tuples(drives, st.none() | st.integers(0, 60_000)), max_size=8))
def test_many_cars_in_one_pass_are_each_forecast_as_alone(cars: list[tuple[list[tuple[int, int]], int | None]]) -> None:
    plan = a_plan(
        a_plan_item(every_months=12),
        a_plan_item(item="inspection", every_km=20_000),
        PlanItem(item="brake_fluid", every_m=None, every_months=24),
    )
    fleet = [a_driven_car(drive, served_km=served_km) for drive, served_km in cars] + [a_vehicle()]

    together = forecast_columns(
        fleet,
        plans=[plan] * len(fleet),
        priors=FLEET,
        policy=POLICY,
        as_of=[TODAY + timedelta(days=600)] * len(fleet),
        zones=[UTC] * len(fleet),
    )

    alone = [
        forecast(car, plan=plan, priors=FLEET, policy=POLICY, as_of=TODAY + timedelta(days=600), zone=UTC)
        for car in fleet
    ]
    assert [outlook.forecast for outlook in together] == alone


def test_no_cars_are_no_forecasts() -> None:
    assert forecast_columns([], plans=[], priors=FLEET, policy=POLICY, as_of=[], zones=[]) == []
