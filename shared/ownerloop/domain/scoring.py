"""How far forecasts lay from the truth: absolute errors by horizon, coverage of the 80 % interval, pinball losses."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ownerloop.domain.backtesting import Cases
from ownerloop.domain.rate import FloatArray

HORIZONS = ((5, 30), (30, 60), (60, 120), (120, 240), (240, 400))
_QUANTILES = (0.1, 0.5, 0.9)
_MEDIAN_ALONE = 1


@dataclass(frozen=True, slots=True)
class Score:
    """One method's figures in days; None where there is no case, or the method says no interval."""

    mae: float | None
    mae_by_car: float | None  # the mean over cars of each car's own mean
    by_horizon: Mapping[str, tuple[int, float | None]]  # cases and mean absolute error
    coverage80: float | None
    pinball: Mapping[str, float | None]  # by quantile


def scores(cases: Cases) -> dict[str, Score]:
    """Return the score of every method on the same cases."""
    return {method: _score(cases, said) for method, said in cases.said.items()}


def _score(cases: Cases, said: FloatArray) -> Score:
    has_interval = said.shape[1] > _MEDIAN_ALONE
    median = said[:, 1] if has_interval else said[:, 0]
    error = np.abs(median - cases.true)
    covered = (said[:, 0] <= cases.true) & (cases.true <= said[:, -1])
    losses = {"0.5": _mean(_pinball(median, cases.true, 0.5))}
    if has_interval:
        losses = {str(q): _mean(_pinball(said[:, k], cases.true, q)) for k, q in enumerate(_QUANTILES)}
    return Score(
        mae=_mean(error),
        mae_by_car=_mean(_means_by_car(error, cases.cars)),
        by_horizon={f"{low}-{high}": _within(error, cases.horizon, low, high) for low, high in HORIZONS},
        coverage80=_mean(covered.astype(np.float64)) if has_interval else None,
        pinball={str(q): losses.get(str(q)) for q in _QUANTILES},
    )


def _pinball(said: FloatArray, true: FloatArray, quantile: float) -> FloatArray:
    late = true - said
    losses: FloatArray = np.maximum(quantile * late, (quantile - 1) * late)
    return losses


def _within(error: FloatArray, horizon: FloatArray, low: int, high: int) -> tuple[int, float | None]:
    """Return count and mean of the cases from `low` up to below `high`; the last horizon includes its end."""
    is_last = high == HORIZONS[-1][1]
    here = (low <= horizon) & ((horizon <= high) if is_last else (horizon < high))
    return int(here.sum()), _mean(error[here])


def _means_by_car(error: FloatArray, cars: tuple[str, ...]) -> FloatArray:
    names, place = np.unique(np.array(cars, dtype=np.str_), return_inverse=True)
    totals: FloatArray = np.bincount(place, weights=error, minlength=names.size) / np.maximum(
        np.bincount(place, minlength=names.size), 1
    )
    return totals


def _mean(values: FloatArray) -> float | None:
    return round(float(values.mean()), 3) if values.size else None
