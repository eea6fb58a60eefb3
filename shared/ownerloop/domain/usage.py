"""How a car is used: what it drives on the whole, what fades, what comes back each year, and how sure that is.

A car's rate is the season of all cars times `level + fading parts + a season of its own + noise`, each with a variance
relative to the square of the rate (Harvey 1989, structural time series; Lawless, Hu and Cao 1995 for the level between
cars). The best linear guess of each part from the believed points follows from its covariances (kriging). Ages run from
the car's own last point. As everything is relative, the weights hang on the days alone, not on what was driven.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ownerloop.domain.policy import UsageModel
from ownerloop.domain.rate import DAY_SECONDS, FloatArray, IntArray, Points

# Days before the last point at which the windows begin and end: fine where much is fading, coarse where little is.
EDGES = (0, 7, 14, 28, 56, 84, 126, 182, 252, 336, 448, 574)  # evidence reaches back 82 weeks at most
_EDGES = np.array(EDGES, dtype=np.int64) * DAY_SECONDS
_NEAR, _FAR = np.array(EDGES[:-1], dtype=np.float64), np.array(EDGES[1:], dtype=np.float64)
# Days ahead at which the distance is worked out: in equal ratios up to four years, and the horizon of the told rate.
SHOWN_DAYS = 90.0
_HORIZONS = np.sort(np.concatenate([[0.0, SHOWN_DAYS], np.geomspace(4.0, 1_460.0, 27)]))
_SHOWN_AT = int(np.searchsorted(_HORIZONS, SHOWN_DAYS))
_SINCE, _UNTIL = _HORIZONS[:-1], _HORIZONS[1:]
_SPREAD_MIN_DAYS = 2.0
_UNSEEN = 1e-6  # days: a window without readings weighs nothing
_ONE = np.eye(_NEAR.size)
_TURN = 2 * np.pi / 365.25
_SLOWEST = 0.1  # of the level: no season and no fading part brings a car closer to a standstill


@dataclass(frozen=True, slots=True)
class Usage:
    """For each car the metres that it is expected to drive within each horizon, and how unsure they are."""

    metres: FloatArray  # cars x horizons, growing
    variance: FloatArray  # cars x horizons: of the distance, in days of driving squared

    def days_to(self, metres: FloatArray, cars: IntArray) -> FloatArray:
        """Return the days until each named car has driven so far; beyond four years its last pace goes on."""
        driven, row = self.metres[cars], np.arange(cars.size)
        at = _within((driven <= metres[:, None]).sum(axis=1))
        low, high = driven[row, at - 1], driven[row, at]
        days: FloatArray = _HORIZONS[at - 1] + (metres - low) / (high - low) * (_HORIZONS[at] - _HORIZONS[at - 1])
        return days

    def spread(self, days: FloatArray, cars: IntArray) -> FloatArray:
        """Return the standard deviation of the log of the days to go.

        Less than two days count as two, so that the ends stay finite and a faster car is never due later; more than
        four years count as four.
        """
        ahead = np.minimum(np.maximum(days, _SPREAD_MIN_DAYS), _HORIZONS[-1])
        at = _within(_HORIZONS.searchsorted(ahead))
        share = (ahead - _HORIZONS[at - 1]) / (_HORIZONS[at] - _HORIZONS[at - 1])
        low, high = self.variance[cars, at - 1], self.variance[cars, at]
        deviation: FloatArray = np.sqrt(low + share * (high - low)) / ahead
        return deviation

    @property
    def rates(self) -> FloatArray:
        """Return the mean metres a day that each car is expected to drive within the next 90 days."""
        rates: FloatArray = self.metres[:, _SHOWN_AT] / SHOWN_DAYS
        return rates


def _within(places: IntArray) -> IntArray:
    """Return the places of horizons that have one before them."""
    return np.minimum(np.maximum(places, 1), _HORIZONS.size - 1)


def usage_of(points: Points, prior: FloatArray, *, model: UsageModel) -> Usage:
    """Return what each car is expected to drive; a car with fewer than two points drives as the prior does."""
    metres, days = _windows(points)
    today = _today(points)
    shape = _shape(model)
    seen = np.maximum(days, _UNSEEN)
    rate = metres / seen / _season(today - _FAR, today - _NEAR, model)
    between = shape.between + _ONE * (model.noise_days / seen)[:, None, :]
    right = np.empty((*days.shape, 1 + shape.ahead.shape[1]))
    right[:, :, 0] = np.where(days > _UNSEEN, rate - prior[:, None], 0.0)
    right[:, :, 1:] = shape.ahead
    solved = shape.ahead.T @ np.linalg.solve(between, right)
    parts = solved[:, :, 0]
    parts[:, 0] += prior
    pace = _pace(parts, shape, prior) * _season(today + _SINCE, today + _UNTIL, model)
    driven = np.zeros((prior.size, _HORIZONS.size))
    np.cumsum(pace * (_UNTIL - _SINCE), axis=1, out=driven[:, 1:])
    return Usage(metres=driven, variance=model.spread_factor * _variance(solved[:, :, 1:], shape))


@dataclass(frozen=True, slots=True)
class _Shape:
    between: FloatArray  # windows x windows: covariance of their rates without noise
    ahead: FloatArray  # windows x parts: covariance of a window's rate and a part of today's
    reach: FloatArray  # parts x horizons: metres within the horizon for one metre a day of the part today
    unsure: FloatArray  # horizons: variance of the distance before anything is known


@cache
def _shape(model: UsageModel) -> _Shape:
    near, far, wide = _NEAR, _FAR, _FAR - _NEAR
    between = np.full((wide.size, wide.size), model.level_variance)
    ahead = [np.full(wide.size, model.level_variance)]
    reach = [_HORIZONS]
    unsure = model.level_variance * _HORIZONS**2 + model.noise_days * _HORIZONS
    for variance, tau in model.fading:
        fades = tau / wide * (np.exp(-near / tau) - np.exp(-far / tau))
        grows = tau / wide * (np.exp(far / tau) - np.exp(near / tau))
        apart = np.outer(grows, fades)
        alone = 2 * tau / wide * (1 - tau / wide * (1 - np.exp(-wide / tau)))
        between += variance * (np.triu(apart, 1) + np.triu(apart, 1).T + np.diag(alone))
        ahead.append(variance * fades)
        reach.append(tau * (1 - np.exp(-_HORIZONS / tau)))
        unsure += 2 * variance * tau * (_HORIZONS - tau * (1 - np.exp(-_HORIZONS / tau)))
    cosine = (np.sin(_TURN * far) - np.sin(_TURN * near)) / (_TURN * wide)
    sine = (np.cos(_TURN * far) - np.cos(_TURN * near)) / (_TURN * wide)
    between += model.season_variance * (np.outer(cosine, cosine) + np.outer(sine, sine))
    ahead += [model.season_variance * cosine, model.season_variance * sine]
    reach += [np.sin(_TURN * _HORIZONS) / _TURN, (1 - np.cos(_TURN * _HORIZONS)) / _TURN]
    unsure += model.season_variance * (reach[-1] ** 2 + reach[-2] ** 2)
    return _Shape(between, np.stack(ahead, axis=1), np.stack(reach), unsure)


def _today(points: Points) -> FloatArray:
    """Return the day of each car's last point as a column, counted from 1970; 0 without points."""
    if not points.seconds.size:
        return np.zeros((points.counts.size, 1))
    last = points.seconds[np.maximum(points.starts[1:] - 1, 0)]
    today: FloatArray = (np.where(points.counts > 0, last, 0) / DAY_SECONDS)[:, None]
    return today


