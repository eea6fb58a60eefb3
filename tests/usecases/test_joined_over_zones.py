"""One person whose keys tell different zones: dispatcher and sender agree on when it is too late, on every clock."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from ownerloop.domain.calendar import zone_of
from ownerloop.domain.contact import ContactState
from ownerloop.domain.gate import Gate
from tests.builders import START, a_contact
from tests.usecases.wecom_world import World

MIDNIGHT = datetime(2026, 1, 5, tzinfo=zone_of("Asia/Shanghai"))
HOUR = timedelta(hours=1)
HEAD, MEMBER = "p_1", "p_2"


def a_joined_world(*, head_zone: str, member_zone: str, now: datetime) -> World:
    contacts = [
        a_contact(
            contact_id=f"c_{n}", person_id=person, vehicle_id=f"v_{n}", requested_at=now, valid_until=now + 72 * HOUR
        )
        for n, person in enumerate((HEAD, MEMBER), start=1)
    ]
    world = World(*contacts, now=now)
    head, member = world.owners.held[HEAD], world.owners.held[MEMBER]
    world.owners.held[HEAD] = replace(head, zone=head_zone, members=(MEMBER,))
    world.owners.held[MEMBER] = replace(member, zone=member_zone, merged_into=HEAD)
    world.gates.held[HEAD] = Gate(HEAD, version=1, members=(MEMBER,))
    world.gates.held[MEMBER] = Gate(MEMBER, version=1, merged_into=HEAD)
    return world


def test_a_person_of_two_zones_is_left_in_peace_until_both_are_awake() -> None:
    at = MIDNIGHT + 8.5 * HOUR  # half past six in Urumqi
    world = a_joined_world(head_zone="Asia/Shanghai", member_zone="Asia/Urumqi", now=at)

    world.tick()

    assert world.outcome("c_1") == world.outcome("c_2") == ("held", "quiet_hours")

    for _ in range(24):
        world.tick()

    sent_at = {
        c.contact_id: next(s.at for s in c.trail if s.state is ContactState.SENDING)
        for c in world.contacts.held.values()
    }
    assert set(sent_at) == {"c_1", "c_2"}
    assert all(at >= MIDNIGHT + 10 * HOUR for at in sent_at.values())


@pytest.mark.parametrize(
    ("head_zone", "member_zone"),
    [
        ("Asia/Shanghai", "Asia/Urumqi"),
        ("Asia/Urumqi", "Asia/Shanghai"),
        ("Asia/Shanghai", "Europe/Berlin"),
        ("America/Los_Angeles", "Asia/Tokyo"),
        ("Pacific/Kiritimati", "Pacific/Pago_Pago"),
    ],
)
def test_what_is_reserved_is_never_sent_back_at_once_whatever_the_zones(head_zone: str, member_zone: str) -> None:
    world = a_joined_world(head_zone=head_zone, member_zone=member_zone, now=START)

    for _ in range(48):
        world.tick(minutes=60)

    for contact in world.contacts.held.values():
        assert "window_over" not in {step.reason for step in contact.trail}
        assert all(one != two for one, two in pairwise((s.state, s.reason, s.at) for s in contact.trail))
        assert len(contact.trail) < 12


def test_a_message_that_comes_too_late_for_its_sender_is_not_asked_for_again_at_once() -> None:
    world = a_joined_world(head_zone="Asia/Shanghai", member_zone="Asia/Shanghai", now=START)
    world.dispatch()
    world.now = world.now.replace(hour=12, minute=59, second=45)  # 20:59:45 in Shanghai

    world.send("c_1")
    asked_again = world.contact("c_1")

    assert (asked_again.state, asked_again.reason) == (ContactState.REQUESTED, "window_over")
    assert asked_again.release_at == world.now + timedelta(minutes=10)
