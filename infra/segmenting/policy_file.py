"""The policy of `ownerloop segment`: what ships, with what a JSON or YAML file changes of it."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import yaml

from ownerloop.domain.segmenting import SegmentPolicy
from ownerloop.domain.tier_policy import SCORE_MAX

_SHIPPED = Path(__file__).parent / "policy.yaml"
_BOUNDS = {
    "window_months": (1, 600),
    "at_risk_r_max": (0, SCORE_MAX),
    "new_visits_max": (0, 1_000),
    "core_sum_min": (2, 2 * SCORE_MAX + 1),
}


class SegmentPolicyError(ValueError):
    """A policy file breaks a rule; the sentence names the field."""


def read_segment_policy(path: Path | None) -> SegmentPolicy:
    """Return the shipped policy with the changes of the file."""
    shipped = SegmentPolicy(**_values(_SHIPPED))
    return replace(shipped, **_values(path)) if path else shipped


def _values(path: Path) -> dict[str, int]:
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8-sig", errors="replace"))  # JSON is YAML too
    except yaml.YAMLError as error:
        raise SegmentPolicyError(f"{path.name} is neither JSON nor YAML: {' '.join(str(error).split())}") from error
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise SegmentPolicyError(f"{path.name} must be an object of fields")
    known = {field.name for field in fields(SegmentPolicy)}
    unknown = sorted(str(name) for name in told.keys() - known)
    if unknown:
        raise SegmentPolicyError(f"{path.name}: unknown field `{unknown[0]}`; there are {', '.join(sorted(known))}")
    return {name: _whole(value, *_BOUNDS[name], at=f"{path.name}: {name}") for name, value in told.items()}


def _whole(value: Any, low: int, high: int, *, at: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SegmentPolicyError(f"{at} must be a whole number from {low} to {high}")
    return value