def _season(since: FloatArray, until: FloatArray, model: UsageModel) -> FloatArray:
    """Return the mean over the span of the factor that all cars have in common: 1 + a cos(days from its peak)."""
    since, until = _TURN * (since - model.season_peak_day), _TURN * (until - model.season_peak_day)
    factor: FloatArray = 1 + model.season_amplitude * (np.sin(until) - np.sin(since)) / (until - since)
    return factor


def _windows(points: Points) -> tuple[FloatArray, FloatArray]:
    """Return each car's metres and observed days in each window; between two points it is taken to drive evenly.

    Places are found in whole seconds, so that a car's figures are the same alone and among others.
    """
    counts = points.counts
    if not points.seconds.size:
        empty = np.zeros((counts.size, _NEAR.size))
        return empty, empty
    cars = np.arange(counts.size)
    car_of = np.repeat(cars, counts)
    last = np.maximum(points.starts[1:] - 1, 0)
    first = np.minimum(points.starts[:-1], last)
    lane = 4 * int(_EDGES[-1])  # longer than what is asked about, so that one search serves all cars
    age = points.seconds[last][car_of] - points.seconds
    asked = np.minimum(_EDGES, np.where(counts > 0, age[first], 0)[:, None])
    keys = lane * car_of - np.minimum(age, lane // 2)
    right = keys.searchsorted((lane * cars[:, None] - asked).ravel()).reshape(asked.shape)
    right = np.minimum(np.maximum(right, np.minimum(first + 1, last)[:, None]), last[:, None])
    left = np.maximum(right - 1, first[:, None])
    span = age[left] - age[right]
    share = np.minimum((age[left] - asked) / np.maximum(span, 1), 1.0)
    passed = points.metres[left] + share * (points.metres[right] - points.metres[left])
    days = (asked[:, 1:] - asked[:, :-1]) / DAY_SECONDS  # all 0 without two points
    return passed[:, :-1] - passed[:, 1:], days


def _pace(parts: FloatArray, shape: _Shape, prior: FloatArray) -> FloatArray:
    """Return the metres a day from each horizon to the next, never slower than a tenth of the level or the prior's."""
    expected = parts @ shape.reach
    slowest = np.maximum(_SLOWEST * np.maximum(parts[:, :1], _SLOWEST * prior[:, None]), 1.0)
    pace: FloatArray = np.maximum((expected[:, 1:] - expected[:, :-1]) / (_UNTIL - _SINCE), slowest)
    return pace


def _variance(learned: FloatArray, shape: _Shape) -> FloatArray:
    known = ((learned @ shape.reach) * shape.reach).sum(axis=1)
    variance: FloatArray = np.maximum(shape.unsure - known, 0.0)
    return variance
