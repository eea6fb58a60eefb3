"""Decides on contacts, as tests of deciding do."""

from datetime import datetime, timedelta
from typing import Any

from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.contact import Contact
from ownerloop.domain.deciding import Decision, decide
from ownerloop.domain.gate import Gate
from ownerloop.domain.owner import Owner
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.send_window import spread_offset
from tests.contact_builders import ANN, CYCLE, HOUR, NOW, SHANGHAI, a_contact, a_head, a_policy, an_owner

MINUTE = timedelta(minutes=1)
OFFSET = spread_offset(ANN, spread=timedelta(minutes=20))
TOMORROW_RELEASE = NOW + 22 * HOUR + OFFSET  # 08:00 in Shanghai and Ann's own offset
NIGHT = NOW + 12 * HOUR  # 22:00 in Shanghai


def decided(
    contacts: list[Contact],
    gate: Gate | None = None,
    *,
    owner: Owner | None = None,
    heads: dict[str, ConsentHead] | None = None,
    cycle: str = CYCLE,
    policy: ContactPolicy | None = None,
    now: datetime = NOW,
) -> Decision:
    return decide(
        contacts,
        gate or Gate(person_id=ANN),
        owner=owner or an_owner(),
        heads=heads if heads is not None else {contact.vehicle_id: a_head() for contact in contacts},
        cycles={(contact.vehicle_id, "oil"): cycle for contact in contacts},
        policy=policy or a_policy(),
        zone=SHANGHAI,
        now=now,
    )


def after(decision: Decision, contacts: list[Contact], gate: Gate) -> tuple[list[Contact], Gate]:
    """Return the person as the decision's writes leave it."""
    held = {contact.contact_id: contact for contact in contacts}
    held.update({contact.contact_id: contact for contact in (*decision.before_gate, *decision.after_gate)})
    return list(held.values()), decision.gate or gate


def the_one(decision: Decision) -> Contact:
    (contact,) = (*decision.before_gate, *decision.after_gate)
    return contact


def a_reserved(number: int, **changes: Any) -> tuple[Contact, Gate]:
    decision = decided([a_contact(number, **changes)])
    assert decision.gate is not None
    return the_one(decision), decision.gate
