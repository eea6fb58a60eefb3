"""Domain values with every field set, so that a field nobody writes cannot hide."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from random import Random

from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.consent import ConsentHead, DataClass, Grant, Ownership, Purpose, Withdrawal
from ownerloop.domain.contact import Contact, ContactClass, ContactState, LeadChoice, Step
from ownerloop.domain.evidence import merge
from ownerloop.domain.observations import KEPT_MAX, Observation, merged
from ownerloop.domain.owner import Owner, Subscribe, Unsubscribe
from ownerloop.domain.vehicle import (
    ClusterFlag,
    Denied,
    Forecast,
    ItemForecast,
    Reading,
    Reminded,
    Replacement,
    ServiceDone,
    Told,
    Vehicle,
)
from ownerloop.domain.wecom_task import TaskState, WecomTask
from tests.builders import DAY, START, TODAY

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
ITEMS = ("engine_oil", "inspection", "brake_fluid")
REPORTED = (("tyres", "now"), ("brake_pads", "soon"), ("engine_check", "soon"))
CONDITION = "condition#2025-12-19"


def surrogate(prefix: str, number: int) -> str:
    return f"{prefix}_{number:024x}"


def a_full_vehicle(*, version: int = 1) -> Vehicle:
    """Return the largest car that we expect: all the evidence there is room for, two owners, three plan items."""
    car = Vehicle(
        vehicle_id=surrogate("v", 1),
        version=version,
        state_epoch=3,
        consent_epoch=4,
        consent=_head(),
        model="petrol-sedan",
        store_id="sh-pudong",
        linked_at=START - 900 * DAY + timedelta(microseconds=7),
        in_service_on=TODAY - 901 * DAY,
        remind=False,
        evidence=full_evidence(),
        observations=full_observations(),
        services=tuple(ServiceDone(item, TODAY - 200 * DAY, 1_234_567_000) for item in ITEMS),
        forecast=_forecast(),
        reminded=(
            *(Reminded(item, _cycle(item), 3) for item in ITEMS),
            *(Reminded(item, CONDITION, 3) for item, _ in REPORTED),
        ),
        cluster_flag=ClusterFlag(START - 3 * DAY, full_evidence()[-4:]),
        remind_on=TODAY,
        denied=tuple(Denied(read.read_at - DAY, read) for read in full_evidence()[-2:]),
        replacements=(Replacement(began=full_evidence()[1], ended=full_evidence()[0]),),
        booked=tuple(CarBooking(TODAY + day * DAY, surrogate("b", day)) for day in range(3)),
        own_technician="tech-sh-pudong-3",
        cause="c" * 32,
        told=_told(_forecast().items),
        look_on=TODAY - DAY,
    )
    assert_every_field_is_set(car, Vehicle(vehicle_id=""))
    return car


def _told(items: Sequence[ItemForecast]) -> Told:
    """Return another median and P90 than each item has."""
    late = [
        replace(one, due_p50=one.due_p50 + (n + 3) * DAY, due_p90=one.due_p90 + 9 * DAY) for n, one in enumerate(items)
    ]
    return Told(TODAY - 7 * DAY, tuple(late))


def full_evidence() -> tuple[Reading, ...]:
    hours = range(0, 82 * 7 * 24, 4)
    newest = datetime(2026, 1, 4, 20, tzinfo=UTC)  # a Sunday, so that both dense weeks are full
    return merge((), [Reading(newest - hour * HOUR, 1_900_000_000 - hour * 50, hour % 8 == 0) for hour in hours])


def full_observations() -> tuple[Observation, ...]:
    """Return as many as are kept, each of another instant and of the signals that take the most room."""
    chance = Random(7)  # what follows a pattern would be deflated
    seconds = [chance.randrange(6 * 24 * 3600) for _ in range(2 * KEPT_MAX)]
    codes = [f"{chance.choice('PCBU')}{chance.randrange(16**6):06X}" for _ in seconds]
    said = [Observation(f"dtc:{code}", START + at * SECOND, 1) for code, at in zip(codes, seconds, strict=True)]
    held = merged((), [*said, *(Observation("service_time_s", START - n * 7 * DAY, -(2**31) + n) for n in range(3))])
    assert len(held) == KEPT_MAX
    return held


def a_full_contact() -> Contact:
    contact = Contact(
        contact_id=surrogate("c", 1),
        person_id=surrogate("p", 1),
        vehicle_id=surrogate("v", 1),
        store_id="sh-pudong",
        staff_userid="zhang",
        contact_class=ContactClass.COMMERCIAL,
        topic="campaign",
        item="engine_oil",
        due_cycle=_cycle("engine_oil"),
        stage=2,
        priority=90,
        requested_at=START,
        valid_until=START + 7 * DAY,
        policy_version="contact-1 reminder-1",
        trigger="reminder_day#2026-01-05",
        text="【安程汽车浦东店】您的爱车即将到达保养时间",
        state=ContactState.RESERVED,
        reason="slot_free",
        version=3,
        trail=(
            Step(ContactState.REQUESTED, "reminder_due", START),
            Step(ContactState.RESERVED, "slot_free", START + timedelta(microseconds=5)),
        ),
        campaign="spring",
        experiment_arm="b",
        lead=LeadChoice(
            lead_days=21,
            due_p10=TODAY + 10 * DAY,
            due_p50=TODAY + 21 * DAY,
            due_p90=TODAY + 40 * DAY,
            value_fen=9_876,
            price_fen=1_234,
        ),
        holdout=True,
        bundled=("brake_fluid",),
        channel="wecom",
        release_at=START + HOUR,
        reserved_day=TODAY,
        reserved_at=START + 2 * HOUR,
        attempt_id="a_1",
        task_id="t_1",
        provider_message_id="msg_1",
        next_look_at=START + 3 * HOUR,
        correlation_id="0123456789abcdef" * 2,
    )
    assert_every_field_is_set(contact)
    return contact


def a_full_owner() -> Owner:
    owner = Owner(
        person_id=surrogate("p", 1),
        version=1,
        registered_at=START,
        store_id="ur-tianshan",
        zone="Asia/Urumqi",
        language="en",
        daily_max=0,
        staff_userid="zhang",
        channels=("wecom", "sms"),
        unsubscribes=(Unsubscribe(START, "wecom", "*"), Unsubscribe(START + HOUR, "*", "campaign")),
        vehicle_ids=(surrogate("v", 1), surrogate("v", 2)),
        merged_into=surrogate("p", 2),
        subscribes=(Subscribe(START + HOUR, "wecom", "maintenance"),),
        open_cases=("k_1",),
        known_since=START - HOUR,
        team="front",
        birthday="02-29",
        members=(surrogate("p", 3),),
    )
    whole = replace(owner, joined=(owner,))  # as read for a group; never stored
    assert_every_field_is_set(whole, Owner(person_id=""))
    return owner


def a_full_task(*, version: int = 1) -> WecomTask:
    task = WecomTask(
        task_id="t_1",
        version=version,
        staff_userid="zhang",
        text="【安程汽车浦东店】保养提醒",
        link_url="https://example.cn/s?t=t_1",
        reserved_day=TODAY,
        contact_ids=(surrogate("c", 1), surrogate("c", 2)),
        state=TaskState.UNKNOWN,
        created_at=START,
        send_before=START + 8 * HOUR,
        msgid="msg_1",
        misses=1,
        next_look_at=START + HOUR,
    )
    assert_every_field_is_set(task)
    return task


def assert_every_field_is_set(value: object, bare: object = None) -> None:
    for field in fields(value):  # type: ignore[arg-type]  # each is a dataclass
        held = getattr(value, field.name)
        assert held is not None, f"{field.name} is not set, so nobody would notice its loss"
        assert bare is None or held != getattr(bare, field.name), f"{field.name} holds only its default"


def _head() -> ConsentHead:
    first, second = surrogate("p", 1), surrogate("p", 2)
    classes = frozenset(map(str, DataClass))
    return ConsentHead(
        owners=(Ownership(START - 900 * DAY, first), Ownership(START - 100 * DAY, second)),
        grants=tuple(
            Grant(START - 900 * DAY, START + 900 * DAY, person_id, purpose, classes)
            for person_id in (first, second)
            for purpose in Purpose
        ),
        withdrawals=(Withdrawal(START - 101 * DAY, first, Purpose.MARKETING, frozenset({"odometer"})),),
    )


def _forecast() -> Forecast:
    return Forecast(
        as_of=TODAY,
        rule_version="forecast-1",
        plan_version="plans-2026-01",
        priors_version=123,
        metres_per_day=41_234,
        rate_days=88,
        reading_age_days=2,
        last_odometer_m=1_900_000_000,
        items=tuple(
            ItemForecast(
                item, _cycle(item), TODAY + 10 * DAY, TODAY + 30 * DAY, TODAY + 60 * DAY, 1_234_000, "distance"
            )
            for item in ITEMS
        )
        + tuple(
            ItemForecast(item, CONDITION, TODAY, TODAY, TODAY, None, "condition", severity)
            for item, severity in REPORTED
        ),
        reasons=(
            "no_history:inspection",
            "own_remaining",
            *(f"condition:{signal}:soon" for signal in ("tyre_pressure_fl_kpa", "pad_wear_rr_percent", "dtc:P0420")),
            *(f"condition:{signal}:now" for signal in ("tyre_pressure_rr_kpa", "pad_wear_fl_percent", "dtc:P0301")),
        ),
    )


def _cycle(item: str) -> str:
    return f"2025-06-19#1234567{len(item) % 10}00"
