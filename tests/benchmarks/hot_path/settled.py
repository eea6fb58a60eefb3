"""The fleet on any day: cars that report daily, with forecasts that were told, and what was due asked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ownerloop.adapters.intake_rules import intake_rules
from ownerloop.adapters.memory import MemoryPriorsBook
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.evidence import merge
from ownerloop.domain.forecast import forecast_columns
from ownerloop.domain.replanning import silenced, with_forecast
from ownerloop.domain.vehicle import Reading, Vehicle
from tests.benchmarks.hot_path.fleet import BEGINS, BEGINS_SECONDS, DAY_SECONDS, Car
from tests.benchmarks.hot_path.ours import vehicle_of


def settled(fleet: Sequence[Car]) -> list[Vehicle]:
    """Return the cars with what is known of them when the traffic begins."""
    cars = [_reporting(car) for car in fleet]
    rules = intake_rules(BEGINS.date())
    zones = [rules.zone_of(car.store_id) for car in cars]
    days = [civil_day(BEGINS, zone) for zone in zones]
    outlooks = forecast_columns(
        cars,
        plans=[rules.plan_of(car.model, day) for car, day in zip(cars, days, strict=True)],
        priors=MemoryPriorsBook().current(),
        policy=rules.forecast,
        as_of=days,
        zones=zones,
    )
    known = [
        with_forecast(car, outlook.forecast, reminder_policy=rules.reminder, as_of=day)
        for car, outlook, day in zip(cars, outlooks, days, strict=True)
    ]
    asked = [silenced(car, reminder_policy=rules.reminder, as_of=day) for car, day in zip(known, days, strict=True)]
    return [replace(car, told=None) for car in asked]


def _reporting(car: Car) -> Vehicle:
    """Return the car with a reading on each day between its stored ones and the traffic."""
    vehicle = vehicle_of(car)
    days = range(car.seconds[-1] + DAY_SECONDS, BEGINS_SECONDS, DAY_SECONDS)
    lately = [Reading(datetime.fromtimestamp(second, UTC), car.odometer_at(second)) for second in days]
    return replace(vehicle, evidence=merge(vehicle.evidence, lately))
