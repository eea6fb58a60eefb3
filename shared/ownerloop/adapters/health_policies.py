"""The policy of the health score that ships with the package, in the version of the day."""

from datetime import date
from functools import cache
from typing import Any

from ownerloop.adapters.policy_rows import Row, in_force, rows_of
from ownerloop.domain.health import Curve, HealthPolicy, Part


def health_policy(on: date) -> HealthPolicy:
    """Return the policy in force on the day; a day before all versions gets the oldest."""
    return in_force(_policies(), on)


@cache
def _policies() -> tuple[HealthPolicy, ...]:
    return tuple(map(read_health_policy, rows_of("health_policy.json")))


def read_health_policy(row: Row) -> HealthPolicy:
    """Return the policy of one row: every part has a weight and a monotone curve, the bands fall to 0."""
    weights, curves = row.row("weights"), row.row("curves")
    bands = tuple((one.text("band"), one.whole("from")) for one in row.rows("bands"))
    lowest = [first for _, first in bands]
    if lowest != sorted(set(lowest), reverse=True) or lowest[-1] != 0:
        raise row.refusal("bands", "must fall strictly, the last from 0")
    return HealthPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        weights={part: weights.whole(part, low=1) for part in Part},
        curves={part: curve_of(curves, part) for part in Part},
        bands=bands,
        satisfaction_days=row.whole("satisfaction_days", low=1),
        marks_counted=row.whole("marks_counted", low=1),
        repeat_days=row.whole("repeat_days", low=1),
    )


def curve_of(row: Row, name: str) -> Curve:
    """Return the curve in a field, or refuse one that is not monotone within 0-1000."""
    knots = row.values.get(name)
    if not isinstance(knots, list) or not all(map(_is_knot, knots)):
        raise row.refusal(name, "must be a list of [value, permille]")
    curve = Curve(tuple((value, permille) for value, permille in knots))
    if not curve.is_monotone:
        raise row.refusal(name, "must rise in its values, and only rise or only fall within 0-1000")
    return curve


def _is_knot(knot: Any) -> bool:
    return isinstance(knot, list) and len(knot) == 2 and all(type(number) is int for number in knot)  # noqa: PLR2004
