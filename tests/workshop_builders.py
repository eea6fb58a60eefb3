"""Builders of workshops: each shows only what matters."""

from datetime import UTC, date, datetime, time
from typing import Any

from ownerloop.domain.workdays import Opening, OpeningWeek
from ownerloop.domain.workshop import Asked, BookingPolicy, Day, Job, JobClass, Technician, WorkshopRules
from ownerloop.domain.workshop_day import Terms

STORE = "sh-pudong"
BOOKED_AT = datetime(2026, 3, 2, 2, tzinfo=UTC)
VISIT_ON = date(2026, 3, 10)  # a Tuesday
NINE, TEN, ELEVEN = 9 * 60, 10 * 60, 11 * 60
MAINTENANCE, INSPECTION, REPAIR = JobClass.MAINTENANCE, JobClass.INSPECTION, JobClass.REPAIR
OPENING = Opening(time(9), time(17))


def rules(**changes: Any) -> WorkshopRules:
    values: dict[str, Any] = {
        "week": OpeningWeek((OPENING,) * 7, closed_on_holidays=True, open_on_makeup_days=True),
        "slot_minutes": 30,
        "bays": 2,
        "technicians": (
            Technician("ann", frozenset({MAINTENANCE, INSPECTION})),
            Technician("bo", frozenset({MAINTENANCE, INSPECTION, REPAIR})),
        ),
        "jobs": {MAINTENANCE: Job(60, 12), INSPECTION: Job(30, 12), REPAIR: Job(180, 2)},
    }
    return WorkshopRules(**values | changes)


def policy(**changes: Any) -> BookingPolicy:
    values: dict[str, Any] = {
        "version": "workshop-t",
        "effective_on": date(2014, 1, 1),
        "waitlist_max": 5,
        "promised_max": 2,
        "horizon_days": 90,
        "open_per_car_max": 3,
        "promotion_priority": 30,
    }
    return BookingPolicy(**values | changes)


def terms(*, since_minute: int = 0, waitlist_max: int = 5, opening: Opening | None = OPENING, **changes: Any) -> Terms:
    return Terms(rules(**changes), policy(waitlist_max=waitlist_max), opening, since_minute)


def asked(number: int = 1, *, minute: int = NINE, job_class: JobClass = MAINTENANCE, **changes: Any) -> Asked:
    values: dict[str, Any] = {
        "booking_key": f"b_{number:024x}",
        "person_id": f"p_{number:024x}",
        "vehicle_id": f"v_{number:024x}",
        "job_class": job_class,
        "wished_minute": minute,
        "asked_at": BOOKED_AT,
    }
    return Asked(**values | changes)


def a_day(**changes: Any) -> Day:
    values: dict[str, Any] = {"store_id": STORE, "on": VISIT_ON}
    return Day(**values | changes)
