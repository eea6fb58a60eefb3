"""The health of an owner, 0-100, out of six parts; what is unknown is left out and lowers the confidence (design §6).

Each part is 0-1000 by straight lines between the policy's knots, which only rise or only fall, so the score is monotone
in each. The score is the weighted mean of the parts that are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

PERMILLE = 1000
SCORE_MAX = 100


class Part(StrEnum):
    """The parts of the score, in the order in which they are told."""

    ON_TIME = "on_time"  # days overdue in percent of the owner's own interval
    RECENCY = "recency"  # days since the last visit in percent of it
    SATISFACTION = "satisfaction"  # mean mark in tenths, 0-100
    COMPLAINTS = "complaints"  # open complaints, and repairs that had to be repeated
    REACHABILITY = "reachability"  # permille of the ways to the owner that are open
    VEHICLE = "vehicle"  # what the car reports: 0 nothing, 1 advise, 2 soon, 3 now


@dataclass(frozen=True, slots=True)
class Curve:
    """A part as straight lines between knots (value, permille); level beyond the first and the last."""

    knots: tuple[tuple[int, int], ...]

    @property
    def is_monotone(self) -> bool:
        """Return whether the values rise strictly and the permille only rise or only fall, within 0-1000."""
        steps = list(pairwise(self.knots))
        rises = all(a[1] <= b[1] for a, b in steps)
        falls = all(a[1] >= b[1] for a, b in steps)
        within = all(0 <= permille <= PERMILLE for _, permille in self.knots)
        return bool(self.knots) and within and all(a[0] < b[0] for a, b in steps) and (rises or falls)

    def at(self, value: int) -> int:
        """Return the permille at a value, rounded down between two knots."""
        first, last = self.knots[0], self.knots[-1]
        if value <= first[0]:
            return first[1]
        for (x0, y0), (x1, y1) in pairwise(self.knots):
            if value <= x1:
                return y0 + (y1 - y0) * (value - x0) // (x1 - x0)
        return last[1]


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """Weight and curve of each part, the bands by their lowest score, and how far back marks and repairs count."""

    version: str
    effective_on: date
    weights: Mapping[Part, int]
    curves: Mapping[Part, Curve]
    bands: tuple[tuple[str, int], ...]  # best first; the last begins at 0
    satisfaction_days: int
    marks_counted: int
    repeat_days: int

    def band(self, score: int) -> str:
        """Return the band of a score."""
        return next(name for name, lowest in self.bands if score >= lowest)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one part brings: its input, its permille, and its share of the score in thousandths of a point.

    An unknown part has no input and brings nothing.
    """

    part: Part
    weight: int
    value: int | None
    permille: int | None
    milli: int


@dataclass(frozen=True, slots=True)
class Health:
    """The score with what each part brought; `confidence` is the weight of what is known, 0-100.

    `score` is None where nothing is known.
    """

    score: int | None
    confidence: int
    band: str | None
    contributions: tuple[Contribution, ...]
    rule_version: str


def health(values: Mapping[Part, int | None], *, policy: HealthPolicy) -> Health:
    """Return the health that follows from the input of each part; None, or left out, is unknown.

    The contributions add up to the score but for rounding: half a point goes up.
    """
    permilles = {part: _permille(part, values.get(part), policy) for part in Part}
    known = sum(policy.weights[part] for part, permille in permilles.items() if permille is not None)
    weighed = sum(policy.weights[part] * permille for part, permille in permilles.items() if permille is not None)
    every = sum(policy.weights.values())
    score = _half_up(weighed * SCORE_MAX, known * PERMILLE) if known else None
    return Health(
        score=score,
        confidence=known * 100 // every,
        band=None if score is None else policy.band(score),
        contributions=tuple(
            _contribution(part, values.get(part), permilles[part], known=known, weight=policy.weights[part])
            for part in Part
        ),
        rule_version=policy.version,
    )


def _permille(part: Part, value: int | None, policy: HealthPolicy) -> int | None:
    return None if value is None else policy.curves[part].at(value)


def _contribution(part: Part, value: int | None, permille: int | None, *, known: int, weight: int) -> Contribution:
    milli = 0 if permille is None or known == 0 else weight * permille * SCORE_MAX // known
    return Contribution(part=part, weight=weight, value=value, permille=permille, milli=milli)


def _half_up(dividend: int, divisor: int) -> int:
    return (2 * dividend + divisor) // (2 * divisor)
