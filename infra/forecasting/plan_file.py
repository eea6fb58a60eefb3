"""A service plan from a YAML file: `items:` with a list of `{item, every_km?, every_months?}`."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from infra.csv_files import text_of
from ownerloop.domain.plans import PlanItem, ServicePlan

_METRES = 1000
_KM_MAX, _MONTHS_MAX = 2_000_000, 1_200
_KNOWN = frozenset({"item", "every_km", "every_months"})


class PlanFileError(ValueError):
    """A plan file breaks a rule; the sentence says where."""


def read_plan(path: Path) -> ServicePlan:
    """Return the plan of the file."""
    try:
        told = yaml.safe_load(text_of(path))
    except yaml.YAMLError as error:
        raise PlanFileError(f"{path.name} is no YAML: {' '.join(str(error).split())}") from error
    rows = told.get("items") if isinstance(told, dict) else None
    if not isinstance(rows, list) or not rows:
        raise PlanFileError(f"{path.name}: `items` must be a list that is not empty")
    items = tuple(_item(row, at=f"{path.name}: items[{place}]") for place, row in enumerate(rows))
    if len({item.item for item in items}) < len(items):
        raise PlanFileError(f"{path.name}: two items have the same name")
    return ServicePlan(model="*", version=path.name, effective_on=date(1970, 1, 1), source=path.name, items=items)


def _item(row: Any, *, at: str) -> PlanItem:
    if not isinstance(row, dict):
        raise PlanFileError(f"{at} must be an object with `item` and `every_km` or `every_months`")
    unknown = sorted(str(name) for name in row.keys() - _KNOWN)
    if unknown:
        raise PlanFileError(f"{at} has the unknown field `{unknown[0]}`")
    name = row.get("item")
    if not isinstance(name, str) or not name.strip():
        raise PlanFileError(f"{at}.item must be a text that is not empty")
    every_km = _bound(row.get("every_km"), at=f"{at}.every_km", high=_KM_MAX)
    every_months = _bound(row.get("every_months"), at=f"{at}.every_months", high=_MONTHS_MAX)
    if every_km is None and every_months is None:
        raise PlanFileError(f"{at} needs `every_km` or `every_months`")
    if every_months is not None and every_months != int(every_months):
        raise PlanFileError(f"{at}.every_months must be a whole number")
    return PlanItem(
        item=name.strip(),
        every_m=None if every_km is None else max(1, round(every_km * _METRES)),
        every_months=None if every_months is None else int(every_months),
    )


def _bound(value: Any, *, at: str, high: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= high:
        raise PlanFileError(f"{at} must be a number above 0, at most {high:,}")
    return float(value)
