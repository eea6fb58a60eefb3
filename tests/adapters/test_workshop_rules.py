"""The stores' workshops as data: what ships is whole, and what is broken is named."""

import json
from datetime import date
from typing import Any

import pytest

from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.policy_rows import PolicyDataError, Row
from ownerloop.adapters.workshop_rules import (
    booking_policy,
    capacity_on,
    opening_on,
    promotion_text,
    read_workshop,
    workshops,
)

NATIONAL_DAY, TUESDAY = date(2026, 10, 1), date(2026, 3, 10)


def a_workshop(**changes: Any) -> Row:
    week = {day: ["09:00", "17:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")} | {"sun": None}
    values = {
        "opening": week,
        "closed_on_holidays": True,
        "open_on_makeup_days": True,
        "slot_minutes": 30,
        "bays": 2,
        "technicians": [{"technician_id": "ann", "job_classes": ["maintenance"]}],
        "job_classes": {"maintenance": {"minutes": 60, "daily_max": 8}},
    }
    return Row("stores.json", "[0]", json.loads(json.dumps(values | changes)))


def test_every_store_has_a_workshop_that_is_open_on_a_tuesday_and_closed_on_national_day() -> None:
    assert set(workshops()) == set(stores())
    for store_id in stores():
        assert capacity_on(store_id, TUESDAY).total > 0
        assert opening_on(store_id, NATIONAL_DAY) is None
        assert capacity_on(store_id, NATIONAL_DAY).total == 0


def test_a_store_that_nobody_knows_is_never_open() -> None:
    assert opening_on("nowhere", TUESDAY) is None
    assert capacity_on("nowhere", TUESDAY).total == 0


def test_a_day_before_all_versions_has_the_oldest_policy() -> None:
    assert booking_policy(date(1999, 1, 1)).version == "workshop-1"


@pytest.mark.parametrize(("language", "start"), [("zh", "【"), ("en-GB", "["), ("fr", "【")])
def test_a_promotion_is_told_in_the_owner_s_language_or_in_chinese(language: str, start: str) -> None:
    assert promotion_text(stores()["sh-pudong"], language).startswith(start)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bays": 0}, "bays"),
        ({"slot_minutes": 0}, "slot_minutes"),
        ({"technicians": [{"technician_id": "ann", "job_classes": ["paint"]}]}, "technicians[0].job_classes"),
        ({"technicians": [{"technician_id": "ann", "job_classes": ["repair"]}]}, "job_classes.maintenance"),
        ({"technicians": [{"technician_id": "ann", "job_classes": ["maintenance"]}] * 2}, "technicians"),
        ({"job_classes": {"paint": {"minutes": 60, "daily_max": 8}}}, "job_classes"),
        ({"job_classes": {"maintenance": {"minutes": 600, "daily_max": 8}}}, "job_classes.maintenance"),
        ({"job_classes": {"maintenance": {"minutes": 60, "daily_max": 0}}}, "job_classes.maintenance.daily_max"),
    ],
)
def test_a_workshop_that_could_not_work_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyDataError) as refusal:
        read_workshop(a_workshop(**changes))

    assert refusal.value.field == f"[0].{field}"


def test_a_whole_workshop_is_read() -> None:
    assert read_workshop(a_workshop()).bays == 2
