"""Years of driving of a synthetic fleet: odometer logs with season, changes of life, journeys and standstills.

Made to judge the forecast on cars that nobody has tuned to. No rule of the forecast is used here: a day's distance is
a product of what a life does to driving, not a draw from the forecast's own model.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from ownerloop.domain.rate import FloatArray
from ownerloop.domain.vehicle import Reading

_YEAR = 365.25
_SATURDAY = 5
# Set so that the plain formula and the simple rules err as facts §2.3 says they do on 19 real cars, within a tenth or
# two: how far the median car drives in a day, how the others lie around it, and what changes within one car.
_MEDIAN_KM, _RATE_SD = 30.0, 0.55
_CHANGE_EVERY_DAYS, _CHANGE_SD = 600.0, 0.40  # a new job, a move, a second car
_DRIFT_DAYS, _DRIFT_SD = 45.0, 0.20  # months with more or less to do
_LIVES_SD = 0.5  # how much the three above differ from life to life
_SEASON_MEAN, _SEASON_SD = 0.10, 0.07
_NOISE_SD = 0.6  # of one day against another
_IDLE_SHARE = 0.22  # of the days without driving
_JOURNEYS_A_YEAR, _JOURNEY_KM = 1.5, 400.0
_PAUSES_A_YEAR, _PAUSE_DAYS = 0.5, 10.0


@dataclass(frozen=True, slots=True)
class Log:
    """One car's odometer log."""

    vehicle_id: str
    readings: tuple[Reading, ...]


def synthetic_logs(*, cars: int, seed: int, starts_on: date = date(2017, 3, 1)) -> list[Log]:
    """Return the logs of a fleet, each two to six years long; the same seed gives the same logs."""
    draws = np.random.default_rng(seed).spawn(cars)
    return [_log(f"synthetic-{place:04d}", draw, starts_on) for place, draw in enumerate(draws)]


def _log(name: str, draw: np.random.Generator, starts_on: date) -> Log:
    starts_on += timedelta(days=int(draw.integers(0, 700)))
    days = int(draw.integers(2 * 365, 6 * 365))
    metres = np.cumsum(driven_km(draw, starts_on, days) * 1_000) + draw.uniform(0, 60e6)
    every = float(draw.choice([1.0, 3.0, 7.0, 12.0], p=[0.15, 0.25, 0.45, 0.13 + 0.02]))
    steps = np.maximum(1, draw.gamma(3.0, every / 3.0, size=int(2 * days / every) + 9)).astype(np.int64)
    read_on = np.cumsum(steps)
    read_on = read_on[read_on < days]
    start = datetime(starts_on.year, starts_on.month, starts_on.day, tzinfo=UTC)
    hours = draw.integers(7, 22, size=read_on.size)
    readings = tuple(
        Reading(start + timedelta(days=int(day), hours=int(hour)), int(metres[day]))
        for day, hour in zip(read_on, hours, strict=True)
    )
    return Log(name, readings)


def driven_km(draw: np.random.Generator, starts_on: date, days: int) -> FloatArray:
    """Return the km of each day."""
    day = np.arange(days)
    level = _MEDIAN_KM * np.exp(draw.normal(0, _RATE_SD))
    level = level * _regimes(draw, days) * np.exp(_drift(draw, days))
    of_year = (day + starts_on.timetuple().tm_yday) / _YEAR
    amplitude = abs(draw.normal(_SEASON_MEAN, _SEASON_SD))
    season = 1 + amplitude * np.cos(2 * np.pi * (of_year - 0.54 - draw.normal(0, 0.12)))
    is_weekend = (day + starts_on.weekday()) % 7 >= _SATURDAY
    week = np.where(is_weekend, draw.uniform(0.4, 1.8), 1.0)
    noise_sd = _NOISE_SD * np.exp(draw.normal(0, _LIVES_SD / 2))
    noise = np.exp(draw.normal(-(noise_sd**2) / 2, noise_sd, size=days))
    drives = draw.random(days) >= _IDLE_SHARE * draw.uniform(0.3, 1.7)
    km = level * season * week * noise * drives + _journeys(draw, days)
    km[_standing(draw, days)] = 0.0
    return np.asarray(km)


def _regimes(draw: np.random.Generator, days: int) -> FloatArray:
    """Return a factor for each day that changes at once, now and then, and stays; some lives change more often."""
    every = _CHANGE_EVERY_DAYS * np.exp(draw.normal(0, _LIVES_SD))
    changes = draw.random(days) < 1 / every
    factors = np.exp(draw.normal(0, _CHANGE_SD, size=int(changes.sum()) + 1))
    return np.asarray(factors[np.cumsum(changes)])


def _drift(draw: np.random.Generator, days: int) -> FloatArray:
    """Return the log of a factor that wanders and comes back."""
    keep = np.exp(-1 / _DRIFT_DAYS)
    deviation = _DRIFT_SD * np.exp(draw.normal(0, _LIVES_SD))
    steps = draw.normal(0, deviation * np.sqrt(1 - keep**2), size=days)
    value = draw.normal(0, deviation)
    drift = np.empty(days)
    for place, step in enumerate(steps):
        value = keep * value + step
        drift[place] = value
    return drift


def _journeys(draw: np.random.Generator, days: int) -> FloatArray:
    """Return the km of journeys: out on one day, back some days later."""
    km = np.zeros(days)
    rate = _JOURNEYS_A_YEAR * np.exp(draw.normal(0, 0.7))
    for start in np.flatnonzero(draw.random(days) < rate / _YEAR).tolist():
        far = draw.gamma(2.0, _JOURNEY_KM / 2)
        km[start] += far
        km[min(days - 1, start + int(draw.integers(2, 15)))] += far
    return km


def _standing(draw: np.random.Generator, days: int) -> npt.NDArray[np.bool_]:
    """Return on which days the car stands: holidays without it, illness, the workshop; each new year too for some."""
    stands = np.zeros(days, dtype=np.bool_)
    rate = _PAUSES_A_YEAR * np.exp(draw.normal(0, 0.5))
    for start in np.flatnonzero(draw.random(days) < rate / _YEAR).tolist():
        stands[start : start + int(draw.gamma(1.5, _PAUSE_DAYS / 1.5)) + 1] = True
    return stands
