"""The shipped policy data: what is in force on a day, and what a broken file says."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from math import exp
from typing import Any

import pytest

from ownerloop.adapters import policy_files
from ownerloop.adapters.lead_policies import lead_policy, read_lead_policy
from ownerloop.adapters.policy_rows import PolicyDataError, Row, rows_of
from ownerloop.adapters.reminder_texts import read_texts, text_of
from tests.builders import a_store
from tests.policy_builders import (
    a_contact_policy,
    a_forecast_policy,
    a_reminder_policy,
    a_usage_model,
    an_intake_policy,
)

ON = date(2026, 3, 1)
READERS: dict[str, Callable[[Row], object]] = {
    "contact_policy.json": policy_files.read_contact_policy,
    "reminder_policy.json": policy_files.read_reminder_policy,
    "intake_policy.json": policy_files.read_intake_policy,
    "forecast_policy.json": policy_files.read_forecast_policy,
    "plans.json": policy_files.read_plan,
    "lead_policy.json": read_lead_policy,
}


def shipped(file: str) -> dict[str, Any]:
    return dict(rows_of(file)[0].values)


def read(file: str, values: dict[str, Any]) -> object:
    (row,) = rows_of(file, text=json.dumps([values]))
    return READERS[file](row)


def test_the_shipped_policies_are_the_ones_the_tests_build() -> None:
    assert policy_files.contact_policy(ON) == a_contact_policy()
    assert policy_files.reminder_policy(ON) == a_reminder_policy()
    assert policy_files.intake_policy(ON) == an_intake_policy()
    assert replace(policy_files.forecast_policy(ON), conditions=None) == a_forecast_policy(usage=a_usage_model())


def test_the_booking_curve_starts_from_the_designs_formula() -> None:
    policy = lead_policy(ON)
    formula = [0.45 * exp(-((lead - 21) ** 2) / (2 * 12**2)) if lead >= -10 else 0 for lead in policy.curve.leads]

    assert policy.curve.rates_ppm == tuple(round(1_000_000 * rate) for rate in formula)
    assert sum(policy.lags.shares_ppm) == 1_000_000
    assert (policy.explore_percent, policy.window_days) == (3, 82)


def test_the_first_contact_policy_lets_maintenance_alone_reach_three() -> None:
    policy = policy_files.contact_policy(ON)

    assert (policy.daily_max, policy.commercial_daily_max, policy.kept_slots) == (3, 2, 0)
    assert (policy.commercial_per_7_days_max, policy.commercial_per_30_days_max) == (None, None)
    assert (policy.channel_daily_max, policy.service_per_cycle_max, policy.holdout_percent) == ({}, 3, 0)
    assert (policy.quiet_hours.starts_at, policy.quiet_hours.ends_at) == (time(21), time(8))
    assert policy.release_spread == timedelta(minutes=20)


def test_every_model_has_a_plan_with_a_note_on_its_source() -> None:
    plans = [policy_files.plan_of(row.text("model"), ON) for row in rows_of("plans.json")]

    assert len({plan.model for plan in plans} - {"*"}) >= 6
    assert all("manual" in plan.source for plan in plans)


def test_an_unknown_model_gets_the_plan_for_any_model() -> None:
    assert policy_files.plan_of("no-such-model", ON) == policy_files.plan_of(None, ON)
    assert policy_files.plan_of(None, ON).model == "*"


def test_an_electric_car_has_no_distance_at_all() -> None:
    plan = policy_files.plan_of("electric-compact", ON)

    assert all(item.every_m is None and item.every_months for item in plan.items)


def test_a_day_before_every_version_gets_the_oldest() -> None:
    assert policy_files.contact_policy(date(1999, 1, 1)).version == "contact-1"


def test_from_2027_a_slot_is_kept_and_promotion_has_its_windows() -> None:
    assert policy_files.contact_policy(date(2026, 12, 31)).version == "contact-1"
    later = policy_files.contact_policy(date(2027, 1, 1))
    assert (later.kept_slots, later.commercial_per_7_days_max, later.commercial_per_30_days_max) == (1, 1, 4)


def test_of_several_versions_the_newest_effective_one_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = an_intake_row("intake-1", "2014-01-01"), an_intake_row("intake-2", "2026-03-01")
    policies = tuple(map(policy_files.read_intake_policy, rows_of("intake_policy.json", text=json.dumps([new, old]))))
    monkeypatch.setattr(policy_files, "_intake_policies", lambda: policies)

    assert policy_files.intake_policy(date(2026, 2, 28)).version == "intake-1"
    assert policy_files.intake_policy(date(2026, 3, 1)).version == "intake-2"


def test_a_plan_holds_from_its_day_and_only_for_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, own = shipped("plans.json"), rows_of("plans.json")[1].values
    text = json.dumps([whole, own, {**own, "version": "plans-2", "effective_on": "2026-03-01"}])
    plans = [policy_files.read_plan(row) for row in rows_of("plans.json", text=text)]
    by_model = {name: tuple(plan for plan in plans if plan.model == name) for name in ("*", own["model"])}
    monkeypatch.setattr(policy_files, "_plans", lambda: by_model)

    found = [policy_files.plan_of(own["model"], day).version for day in (date(2026, 2, 28), date(2026, 3, 1))]
    other = policy_files.plan_of("no-such-model", date(2026, 3, 1))

    assert found == ["plans-1", "plans-2"]
    assert (other.model, other.version) == ("*", "plans-1")


def an_intake_row(version: str, effective_on: str) -> dict[str, Any]:
    return {**shipped("intake_policy.json"), "version": version, "effective_on": effective_on}


def test_stores_hang_in_their_hierarchy_and_zone() -> None:
    stores = policy_files.stores()

    assert replace(stores["sh-pudong"], teams=()) == a_store(plan_hour=7)
    assert stores["ur-tianshan"].zone == "Asia/Urumqi"
    assert {store.group for store in stores.values()} == {"ancheng-group"}
    assert all(store_id == store.store_id for store_id, store in stores.items())


@pytest.mark.parametrize("language", ["zh", "zh-CN", "en", "en-GB", "ug"])
@pytest.mark.parametrize("by_condition", [False, True])
@pytest.mark.parametrize("item", ["oil", "inspection", "brake_fluid", "tyres", "low_voltage_battery", "no-such-item"])
def test_a_text_names_the_store_first_and_neither_day_nor_number(item: str, language: str, by_condition: bool) -> None:
    text = text_of([item], store=a_store(), language=language, by_condition=by_condition)

    assert text.startswith("[Ancheng Motors Pudong]" if language.startswith("en") else "【安程汽车浦东店】")
    assert not any(character.isdigit() for character in text)
    assert "{" not in text
    assert len(text.encode()) <= 4_000


def test_every_item_of_every_plan_has_a_name_in_every_language() -> None:
    named = rows_of("texts.json")[-1].row("items")
    items = {item.item for row in rows_of("plans.json") for item in policy_files.plan_of(row.text("model"), ON).items}

    assert all(items <= set(named.row(language).values) for language in named.values)


@pytest.mark.parametrize("file", sorted(READERS))
def test_a_missing_field_is_named_with_its_file(file: str) -> None:
    whole = shipped(file)
    for field in sorted(whole.keys() - {"note"}):
        with pytest.raises(PolicyDataError, match=field) as raised:
            read(file, {name: value for name, value in whole.items() if name != field})

        assert raised.value.file == file
        assert raised.value.field == f"[0].{field}"


@pytest.mark.parametrize("file", sorted(READERS))
def test_a_field_of_the_wrong_kind_is_named_with_its_file(file: str) -> None:
    whole = shipped(file)
    for field in sorted(whole.keys() - {"note"}):
        with pytest.raises(PolicyDataError, match=field):
            read(file, {**whole, field: True})


@pytest.mark.parametrize(
    ("file", "field", "value"),
    [
        ("contact_policy.json", "holdout_percent", 101),
        ("contact_policy.json", "daily_max", -1),
        ("contact_policy.json", "quiet_starts_at", "25:00"),
        ("contact_policy.json", "channel_daily_max", {"wecom": "one"}),
        ("reminder_policy.json", "stages", []),
        ("reminder_policy.json", "stages", [{"stage": 2, "lead_days": 7, "remaining_m": None, "valid_days": 7}]),
        ("intake_policy.json", "vin_check_digit", "maybe"),
        ("forecast_policy.json", "half_life_days", 0),
        ("forecast_policy.json", "usage", {}),
        ("plans.json", "items", [{"item": "oil", "every_m": None, "every_months": None}]),
        ("plans.json", "items", ["oil"]),
        ("plans.json", "effective_on", "2026-02-30"),
        ("lead_policy.json", "explore_percent", 101),
        ("lead_policy.json", "overload_percent", 51),
        ("lead_policy.json", "earliest_lead", -7),
        ("lead_policy.json", "explore_earliest_lead", 76),
        ("lead_policy.json", "evidence_days", 401),
        ("lead_policy.json", "curve", [{"lead": 7, "rate_ppm": 1}, {"lead": 7, "rate_ppm": 2}]),
        ("lead_policy.json", "curve", [{"lead": 7, "rate_ppm": 1_000_001}]),
        ("lead_policy.json", "lag_weights", []),
        ("lead_policy.json", "lag_weights", [1, -1]),
        ("lead_policy.json", "lag_weights", [0, 0]),
    ],
)
def test_a_value_outside_its_rule_is_named(file: str, field: str, value: object) -> None:
    with pytest.raises(PolicyDataError) as raised:
        read(file, {**shipped(file), field: value})

    assert field in raised.value.field or "channel_daily_max" in raised.value.field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("noise_days", 0),
        ("season_amplitude", 1),
        ("season_share", 1),
        ("season_share", 0),
        ("scale_strength", 2),
        ("fading", []),
        ("fading", [{"variance": 0.1, "days": 0}]),
    ],
)
def test_a_usage_model_that_cannot_be_reckoned_with_is_refused(field: str, value: object) -> None:
    usage = {**shipped("forecast_policy.json")["usage"], field: value}

    with pytest.raises(PolicyDataError, match=field):
        read("forecast_policy.json", {**shipped("forecast_policy.json"), "usage": usage})


def test_without_a_usage_model_the_plain_rule_holds() -> None:
    assert read("forecast_policy.json", {**shipped("forecast_policy.json"), "usage": None}) == a_forecast_policy()


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "[1]", '"plans"'])
def test_a_file_that_is_no_list_of_objects_is_named(text: str) -> None:
    with pytest.raises(PolicyDataError, match=r"plans\.json"):
        rows_of("plans.json", text=text)


@pytest.mark.parametrize(("field", "value"), [("zone", "Mars/Olympus"), ("plan_hour", 24), ("name_zh", "")])
def test_a_store_with_a_bad_field_is_refused(field: str, value: object) -> None:
    store = rows_of("stores.json")[0].rows("stores")[0]

    with pytest.raises(PolicyDataError, match=field):
        policy_files.read_store(Row(store.file, store.at, {**store.values, field: value}))


@pytest.mark.parametrize("frames", ["frames", "condition_frames"])
def test_a_text_that_does_not_begin_with_the_sender_is_refused(frames: str) -> None:
    whole = shipped("texts.json")
    (row,) = rows_of("texts.json", text=json.dumps([{**whole, frames: {**whole[frames], "en": "Hello {item}"}}]))

    with pytest.raises(PolicyDataError, match="frames"):
        read_texts(row)


def test_a_visit_names_each_of_its_services_once() -> None:
    chinese = text_of(["oil", "brake_fluid", "oil"], store=a_store(), language="zh")
    english = text_of(["no-such-item", "tyres", "nor-this"], store=a_store(), language="en", by_condition=True)

    assert chinese.count("机油及机油滤清器更换、制动液更换") == 1
    assert "seen soon for: regular service, tyre and tyre pressure check." in english
