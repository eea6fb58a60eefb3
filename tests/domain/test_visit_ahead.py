"""Nobody is asked for a visit that is booked already, unless the car reports what cannot wait."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.deciding import decide
from ownerloop.domain.gate import Gate
from ownerloop.domain.recheck import has_visit_ahead
from ownerloop.domain.vehicle import Vehicle
from tests.builders import TODAY, a_forecast, a_vehicle
from tests.contact_builders import ANN, CYCLE, NOW, SHANGHAI, a_contact, a_head, a_policy, an_owner

DAY = timedelta(days=1)


def a_booked_car(*, days: int, severity: str | None = None) -> Vehicle:
    forecast = a_forecast()
    items = tuple(replace(item, severity=severity) for item in forecast.items)
    booked = (CarBooking(TODAY + days * DAY, "b_1"),)
    return replace(a_vehicle(), booked=booked, forecast=replace(forecast, items=items))


def decided(contact: Contact) -> Contact:
    decision = decide(
        [contact],
        Gate(person_id=ANN),
        owner=an_owner(),
        heads={contact.vehicle_id: a_head()},
        cycles={(contact.vehicle_id, "oil"): CYCLE},
        policy=a_policy(),
        zone=SHANGHAI,
        now=NOW,
        visiting=frozenset({contact.vehicle_id}),
    )
    (moved,) = (*decision.before_gate, *decision.after_gate)
    return moved


@pytest.mark.parametrize(("days", "is_ahead"), [(-1, False), (0, True), (1, True)])
def test_a_visit_lies_ahead_until_its_day_is_over(days: int, is_ahead: bool) -> None:  # the answer
    assert has_visit_ahead(a_booked_car(days=days), on=TODAY) is is_ahead


def test_what_cannot_wait_is_told_in_spite_of_a_visit() -> None:
    assert not has_visit_ahead(a_booked_car(days=9, severity="now"), on=TODAY)
    assert has_visit_ahead(a_booked_car(days=9, severity="soon"), on=TODAY)


def test_a_waiting_reminder_ends_when_a_visit_is_booked() -> None:
    ended = decided(a_contact(1))

    assert (ended.state, ended.reason) == (ContactState.SUPPRESSED, "booked")


def test_the_message_about_the_booking_itself_goes_out() -> None:
    assert decided(a_contact(1, topic="booking", due_cycle="")).state is ContactState.RESERVED
