"""The forecast beside the plain formula on cars of one kind each: none of them is what the usage model was set by."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from ownerloop.domain.backtesting import OURS, PLAIN, cases_of
from ownerloop.domain.rate import FloatArray, IntArray
from ownerloop.domain.vehicle import Reading
from tests.policy_builders import a_forecast_policy, a_usage_model

CARS, DAYS = 14, 1_000
POLICY = a_forecast_policy(usage=a_usage_model())
STARTS_AT = datetime(2018, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "at_most"),
    [("steady", 0.9), ("noisy", 1.0), ("commuter", 0.95), ("seasonal", 0.85), ("job", 1.1), ("against", 1.0)],
)
def test_cars_of_one_kind_are_forecast_as_well_as_by_the_plain_formula(kind: str, at_most: float) -> None:
    cases = cases_of(a_fleet(kind), every_m=10_000_000, gap_days=30, policy=POLICY)

    ours, plain = (float(np.abs(cases.said[name][:, 1] - cases.true).mean()) for name in (OURS, PLAIN))

    assert ours <= at_most * plain


def a_fleet(kind: str) -> dict[str, list[Reading]]:
    """Return the weekly readings of cars that differ in how much they drive, and not in how."""
    fleet = {}
    for number, draw in enumerate(np.random.default_rng(7).spawn(CARS)):
        starts_at = STARTS_AT + timedelta(days=int(draw.integers(0, 365)))
        day = np.arange(DAYS)
        metres = np.cumsum(30_000 * np.exp(draw.normal(0, 0.5)) * _factors(kind, draw, day, starts_at.date()))
        on = np.arange(0, DAYS, 7)
        fleet[f"{kind}-{number}"] = [
            Reading(starts_at + timedelta(days=int(read_on)), int(metres[read_on])) for read_on in on
        ]
    return fleet


def _factors(kind: str, draw: np.random.Generator, day: IntArray, starts_on: date) -> FloatArray:
    """Return by how much each day differs from the car's usual one."""
    noise: FloatArray = np.exp(draw.normal(-0.08, 0.4, size=day.size))
    season = np.cos(2 * np.pi * ((day + starts_on.timetuple().tm_yday) / 365.25 - 0.54))  # summer is its peak
    is_workday = (day + starts_on.weekday()) % 7 < 5
    changes_on = int(draw.integers(300, 700))
    found: dict[str, FloatArray] = {
        "steady": np.ones(day.size),
        "noisy": noise**1.5,
        "commuter": np.where(is_workday, 1.3, 0.25) * noise**0.5,
        "seasonal": (1 + 0.2 * season) * noise,
        "job": np.where(day < changes_on, 1.0, np.exp(draw.choice([-0.6, 0.6]))) * noise,
        "against": (1 - 0.1 * season) * noise,
    }
    return found[kind]
