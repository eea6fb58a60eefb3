"""Cars as they report on themselves, and the conditions that are found."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC

from ownerloop.domain.condition_rules import ConditionPolicy
from ownerloop.domain.conditions import Condition, Found, conditions
from ownerloop.domain.observations import Observation
from ownerloop.domain.vehicle import Reminded, Vehicle
from tests.builders import a_vehicle
from tests.condition_builders import a_condition_policy, at, kept

BATTERY = a_condition_policy()
WEAK, GOOD = 11_500, 12_700


def a_car(*observations: Observation | Iterable[Observation], reminded: Iterable[Reminded] = ()) -> Vehicle:
    return replace(a_vehicle(), observations=kept(*observations), reminded=tuple(reminded))


def found(car: Vehicle, *, policy: ConditionPolicy = BATTERY, heard_on: float | None = None) -> Found:
    heard_at = max(one.read_at for one in car.observations) if heard_on is None else at(heard_on)
    return conditions(car, policy=policy, zone=UTC, heard_at=heard_at)


def the_one(car: Vehicle, *, policy: ConditionPolicy = BATTERY) -> Condition:
    (condition,) = found(car, policy=policy).conditions
    return condition
