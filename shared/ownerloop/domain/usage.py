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
_HORIZONS = np.concatenate([[0.0], np.geomspace(4.0, 1_460.0, 27)])  # days ahead at which the distance is worked out
_UNSEEN = 1e-6  # days: a window without readings weighs nothing
_TURN = 2 * np.pi / 365.25
_SLOWEST = 0.1  # of the level: no season and no fading part brings a car closer to a standstill


@dataclass(frozen=True, slots=True)
class Usage:
    """For each car the metres that it is expected to drive within each horizon, and how unsure they are."""

    metres: FloatArray  # cars x horizons, growing
    variance: FloatArray  # cars x horizons: of the distance, in days of driving squared

    def days_to(self, metres: FloatArray, cars: IntArray) -> FloatArray:
        """Return the days until each named car has driven so far."""
        return _interpolated(self.metres[cars], _HORIZONS, metres)

    def spread(self, days: FloatArray, cars: IntArray) -> FloatArray:
        """Return the standard deviation of the log of the days to go; less than one day counts as one."""
        ahead = np.maximum(days, 1.0)
        at = np.clip(np.searchsorted(_HORIZONS, ahead), 1, _HORIZONS.size - 1)
        share = (ahead - _HORIZONS[at - 1]) / (_HORIZONS[at] - _HORIZONS[at - 1])
        low, high = self.variance[cars, at - 1], self.variance[cars, at]
        deviation: FloatArray = np.sqrt(low + share * (high - low)) / ahead
        return deviation

    def rate(self, days: float) -> FloatArray:
        """Return the mean metres a day that each car is expected to drive within so many days."""
        ahead = np.full(self.metres.shape[0], days)
        rate: FloatArray = _interpolated(np.broadcast_to(_HORIZONS, self.metres.shape), self.metres, ahead) / days
        return rate


def usage_of(points: Points, prior: FloatArray, *, model: UsageModel) -> Usage:
    """Return what each car is expected to drive; a car with fewer than two points drives as the prior does."""
    metres, days = _windows(points)
    today = _today(points)
    edges = -np.array(EDGES, dtype=np.float64)
    metres = metres / _season(today[:, None] + edges[1:], today[:, None] + edges[:-1], model)
    rate = np.divide(metres, days, out=np.repeat(prior[:, None], days.shape[1], axis=1), where=days > _UNSEEN)
    shape = _shape(model)
    noise = model.noise_days / np.maximum(days, _UNSEEN)
    between = shape.between + np.eye(days.shape[1]) * noise[:, None, :]
    right = np.empty((*days.shape, 1 + shape.ahead.shape[1]))
    right[:, :, 0] = rate - prior[:, None]
    right[:, :, 1:] = shape.ahead
    solved = np.einsum("bc,nbd->ncd", shape.ahead, np.linalg.solve(between, right))
    parts = solved[:, :, 0]
    parts[:, 0] += prior
    driven = _driven(parts, shape, prior)
    driven[:, 1:] *= _season(today[:, None], today[:, None] + _HORIZONS[1:], model)
    return Usage(metres=driven, variance=model.spread_factor * _variance(solved[:, :, 1:], shape))


@dataclass(frozen=True, slots=True)
class _Shape:
    between: FloatArray  # windows x windows: covariance of their rates without noise
    ahead: FloatArray  # windows x parts: covariance of a window's rate and a part of today's
    reach: FloatArray  # parts x horizons: metres within the horizon for one metre a day of the part today
    unsure: FloatArray  # horizons: variance of the distance before anything is known


@cache
def _shape(model: UsageModel) -> _Shape:
    edges = np.array(EDGES, dtype=np.float64)
    near, far = edges[:-1], edges[1:]
    wide = far - near
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
    """Return the day of each car's last point, counted from 1970; 0 without points."""
    if not points.seconds.size:
        return np.zeros(points.counts.size)
    last = np.maximum(points.starts[1:] - 1, 0)
    today: FloatArray = np.where(points.counts > 0, points.seconds[last], 0) / DAY_SECONDS
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
    edges = np.array(EDGES, dtype=np.int64) * DAY_SECONDS
    if not points.seconds.size:
        empty = np.zeros((counts.size, edges.size - 1))
        return empty, empty
    cars = np.arange(counts.size)
    car_of = np.repeat(cars, counts)
    last = np.maximum(points.starts[1:] - 1, 0)
    first = np.minimum(points.starts[:-1], last)
    lane = 4 * int(edges[-1])  # longer than what is asked about, so that one search serves all cars
    age = points.seconds[last][car_of] - points.seconds
    asked = np.minimum(edges[None, :], np.where(counts > 0, age[first], 0)[:, None])
    keys = lane * car_of - np.minimum(age, lane // 2)
    right = np.searchsorted(keys, (lane * cars[:, None] - asked).ravel()).reshape(asked.shape)
    right = np.clip(right, np.minimum(first + 1, last)[:, None], last[:, None])
    left = np.maximum(right - 1, first[:, None])
    span = age[left] - age[right]
    share = np.divide(age[left] - asked, span, out=np.ones(asked.shape), where=span > 0)
    passed = points.metres[left] + np.minimum(share, 1.0) * (points.metres[right] - points.metres[left])
    has_points = counts[:, None] > 0
    days = np.diff(asked, axis=1) / DAY_SECONDS
    return np.where(has_points, -np.diff(passed, axis=1), 0.0), np.where(has_points, days, 0.0)


def _driven(parts: FloatArray, shape: _Shape, prior: FloatArray) -> FloatArray:
    """Return the expected metres within each horizon, never slower than a tenth of the level or of the prior."""
    slowest = np.maximum(_SLOWEST * np.maximum(parts[:, :1], _SLOWEST * prior[:, None]), 1.0)
    steps = np.maximum(np.diff(parts @ shape.reach, axis=1), slowest * np.diff(_HORIZONS))
    metres = np.zeros((parts.shape[0], _HORIZONS.size))
    np.cumsum(steps, axis=1, out=metres[:, 1:])
    return metres


def _variance(learned: FloatArray, shape: _Shape) -> FloatArray:
    known = np.einsum("ch,ncd,dh->nh", shape.reach, learned, shape.reach, optimize=True)
    variance: FloatArray = np.maximum(shape.unsure - known, 0.0)
    return variance


def _interpolated(grid: FloatArray, values: FloatArray, at: FloatArray) -> FloatArray:
    """Return row by row the value at a place of a growing grid; beyond its end the last step goes on."""
    wide = np.broadcast_to(values, grid.shape)
    right = np.clip((grid <= at[:, None]).sum(axis=1), 1, grid.shape[1] - 1)
    row = np.arange(grid.shape[0])
    low, high = grid[row, right - 1], grid[row, right]
    share = (at - low) / (high - low)
    found: FloatArray = wide[row, right - 1] + share * (wide[row, right] - wide[row, right - 1])
    return found
