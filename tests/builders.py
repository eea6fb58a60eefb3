"""Builders with defaults: a test names only what matters to it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from ownerloop.domain.calendar import QuietHours
from ownerloop.domain.consent import ConsentHead, DataClass, Grant, Ownership, Purpose, Withdrawal
from ownerloop.domain.contact import Contact, ContactClass, ContactState
from ownerloop.domain.evidence import merge
from ownerloop.domain.owner import Owner, Unsubscribe
from ownerloop.domain.plans import PlanItem, ServicePlan, Store
from ownerloop.domain.vehicle import Forecast, ItemForecast, Reading, ServiceDone, Vehicle

START = datetime(2026, 1, 5, 4, tzinfo=UTC)  # a Monday, noon in Shanghai

TODAY = START.date()

KM = 1_000

DAY = timedelta(days=1)

NIGHT = QuietHours(starts_at=time(21), ends_at=time(8))


def a_reading(*, day: float = 0, km: float = 10_000, is_bare_date: bool = False) -> Reading:
    return Reading(read_at=START + day * DAY, odometer_m=round(km * KM), is_bare_date=is_bare_date)


def readings(*, days: Iterable[float], from_km: float = 10_000, km_per_day: float = 40) -> tuple[Reading, ...]:
    return merge((), [a_reading(day=day, km=from_km + day * km_per_day) for day in days])


def a_grant(
    *,
    person_id: str = "p_1",
    purpose: str = Purpose.MAINTENANCE,
    classes: Iterable[str] = tuple(DataClass),
    granted_at: datetime = START - 1_000 * DAY,
    expires_at: datetime = START + 1_000 * DAY,
) -> Grant:
    return Grant(
        granted_at=granted_at,
        expires_at=expires_at,
        person_id=person_id,
        purpose=purpose,
        classes=frozenset(classes),
    )


def a_consent(
    *,
    person_id: str = "p_1",
    grants: Iterable[Grant] | None = None,
    withdrawals: Iterable[Withdrawal] = (),
    since: datetime = START - 1_000 * DAY,
) -> ConsentHead:
    held = (a_grant(person_id=person_id),) if grants is None else tuple(grants)
    return ConsentHead(owners=(Ownership(since, person_id),), grants=held, withdrawals=tuple(withdrawals))


def a_vehicle(
    *,
    vehicle_id: str = "v_1",
    version: int = 1,
    evidence: Iterable[Reading] = (),
    services: Iterable[ServiceDone] = (),
    consent: ConsentHead | None = None,
    model: str | None = "petrol-sedan",
    store_id: str | None = "sh-pudong",
    in_service_on: date | None = None,
    remind: bool = True,
    forecast: Forecast | None = None,
    remind_on: date | None = None,
) -> Vehicle:
    return Vehicle(
        vehicle_id=vehicle_id,
        version=version,
        consent=a_consent() if consent is None else consent,
        model=model,
        store_id=store_id,
        in_service_on=in_service_on,
        remind=remind,
        evidence=merge((), evidence),
        services=tuple(services),
        forecast=forecast,
        remind_on=remind_on,
    )


def a_service(*, item: str = "oil", on: date = TODAY, km: float | None = 10_000) -> ServiceDone:
    return ServiceDone(item=item, on=on, odometer_m=None if km is None else round(km * KM))


def an_item_forecast(
    *,
    item: str = "oil",
    due_cycle: str = "start#10000000",
    due_p50: date = TODAY,
    due_p10: date | None = None,
    due_p90: date | None = None,
    remaining_m: int | None = None,
    basis: str = "time",
    severity: str | None = None,
) -> ItemForecast:
    return ItemForecast(
        item=item,
        due_cycle=due_cycle,
        due_p10=due_p10 or due_p50,
        due_p50=due_p50,
        due_p90=due_p90 or due_p50,
        remaining_m=remaining_m,
        basis=basis,
        severity=severity,
    )


def a_forecast(
    *,
    items: Iterable[ItemForecast] | None = None,
    as_of: date = TODAY,
    metres_per_day: int = 40_000,
    reading_age_days: int = 0,
) -> Forecast:
    return Forecast(
        as_of=as_of,
        rule_version="forecast-1",
        plan_version="plans-1",
        priors_version=0,
        metres_per_day=metres_per_day,
        rate_days=60,
        reading_age_days=reading_age_days,
        last_odometer_m=10_000_000,
        items=(an_item_forecast(),) if items is None else tuple(items),
    )


def an_owner(
    *,
    person_id: str = "p_1",
    version: int = 1,
    store_id: str | None = "sh-pudong",
    zone: str | None = None,
    language: str = "zh",
    daily_max: int = 3,
    staff_userid: str | None = "staff-1",
    channels: Iterable[str] = ("wecom",),
    unsubscribes: Iterable[Unsubscribe] = (),
) -> Owner:
    return Owner(
        person_id=person_id,
        version=version,
        registered_at=START - 1_000 * DAY,
        store_id=store_id,
        zone=zone,
        language=language,
        daily_max=daily_max,
        staff_userid=staff_userid,
        channels=tuple(channels),
        unsubscribes=tuple(unsubscribes),
    )


def a_contact(
    *,
    contact_id: str = "c_1",
    person_id: str = "p_1",
    vehicle_id: str = "v_1",
    store_id: str = "sh-pudong",
    staff_userid: str | None = "staff-1",
    contact_class: ContactClass = ContactClass.SERVICE,
    topic: str = "maintenance",
    item: str = "oil",
    due_cycle: str = "start#10000000",
    stage: int = 1,
    priority: int = 40,
    requested_at: datetime = START,
    valid_until: datetime = START + 7 * DAY,
    text: str = "【安程汽车浦东店】保养提醒",
    state: ContactState = ContactState.REQUESTED,
    reason: str = "requested",
    version: int = 1,
    holdout: bool = False,
    channel: str | None = None,
    release_at: datetime | None = None,
    reserved_day: date | None = None,
    reserved_at: datetime | None = None,
    attempt_id: str | None = None,
    task_id: str | None = None,
    next_look_at: datetime | None = None,
) -> Contact:
    return Contact(
        contact_id=contact_id,
        person_id=person_id,
        vehicle_id=vehicle_id,
        store_id=store_id,
        staff_userid=staff_userid,
        contact_class=contact_class,
        topic=topic,
        item=item,
        due_cycle=due_cycle,
        stage=stage,
        priority=priority,
        requested_at=requested_at,
        valid_until=valid_until,
        policy_version="contact-1",
        trigger="plan",
        text=text,
        state=state,
        reason=reason,
        version=version,
        holdout=holdout,
        channel=channel,
        release_at=release_at,
        reserved_day=reserved_day,
        reserved_at=reserved_at,
        attempt_id=attempt_id,
        task_id=task_id,
        next_look_at=next_look_at,
    )


def a_plan(*items: PlanItem, model: str = "petrol-sedan", version: str = "plans-1") -> ServicePlan:
    return ServicePlan(
        model=model,
        version=version,
        effective_on=date(2014, 1, 1),
        source="an example",
        items=items or (a_plan_item(),),
    )


def a_plan_item(*, item: str = "oil", every_km: float | None = 10_000, every_months: int | None = None) -> PlanItem:
    return PlanItem(item=item, every_m=None if every_km is None else round(every_km * KM), every_months=every_months)


def a_store(*, store_id: str = "sh-pudong", zone: str = "Asia/Shanghai", plan_hour: int = 8) -> Store:
    return Store(
        store_id=store_id,
        name_zh="安程汽车浦东店",
        name_en="Ancheng Motors Pudong",
        zone=zone,
        carmaker="ancheng",
        group="ancheng-group",
        plan_hour=plan_hour,
    )
