"""A complaint between reservation and sending stops a promotion and not a service reminder."""

from dataclasses import replace

import pytest

from ownerloop.domain.consent import Purpose
from ownerloop.domain.contact import ContactClass
from tests.builders import a_consent, a_grant, an_owner
from tests.usecases.wecom_world import World, a_reserved_contact


@pytest.mark.parametrize(
    ("contact_class", "outcome"),
    [
        (ContactClass.COMMERCIAL, ("requested", "open_complaint")),
        (ContactClass.SERVICE, ("task_created", "task_created")),
    ],
)
def test_the_sender_asks_for_open_complaints_too(contact_class: ContactClass, outcome: tuple[str, str]) -> None:
    changes = {"contact_class": contact_class} | ({"due_cycle": ""} if contact_class is ContactClass.COMMERCIAL else {})
    world = World(a_reserved_contact(**changes))
    both = [a_grant(purpose=purpose) for purpose in (Purpose.MAINTENANCE, Purpose.MARKETING)]
    world.vehicles.held["v_1"] = replace(world.vehicles.held["v_1"], consent=a_consent(grants=both))
    world.owners.held["p_1"] = replace(an_owner(), open_cases=("k_1",))

    world.send()

    assert world.outcome() == outcome
