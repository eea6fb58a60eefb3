"""Builders for contacts, their owners and the rules: defaults for everything, so that a test shows what matters."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ownerloop.domain.calendar import QuietHours, zone_of
from ownerloop.domain.consent import ConsentHead, Grant, Ownership, Purpose
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle

SHANGHAI = zone_of("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday 10:00 in Shanghai
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ANN, BEN = "p_" + "a" * 24, "p_" + "b" * 24
CYCLE = "2025-09-01#10000000"


def a_surrogate(prefix: str, number: int) -> str:
    return f"{prefix}_{number:024x}"


def a_policy(**changes: Any) -> ContactPolicy:
    held = ContactPolicy(
        version="contact-test",
        effective_on=date(2025, 1, 1),
        daily_max=3,
        commercial_daily_max=2,
        kept_slots=0,
        commercial_per_7_days_max=None,
        commercial_per_30_days_max=None,
        service_per_cycle_max=3,
        channel_daily_max={},
        quiet_hours=QuietHours(starts_at=time(21), ends_at=time(8)),
        release_spread=timedelta(minutes=20),
        holdout_percent=0,
        send_grace=timedelta(minutes=5),
        sending_doubt=timedelta(minutes=10),
    )
    return replace(held, **changes)


def a_contact(number: int = 1, **changes: Any) -> Contact:
    """Return contact `number`, requested now for car `number` of Ann; a lower number goes first among equals."""
    held = Contact(
        contact_id=a_surrogate("c", number),
        person_id=ANN,
        vehicle_id=a_surrogate("v", number),
        store_id="sh-pudong",
        staff_userid="zhang",
        contact_class=ContactClass.SERVICE,
        topic="maintenance",
        item="oil",
        due_cycle=CYCLE,
        stage=1,
        priority=40,
        requested_at=NOW,
        valid_until=NOW + 14 * DAY,
        policy_version="contact-test reminder-test",
        trigger="reminder_day#2026-03-02",
        text="Pudong: your oil service is due soon.",
        trail=(Step(state=ContactState.REQUESTED, reason="reminder_due", at=NOW),),
        next_look_at=NOW + timedelta(minutes=5),
    )
    return replace(held, **changes)


def a_promotion(number: int = 1, **changes: Any) -> Contact:
    return a_contact(
        number,
        **{"contact_class": ContactClass.COMMERCIAL, "topic": "campaign", "priority": 90, "due_cycle": "", **changes},
    )


def an_owner(person_id: str = ANN, **changes: Any) -> Owner:
    held = Owner(
        person_id=person_id,
        version=1,
        registered_at=NOW - 100 * DAY,
        store_id="sh-pudong",
        zone="Asia/Shanghai",
        staff_userid="zhang",
        channels=("wecom",),
    )
    return replace(held, **changes)


def a_head(
    person_id: str = ANN, *, purposes: tuple[str, ...] = (Purpose.MAINTENANCE, Purpose.MARKETING)
) -> ConsentHead:
    since = NOW - 100 * DAY
    grants = tuple(Grant(since, NOW + 300 * DAY, person_id, purpose, frozenset({"odometer"})) for purpose in purposes)
    return ConsentHead(owners=(Ownership(since, person_id),), grants=grants)


def a_forecast(*, item: str = "oil", cycle: str = CYCLE, due_on: date = TODAY + 20 * DAY) -> Forecast:
    return Forecast(
        as_of=TODAY,
        rule_version="forecast-1",
        plan_version="plan-1",
        priors_version=0,
        metres_per_day=40_000,
        rate_days=90,
        reading_age_days=1,
        last_odometer_m=19_500_000,
        items=(ItemForecast(item, cycle, due_on - 10 * DAY, due_on, due_on + 10 * DAY, 500_000, "distance"),),
    )


def a_car(number: int = 1, **changes: Any) -> Vehicle:
    held = Vehicle(
        vehicle_id=a_surrogate("v", number),
        version=1,
        consent=a_head(),
        model="petrol",
        store_id="sh-pudong",
        forecast=a_forecast(),
    )
    return replace(held, **changes)


def a_store(**changes: Any) -> Store:
    held = Store(
        store_id="sh-pudong",
        name_zh="浦东店",
        name_en="Pudong",
        zone="Asia/Shanghai",
        carmaker="example",
        group="example",
        plan_hour=6,
    )
    return replace(held, **changes)
