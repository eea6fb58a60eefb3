"""How likely a message that was not answered yet still is: most owners answer at once, few after weeks."""

import numpy as np

from ownerloop.domain.booking_curve import PPM, Lags
from ownerloop.domain.rate import FloatArray, IntArray

_TINY = 1e-12
_LITTLE = 0.01  # of the lags: who comes as late as this is past counting


def late_shares(delays: IntArray, *, lags: Lags, strength: int) -> FloatArray:
    """Return the share of answers that come later than 0, 1, 2 ... days after the message.

    `delays` are the days that answers took. As many answers as `strength` are taken to come on the day of the visit
    itself, which is as late as an answer can: without evidence a silent owner may still come.
    """
    last = len(lags.shares_ppm)
    later = 1.0 - np.cumsum(np.array(lags.shares_ppm, dtype=np.float64)) / PPM
    came = np.cumsum(np.bincount(np.clip(delays, 0, last - 1), minlength=last))
    shares: FloatArray = (strength * later + len(delays) - came) / (strength + len(delays))
    return np.clip(shares, 0.0, 1.0)


def still_answered(chances: FloatArray, ages: IntArray, *, late: FloatArray, lags: Lags) -> FloatArray:
    """Return how many visits to expect for each of the lag's shares, of messages silent for so many days.

    A message with chance c, silent for k days of which a share s of answers comes later, is answered with chance
    c s / (1 - c (1 - s)); its visit lies in what is left of the lags, so the whole of them is scaled up by as much.
    """
    at = np.clip(ages, 0, len(late) - 1)
    later = 1.0 - np.cumsum(np.array(lags.shares_ppm, dtype=np.float64)) / PPM
    share = late[at]
    chance = chances * share / np.maximum(1.0 - chances * (1.0 - share), _TINY)
    left = later[at]
    scaled: FloatArray = np.where(left > _LITTLE, chance / np.maximum(left, _LITTLE), 0.0)
    return scaled
