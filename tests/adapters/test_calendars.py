"""The baked calendars against the pinned library, and what broken calendar data says."""

import json
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest

from infra.calendars.bake import baked
from ownerloop.adapters.calendars import read_calendars, read_week, workdays
from ownerloop.adapters.policy_rows import PolicyDataError, Row, rows_of
from ownerloop.domain.workdays import Opening, Workdays


def a_week_row(**fields: object) -> Row:
    week = {name: ["08:30", "17:30"] for name in ("mon", "tue", "wed", "thu", "fri", "sat")}
    values = {"opening": {**week, "sun": None}, "closed_on_holidays": True, "open_on_makeup_days": False, **fields}
    return Row("stores.json", "[0]", values)


def opening_with(**days: object) -> dict[str, object]:
    return {**a_week_row().values["opening"], **days}


def test_the_baked_file_says_what_the_pinned_library_says() -> None:
    (row,) = rows_of("calendars.json")

    assert [row.values] == baked()


def test_an_unknown_country_has_weekends_only() -> None:
    assert workdays("ZZ") == Workdays()


def test_a_stores_week_is_read_from_monday_to_sunday() -> None:
    week = read_week(a_week_row())

    assert week.days == (*[Opening(time(8, 30), time(17, 30))] * 6, None)
    assert (week.closed_on_holidays, week.open_on_makeup_days) == (True, False)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"opening": {"mon": None}}, "opening"),
        ({"opening": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}, "opening"),
        ({"opening": opening_with(sun=["09:00"])}, "sun"),
        ({"opening": opening_with(sun=["17:00", "09:00"])}, "sun"),
        ({"opening": opening_with(sun=["nine", "ten"])}, "sun"),
        ({"closed_on_holidays": "yes"}, "closed_on_holidays"),
        ({"open_on_makeup_days": None}, "open_on_makeup_days"),
    ],
)
def test_a_week_that_cannot_be_kept_is_named(fields: dict[str, object], named: str) -> None:
    with pytest.raises(PolicyDataError, match=named):
        read_week(a_week_row(**fields))


def _with_year(change: Callable[[dict[str, Any]], None]) -> Row:
    year: dict[str, Any] = {"year": 2026, "announced": True, "holidays": ["2026-10-01"], "workdays": ["2026-10-10"]}
    change(year)
    values = [{"effective_on": "2014-01-01", "countries": [{"country": "CN", "years": [year]}]}]
    (row,) = rows_of("calendars.json", text=json.dumps(values))
    return row


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holidays", ["2026-10-01", "2026-10-01"]),
        ("holidays", ["2025-10-01"]),
        ("holidays", ["the first"]),
        ("holidays", None),
        ("holidays", ["2026-10-10"]),
        ("workdays", ["2026-10-09"]),
        ("announced", 1),
    ],
)
def test_a_year_that_cannot_be_is_named(field: str, value: object) -> None:
    with pytest.raises(PolicyDataError, match=r"calendars\.json"):
        read_calendars(_with_year(lambda year: year.update({field: value})))
