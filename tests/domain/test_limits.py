"""The limits of many cars in columns are those that a plain reading of the plan gives for each."""

from datetime import UTC, date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.believing import believe
from ownerloop.domain.calendar import add_months
from ownerloop.domain.clusters import odometer_of
from ownerloop.domain.courses import Course, courses_of
from ownerloop.domain.limits import Limit, limits_of
from ownerloop.domain.plans import PlanItem, ServicePlan
from ownerloop.domain.vehicle import ServiceDone, Vehicle
from tests.builders import TODAY, a_plan, a_reading, a_service, a_vehicle
from tests.policy_builders import a_forecast_policy

PLANS = (
    a_plan(PlanItem("oil", 10_000_000, 12), PlanItem("brake_fluid", None, 24), PlanItem("tyres", 40_000_000, None)),
    a_plan(PlanItem("inspection", None, 12), model="electric"),
    a_plan(PlanItem("oil", 7_500_000, None), model="petrol-suv"),
)
days = st.integers(-900, 0).map(lambda back: TODAY + timedelta(days=back))
services = st.builds(
    a_service,
    item=st.sampled_from(["oil", "inspection", "brake_fluid", "unknown"]),
    on=days,
    km=st.none() | st.integers(0, 60_000),
)
cars = st.builds(
    a_vehicle,
    evidence=st.lists(st.integers(0, 300), unique=True, max_size=4).map(
        lambda on: [a_reading(day=day, km=20_000 + 40 * day) for day in sorted(on)]
    ),
    services=st.lists(services, max_size=4),
    in_service_on=st.none() | days,
)


@given(fleet=st.lists(st.tuples(cars, st.sampled_from(PLANS)), max_size=6))
def test_many_cars_in_one_pass_have_each_the_limits_of_its_plan(fleet: list[tuple[Vehicle, ServicePlan]]) -> None:
    vehicles, plans = [car for car, _ in fleet], [plan for _, plan in fleet]
    points = believe([car.evidence for car in vehicles], policy=a_forecast_policy()).points
    courses = courses_of(points, np.full(len(fleet), 40_000.0), [UTC] * len(fleet))

    found = limits_of(vehicles, plans=plans, courses=courses)

    by_car = {place: found.of(range(start, end)) for place, start, end in found.spans}
    assert [by_car.get(place, []) for place in range(len(fleet))] == [
        plain_limits(car, plan, courses.of(place)) for place, (car, plan) in enumerate(fleet)
    ]


def plain_limits(car: Vehicle, plan: ServicePlan, course: Course) -> list[Limit]:
    newest = {done.item: done for done in sorted(car.services, key=lambda done: done.on)}
    found = [
        since_service(item, newest[item.item], car, course)
        if item.item in newest
        else since_start(item, car.in_service_on, course)
        for item in plan.items
    ]
    return [limit for limit in found if limit.target_m is not None or limit.limit_on is not None]


def since_service(item: PlanItem, done: ServiceDone, car: Vehicle, course: Course) -> Limit:
    base_m = odometer_of(done, car.replacements, zone=UTC)
    base_m = course.odometer_on(done.on) if base_m is None else base_m
    counts = item.every_m is not None and base_m is not None and course.last_on is not None
    return Limit(
        item=item.item,
        due_cycle=f"{done.on.isoformat()}#{'' if done.odometer_m is None else done.odometer_m}",
        target_m=(base_m or 0) + (item.every_m or 0) if counts else None,
        limit_on=add_months(done.on, item.every_months) if item.every_months else None,
        has_history=True,
    )


def since_start(item: PlanItem, in_service_on: date | None, course: Course) -> Limit:
    multiple_m = (course.last_m // item.every_m + 1) * item.every_m if item.every_m else 0
    return Limit(
        item=item.item,
        due_cycle=f"start#{multiple_m}",
        target_m=multiple_m if item.every_m and course.last_on else None,
        limit_on=add_months(in_service_on, item.every_months) if in_service_on and item.every_months else None,
        has_history=False,
    )
