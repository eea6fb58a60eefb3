"""A due day that is not known, as a few equally likely days read off its P10, P50 and P90."""

from statistics import NormalDist

import numpy as np

from ownerloop.domain.rate import FloatArray, IntArray

POINTS = 9
_Z90 = NormalDist().inv_cdf(0.9)
_LEVELS: FloatArray = np.array([NormalDist().inv_cdf((k + 0.5) / POINTS) for k in range(POINTS)]) / _Z90
_EVEN = 1e-9  # a skew this near to 1 is taken as none
_SKEW_MAX = 16.0  # P90 - P50 over P50 - P10: beyond it the tail is as long as here


def due_points(due: IntArray) -> IntArray:
    """Return nine days of equal chance for each row of P10, P50 and P90, rising.

    They lie on the one shifted log-normal through the three quantiles, so its log is a straight line between and
    beyond them; a side without width (the time limit cuts there) stays on the median.
    """
    below = (due[:, 1] - due[:, 0]).astype(np.float64)[:, None]
    above = (due[:, 2] - due[:, 1]).astype(np.float64)[:, None]
    has_both = (below > 0) & (above > 0)
    skew = np.clip(np.where(has_both, above, 1.0) / np.where(has_both, below, 1.0), 1 / _SKEW_MAX, _SKEW_MAX)
    is_even = np.abs(skew - 1.0) < _EVEN
    safe = np.where(is_even, 2.0, skew)
    # Each side is scaled by its own width, so that P10 and P90 hold even where the skew is cut; without skew it is z.
    bent = (safe**_LEVELS - 1.0) * np.where(_LEVELS < 0, below / (1.0 - 1.0 / safe), above / (safe - 1.0))
    straight = np.where(_LEVELS < 0, below * _LEVELS, above * _LEVELS)
    days: IntArray = np.rint(np.where(has_both & ~is_even, bent, straight)).astype(np.int64)
    return days + due[:, 1:2]
