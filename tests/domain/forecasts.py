"""Forecasts under one policy and one fleet."""

from datetime import UTC, date

from ownerloop.domain.forecast import forecast
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle
from tests.builders import TODAY, a_plan
from tests.policy_builders import a_forecast_policy

POLICY = a_forecast_policy()
FLEET = Priors(version=7, metres_per_day={"*": 35_000})


def made(vehicle: Vehicle, *, plan: ServicePlan | None = None, as_of: date = TODAY, priors: Priors = FLEET) -> Forecast:
    found = forecast(vehicle, plan=plan or a_plan(), priors=priors, policy=POLICY, as_of=as_of, zone=UTC)
    assert found is not None
    return found


def the_item(vehicle: Vehicle, *, plan: ServicePlan | None = None, priors: Priors = FLEET) -> ItemForecast:
    (item,) = made(vehicle, plan=plan, priors=priors).items
    return item
