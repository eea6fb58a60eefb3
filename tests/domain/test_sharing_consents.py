"""Consents to share with partners on a car's head: many of them never cost the programme its own."""

from datetime import timedelta
from itertools import permutations

from ownerloop.domain.consent import Purpose
from ownerloop.domain.enrolment import HEAD_FACTS_MAX, ConsentGranted, grant
from ownerloop.domain.vehicle import Vehicle
from tests.builders import START, a_consent, a_vehicle

HOUR = timedelta(hours=1)


def given(purpose: str, *, hours: int) -> ConsentGranted:
    return ConsentGranted(
        vin="v",
        owner_key="o",
        purpose=purpose,
        classes=frozenset({"service"}),
        valid_from=START + hours * HOUR,
        valid_until=START + 10_000 * HOUR,
        evidence="form",
        text_version="1",
    )


def told(*events: ConsentGranted) -> Vehicle:
    car = a_vehicle(consent=a_consent(grants=[]))
    for event in events:
        car = grant(car, event, person_id="p_1")
    return car


def test_a_dozen_partners_do_not_push_out_the_consent_for_maintenance() -> None:
    car = told(given("maintenance", hours=0), *(given(f"share:partner-{n}", hours=1 + n) for n in range(12)))

    assert len(car.consent.grants) == HEAD_FACTS_MAX
    assert car.consent.classes_at(START + 100 * HOUR, person_id="p_1", purpose=Purpose.MAINTENANCE)
    assert car.consent.classes_at(START + 100 * HOUR, person_id="p_1", purpose="share:partner-11")


def test_what_is_kept_does_not_depend_on_the_order_of_arrival() -> None:
    fixed = [given(f"share:partner-{n}", hours=10 + n) for n in range(7)]
    moving = [given("maintenance", hours=0), given("maintenance", hours=1), given("marketing", hours=2)]

    kept = {told(*order[:2], *fixed, *order[2:]).consent.grants for order in permutations(moving)}

    assert len(kept) == 1
