"""The difference between two arms over seeds, each seed a pair, with its 95 % interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

_Z = NormalDist().inv_cdf(0.975)
_SEEDS_MIN = 4  # below, the expansion of the t quantile is no longer good to a hundredth


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean over the seeds of one arm less the other, and the ends of its interval (None with too few seeds)."""

    mean: float
    low: float | None
    high: float | None


def difference(one: Sequence[float], other: Sequence[float]) -> Difference:
    """Return the mean difference of pairs and its 95 % interval by Student's t."""
    apart = np.array(one, dtype=np.float64) - np.array(other, dtype=np.float64)
    mean = float(apart.mean())
    if apart.size < _SEEDS_MIN:
        return Difference(mean, None, None)
    reach = t_quantile(apart.size - 1) * float(apart.std(ddof=1)) / float(np.sqrt(apart.size))
    return Difference(mean, mean - reach, mean + reach)


def t_quantile(freedom: int) -> float:
    """Return the 0.975 quantile of Student's t (Abramowitz and Stegun 26.7.5), within 0.01 from 3 degrees on."""
    z, n = _Z, freedom
    terms = (
        (z**3 + z) / (4 * n),
        (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2),
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3),
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * n**4),
    )
    return z + sum(terms)
