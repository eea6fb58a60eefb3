"""A car changes hands: what was the former owner's ends with the instant, whatever the order of telling."""

from dataclasses import replace
from datetime import datetime
from itertools import permutations

import pytest

from ownerloop.domain.cases import doubt_key
from ownerloop.domain.consent import ConsentHead, Ownership, Purpose
from ownerloop.domain.enrolment import VehicleHandedOver, VehicleLinked, hand_over, link
from ownerloop.domain.vehicle import Denied, Reminded, Vehicle
from tests.builders import (
    DAY,
    START,
    TODAY,
    a_forecast,
    a_grant,
    a_reading,
    a_service,
    a_vehicle,
    readings,
)

LONG_AGO = START - 100 * DAY


def a_driven_car() -> Vehicle:
    """Return a car of p_1 with something in every part that its owner's driving filled."""
    car = a_vehicle(
        evidence=readings(days=range(-30, 0)), services=[a_service()], forecast=a_forecast(), remind_on=TODAY
    )
    return replace(
        car,
        reminded=(Reminded("oil", "start#10000000", 2),),
        denied=(Denied(START, a_reading(km=90_000)),),
    )


def handed(car: Vehicle, *, to: str = "p_2", at: datetime = START) -> Vehicle:
    return hand_over(car, VehicleHandedOver(vin="V", to_owner_key=to, at=at, store_id=None), person_id=to)


def linked(car: Vehicle, *, to: str, since: datetime, at: datetime | None = None) -> Vehicle:
    event = VehicleLinked(
        vin="V", owner_key=to, at=at or since, since=since, model="m", store_id="s", in_service_on=None, remind=True
    )
    return link(car, event, person_id=to)


def classes(head: ConsentHead, person_id: str, at: datetime) -> frozenset[str]:
    return head.classes_at(at, person_id=person_id, purpose=Purpose.MAINTENANCE)


def test_nothing_of_the_former_owner_s_driving_is_left() -> None:
    car = handed(a_driven_car())

    assert (car.evidence, car.observations, car.forecast, car.cluster_flag, car.remind_on) == ((), (), None, None, None)
    assert (car.reminded, car.denied, car.booked) == ((), (), ())


def test_the_service_book_goes_with_the_car() -> None:
    assert handed(a_driven_car()).services == a_driven_car().services


def test_a_link_to_somebody_else_is_a_hand_over_under_another_name() -> None:
    before = a_driven_car()

    car = linked(before, to="p_2", since=START)

    assert (car.evidence, car.forecast, car.reminded) == ((), None, ())
    assert (car.state_epoch, car.consent_epoch) == (before.state_epoch + 1, before.consent_epoch + 1)


def test_a_link_told_again_takes_nothing_from_its_owner() -> None:
    car = a_driven_car()
    again = linked(car, to="p_1", since=START - 1_000 * DAY, at=START)

    assert again.evidence == car.evidence
    assert again.state_epoch == car.state_epoch


def test_an_earlier_owner_told_late_takes_nothing_from_the_present_one() -> None:
    car = a_driven_car()

    for late in (handed(car, to="p_0", at=START - 2_000 * DAY), linked(car, to="p_0", since=START - 2_000 * DAY)):
        assert late.evidence == car.evidence
        assert late.consent.owner_at(START) == "p_1"


@pytest.mark.parametrize("order", list(permutations([("p_2", 0), ("p_3", 10), ("p_4", 20)])))
def test_hand_overs_end_alike_in_any_order_of_telling(order: list[tuple[str, int]]) -> None:
    car = a_driven_car()
    for person_id, day in order:
        car = handed(car, to=person_id, at=START + day * DAY)

    assert car == replace(car, evidence=(), forecast=None)
    assert [car.consent.owner_at(START + day * DAY) for day in (-1, 0, 10, 20)] == ["p_1", "p_2", "p_3", "p_4"]
    assert car.state_epoch == 3


def test_the_former_owner_s_consent_ends_with_the_instant() -> None:
    head = handed(a_driven_car()).consent

    assert classes(head, "p_1", START - DAY)
    assert not classes(head, "p_1", START)


def test_a_consent_does_not_come_back_with_the_car() -> None:
    back = handed(handed(a_driven_car()), to="p_1", at=START + 5 * DAY).consent
    anew = replace(back, grants=(*back.grants, a_grant(granted_at=START + 6 * DAY)))

    assert not classes(back, "p_1", START + 7 * DAY)
    assert classes(anew, "p_1", START + 7 * DAY)


def test_a_new_owner_who_signed_before_the_hand_over_has_consented() -> None:
    early = a_grant(person_id="p_2", granted_at=START - DAY)
    head = replace(handed(a_driven_car()).consent, grants=(early,))

    assert classes(head, "p_2", START)


def test_the_instant_splits_what_may_be_used() -> None:
    grants = tuple(a_grant(person_id=person_id, granted_at=LONG_AGO) for person_id in ("p_1", "p_2"))
    head = ConsentHead(owners=(Ownership(LONG_AGO, "p_1"), Ownership(START, "p_2")), grants=grants)

    late, mine = (
        head.usable_classes(START + offset, now=START + DAY, purpose=Purpose.MAINTENANCE)
        for offset in (-DAY / 24, 0 * DAY)
    )

    assert not late
    assert mine


def test_a_doubt_ends_with_its_owner() -> None:
    assert doubt_key(handed(a_driven_car())) != doubt_key(a_driven_car())
