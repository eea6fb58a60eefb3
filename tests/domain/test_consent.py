"""Consent: default deny, at the event time and now, whatever the order in which facts arrived."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from ownerloop.domain.consent import ConsentHead, Purpose
from ownerloop.domain.enrolment import (
    HEAD_FACTS_MAX,
    ConsentGranted,
    ConsentWithdrawn,
    VehicleHandedOver,
    VehicleLinked,
    grant,
    hand_over,
    link,
    withdraw,
)
from ownerloop.domain.vehicle import Reading, Vehicle

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ODOMETER = frozenset({"odometer"})


def a_link(*, day: int = 0) -> VehicleLinked:
    at = START + day * DAY
    return VehicleLinked(
        vin="VIN", owner_key="wang", at=at, since=at, model="petrol", store_id="s1", in_service_on=None, remind=True
    )


def a_grant(*, day: int = 1, days: int = 300, classes: frozenset[str] = ODOMETER) -> ConsentGranted:
    return ConsentGranted(
        vin="VIN",
        owner_key="wang",
        purpose=Purpose.MAINTENANCE,
        classes=classes,
        valid_from=START + day * DAY,
        valid_until=START + (day + days) * DAY,
        evidence="app",
        text_version="1",
    )


def a_withdrawal(*, day: int, classes: frozenset[str] = frozenset()) -> ConsentWithdrawn:
    at = START + day * DAY
    return ConsentWithdrawn(vin="VIN", owner_key="wang", purpose=Purpose.MAINTENANCE, classes=classes, at=at)


def a_car() -> Vehicle:
    return Vehicle(vehicle_id="v_1")


def usable(car: Vehicle, *, read_day: int, now_day: int) -> frozenset[str]:
    head: ConsentHead = car.consent
    return head.usable_classes(START + read_day * DAY, now=START + now_day * DAY, purpose=Purpose.MAINTENANCE)


def test_without_a_consent_nothing_is_usable() -> None:
    car = link(a_car(), a_link(), person_id="p_1")

    assert usable(car, read_day=5, now_day=5) == frozenset()


def test_a_reading_needs_consent_at_its_time_and_now() -> None:
    car = grant(link(a_car(), a_link(), person_id="p_1"), a_grant(day=10), person_id="p_1")
    ended = withdraw(car, a_withdrawal(day=20), person_id="p_1")

    assert usable(car, read_day=5, now_day=15) == frozenset()
    assert usable(car, read_day=12, now_day=15) == ODOMETER
    assert usable(ended, read_day=12, now_day=25) == frozenset()
    assert usable(ended, read_day=12, now_day=15) == ODOMETER


def test_facts_of_consent_may_arrive_in_any_order() -> None:
    steps = [
        lambda car: link(car, a_link(), person_id="p_1"),
        lambda car: grant(car, a_grant(day=1), person_id="p_1"),
        lambda car: withdraw(car, a_withdrawal(day=5), person_id="p_1"),
        lambda car: grant(car, a_grant(day=8), person_id="p_1"),
    ]
    ends = set()
    for order in permutations(steps):
        car = a_car()
        for step in order:
            car = step(car)
        ends.add((car.consent, usable(car, read_day=3, now_day=9), usable(car, read_day=6, now_day=9)))

    assert len(ends) == 1
    ((_, while_granted, while_withdrawn),) = ends
    assert (while_granted, while_withdrawn) == (ODOMETER, frozenset())


def test_a_withdrawal_of_one_class_leaves_the_others() -> None:
    both = frozenset({"odometer", "service"})
    car = grant(link(a_car(), a_link(), person_id="p_1"), a_grant(classes=both), person_id="p_1")

    partly = withdraw(car, a_withdrawal(day=5, classes=ODOMETER), person_id="p_1")

    assert usable(partly, read_day=3, now_day=9) == frozenset({"service"})


def test_the_consent_of_the_old_owner_is_nothing_to_the_new_one() -> None:
    car = grant(link(a_car(), a_link(), person_id="p_old"), a_grant(), person_id="p_old")
    handed = hand_over(
        car, VehicleHandedOver(vin="VIN", to_owner_key="li", at=START + 10 * DAY, store_id=None), person_id="p_new"
    )

    assert usable(handed, read_day=5, now_day=12) == frozenset()
    assert usable(handed, read_day=11, now_day=12) == frozenset()


def test_what_was_sold_or_taken_back_meanwhile_is_so_for_a_batch_that_began_before() -> None:
    allowed = grant(link(a_car(), a_link(), person_id="p_old"), a_grant(), person_id="p_old")
    sale = VehicleHandedOver(vin="VIN", to_owner_key="li", at=START + 10 * DAY, store_id=None)
    sold = hand_over(allowed, sale, person_id="p_new")
    taken_back = withdraw(allowed, a_withdrawal(day=10), person_id="p_old")

    began = START + 9 * DAY
    assert allowed.consent.known_at(began) == began
    for car in (sold, taken_back):
        now = car.consent.known_at(began)
        assert now == START + 10 * DAY
        assert car.consent.usable_classes(START + 5 * DAY, now=now, purpose=Purpose.MAINTENANCE) == frozenset()
        assert car.consent.known_at(START + 11 * DAY) == START + 11 * DAY


def test_a_consent_told_late_is_not_believed_where_its_withdrawal_may_be_forgotten() -> None:
    car = link(a_car(), a_link(), person_id="p_1")
    taken_back = withdraw(car, a_withdrawal(day=2), person_id="p_1")
    for day in range(3, 3 + HEAD_FACTS_MAX):
        gone = ConsentWithdrawn("VIN", "wang", f"share:partner-{day}", frozenset(), START + day * DAY)
        taken_back = withdraw(taken_back, gone, person_id="p_1")

    late = grant(taken_back, a_grant(day=1), person_id="p_1")
    anew = grant(taken_back, a_grant(day=20), person_id="p_1")

    assert usable(late, read_day=21, now_day=21) == frozenset()
    assert usable(anew, read_day=21, now_day=21) == ODOMETER


def test_a_hand_over_raises_both_epochs_once_and_forgets_the_evidence() -> None:
    held = a_car()
    driven = Vehicle(vehicle_id="v_1", evidence=(Reading(read_at=START, odometer_m=1000),), consent=held.consent)
    event = VehicleHandedOver(vin="VIN", to_owner_key="li", at=START + DAY, store_id="s2")

    once = hand_over(driven, event, person_id="p_new")
    twice = hand_over(once, event, person_id="p_new")

    assert (once.state_epoch, once.consent_epoch, once.evidence, once.store_id) == (1, 1, (), "s2")
    assert twice == once


def test_forgetting_an_old_withdrawal_never_revives_a_consent() -> None:
    car = grant(link(a_car(), a_link(), person_id="p_1"), a_grant(day=1, days=3000), person_id="p_1")
    for day in range(2, HEAD_FACTS_MAX + 5):
        car = withdraw(car, a_withdrawal(day=day), person_id="p_1")

    assert usable(car, read_day=1, now_day=100) == frozenset()
    assert len(car.consent.withdrawals) == HEAD_FACTS_MAX
