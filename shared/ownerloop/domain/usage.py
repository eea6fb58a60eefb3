"""How a car is used: what it drives on the whole, what fades, what comes back each year, and how sure that is.

A car's rate is the season of all cars times `level + fading parts + a season of its own + noise`, each with a variance
relative to the square of the rate (Harvey 1989, structural time series; Lawless, Hu and Cao 1995 for the level between
cars). The best linear guess of each part from the believed points follows from its covariances (kriging). Ages run from
the car's own last point. As all is relative, the weights hang on the days, and on two things that each car shows:

- how much it varies, as a share of what the model expects (inverse gamma, hence Student's t for the distance): a car
  that always drove the same goes on so, with narrow ends, wherever its kin are; a restless one is known less;
- whether it follows the season of all cars: its evidence is weighed with and without that season.
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
_SEASONAL, _EVEN, _LEVEL, _PARTS = range(4)  # columns: rates by the season and as they are, the level, the parts
_SCALE_MAX = 4.0  # no car is taken to vary more than twice as far as its kin
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
    today, shape = _today(points), _shape(model)
    told = _told(points, metres, days, _season(today - _FAR, today - _NEAR, model), shape, model)
    guess = _guess(told, days, prior, model)
    paces = _pace(guess.parts, shape, prior)
    paces[:, _SEASONAL] *= _season(today + _SINCE, today + _UNTIL, model)
    pace = (guess.share[:, :, None] * paces).sum(axis=1)
    driven = np.zeros((prior.size, _HORIZONS.size))
    np.cumsum(pace * (_UNTIL - _SINCE), axis=1, out=driven[:, 1:])
    scale = (guess.share * guess.scale).sum(axis=1)
    return Usage(metres=driven, variance=model.spread_factor * _variance(told, scale, shape, model))


@dataclass(frozen=True, slots=True)
class _Shape:
    between: FloatArray  # windows x windows: covariance of their rates without level and noise
    ahead: FloatArray  # windows x parts, the level apart: covariance of a window's rate and a part of today's
    reach: FloatArray  # parts, level first, x horizons: metres within the horizon for a metre a day of the part today
    unsure: FloatArray  # horizons: variance of the distance before anything but the level is known


@dataclass(frozen=True, slots=True)
class _Told:
    """What the windows tell of each car, in columns: its rates by the season and as they are, its level, its parts."""

    rates: FloatArray  # cars x windows x 2
    solved: FloatArray  # cars x windows x columns
    across: FloatArray  # cars x parts x columns: covariances with today's parts times what is solved
    information: FloatArray  # what the windows say of the level: one over its variance, where the model's scale holds
    free: FloatArray  # how many rates each car shows beyond its level: two windows between the same points show one
    free_share: FloatArray  # of its windows beyond the first


@dataclass(frozen=True, slots=True)
class _Guess:
    """The best guess with the season of all cars (the first) and without it."""

    parts: FloatArray  # cars x 2 x parts, the level first: metres a day
    scale: FloatArray  # cars x 2: how much the car varies, as a share of what the model expects
    share: FloatArray  # cars x 2: how likely each is, in sum 1


@cache
def _shape(model: UsageModel) -> _Shape:
    near, far, wide = _NEAR, _FAR, _FAR - _NEAR
    between = np.zeros((wide.size, wide.size))
    ahead, reach = [], [_HORIZONS]
    unsure = model.noise_days * _HORIZONS
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


def _told(
    points: Points, metres: FloatArray, days: FloatArray, season: FloatArray, shape: _Shape, model: UsageModel
) -> _Told:
    seen, is_seen = np.maximum(days, _UNSEEN), days > _UNSEEN
    right = np.empty((*days.shape, _PARTS + shape.ahead.shape[1]))
    right[:, :, _EVEN] = np.where(is_seen, metres / seen, 0.0)
    right[:, :, _SEASONAL] = right[:, :, _EVEN] / season
    right[:, :, _LEVEL] = is_seen
    right[:, :, _PARTS:] = shape.ahead
    between = shape.between + _ONE * (model.noise_days / seen)[:, None, :]
    solved = np.linalg.solve(between, right).astype(np.float64, copy=False)
    windows = np.maximum(is_seen.sum(axis=1) - 1, 0)
    free = np.minimum(windows, np.maximum(points.counts - 2, 0)).astype(np.float64)
    return _Told(
        rates=right[:, :, :_LEVEL],
        solved=solved,
        across=shape.ahead.T @ solved,
        information=(is_seen * solved[:, :, _LEVEL]).sum(axis=1),
        free=free,
        free_share=free / np.maximum(windows, 1),
    )


def _guess(told: _Told, days: FloatArray, prior: FloatArray, model: UsageModel) -> _Guess:
    """Return the best guesses: the level drawn to the prior the more, the more the car varies.

    The level's variance does not shrink with the car's: B = L 11' + s W is inverted by Sherman and Morrison, 1950.
    """
    information, level_column = told.information[:, None], told.solved[:, :, _LEVEL, None]
    total = (level_column * told.rates).sum(axis=1)
    mean = (days[:, :, None] * told.rates).sum(axis=1) / np.maximum(days.sum(axis=1), _UNSEEN)[:, None]
    apart = (told.rates * told.solved[:, :, :_LEVEL]).sum(axis=1) - total**2 / np.maximum(information, _UNSEEN)
    varies = np.maximum(apart, 0.0) / np.maximum(mean, _UNSEEN) ** 2 * told.free_share[:, None] / model.spread_factor
    known = model.scale_strength + told.free[:, None]
    scale = np.minimum((model.scale_strength + varies) / known, _SCALE_MAX)
    own = (total - prior[:, None] * information) / (scale / model.level_variance + information)
    level = (prior[:, None] + own)[:, :, None]
    fading = np.swapaxes(told.across[:, :, :_LEVEL], 1, 2) - level * told.across[:, None, :, _LEVEL]
    # How likely the rates are by Student's t, in proportion; the better of the two as 1.
    against = model.scale_strength + varies
    likely = (against.min(axis=1, keepdims=True) / against) ** (known / 2)
    share = likely * np.array([model.season_share, 1 - model.season_share])
    return _Guess(np.concatenate([level, fading], axis=2), scale, share / share.sum(axis=1, keepdims=True))


def _pace(parts: FloatArray, shape: _Shape, prior: FloatArray) -> FloatArray:
    """Return the metres a day from each horizon to the next, never slower than a tenth of the level or the prior's."""
    expected = parts @ shape.reach
    slowest = np.maximum(_SLOWEST * np.maximum(parts[:, :, :1], _SLOWEST * prior[:, None, None]), 1.0)
    pace: FloatArray = np.maximum((expected[:, :, 1:] - expected[:, :, :-1]) / (_UNTIL - _SINCE), slowest)
    return pace


def _variance(told: _Told, scale: FloatArray, shape: _Shape, model: UsageModel) -> FloatArray:
    """Return the variance of the distance within each horizon, as Student's t has it for a scale that is guessed."""
    reach = shape.reach[1:]
    known = ((told.across[:, :, _PARTS:] @ reach) * reach).sum(axis=1)
    freedom = model.scale_strength + told.free
    wide = (scale * freedom / (freedom - 2))[:, None]
    level = 1 / (1 / model.level_variance + told.information[:, None] / wide)
    by_level = _HORIZONS - told.across[:, :, _LEVEL] @ reach
    variance: FloatArray = wide * np.maximum(shape.unsure - known, 0.0) + level * by_level**2
    return variance
