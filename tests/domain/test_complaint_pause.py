"""An open complaint pauses promotion and nothing else; the pause is checked again at every release."""

from dataclasses import replace

import pytest

from ownerloop.domain.contact import Contact, ContactClass, ContactState
from ownerloop.domain.deciding import Decision, decide
from ownerloop.domain.gate import Gate
from ownerloop.domain.owner import Owner
from tests.contact_builders import ANN, CYCLE, DAY, NOW, SHANGHAI, a_contact, a_head, a_policy, a_promotion, an_owner

UPSET = replace(an_owner(), open_cases=("k_1",))


def decided(contact: Contact, owner: Owner, *, gate: Gate | None = None, days: int = 0) -> Decision:
    return decide(
        [contact],
        gate or Gate(person_id=ANN),
        owner=owner,
        heads={contact.vehicle_id: a_head()},
        cycles={(contact.vehicle_id, "oil"): CYCLE},
        policy=a_policy(),
        zone=SHANGHAI,
        now=NOW + days * DAY,
    )


def the_one(decision: Decision) -> Contact:
    (contact,) = (*decision.before_gate, *decision.after_gate)
    return contact


def test_a_promotion_waits_for_the_next_day_while_a_complaint_is_open() -> None:
    held = the_one(decided(a_promotion(1), UPSET))

    assert (held.state, held.reason) == (ContactState.HELD, "open_complaint")
    assert held.release_at
    assert held.release_at > NOW


@pytest.mark.parametrize("contact_class", [ContactClass.SERVICE, ContactClass.SAFETY])
def test_service_and_safety_pass_an_open_complaint(contact_class: ContactClass) -> None:
    sent = the_one(decided(a_contact(1, contact_class=contact_class), UPSET))

    assert sent.state is ContactState.RESERVED


def test_a_complaint_between_hold_and_release_stops_the_promotion_at_release() -> None:
    night = NOW.replace(hour=14)  # 22:00 in Shanghai
    asleep = replace(a_promotion(1), valid_until=NOW + 9 * DAY).moved(
        ContactState.HELD, reason="quiet_hours", at=night, release_at=NOW + DAY, next_look_at=NOW + DAY
    )

    at_release = the_one(decided(asleep, UPSET, days=1))

    assert (at_release.state, at_release.reason) == (ContactState.HELD, "open_complaint")


def test_the_promotion_goes_on_once_the_complaint_is_closed() -> None:
    held = the_one(decided(replace(a_promotion(1), valid_until=NOW + 9 * DAY), UPSET))

    released = the_one(decided(held, an_owner(), days=1))

    assert released.state is ContactState.RESERVED


def test_a_reserved_promotion_gives_its_slot_back_when_a_complaint_opens() -> None:
    first = decided(a_promotion(1), an_owner())

    second = decided(the_one(first), UPSET, gate=first.gate)

    assert the_one(second).reason == "open_complaint"
    assert second.gate is not None
    assert second.gate.entries == ()


def test_a_promotion_that_would_wait_beyond_its_validity_ends() -> None:
    ended = the_one(decided(replace(a_promotion(1), valid_until=NOW + DAY / 4), UPSET))

    assert (ended.state, ended.reason) == (ContactState.EXPIRED, "open_complaint")
