"""The moves that sending and settling share: conditional, and each changes what is its own only."""

from datetime import timedelta

import pytest

from ownerloop.adapters.memory import MemoryVault
from ownerloop.domain.contact import ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import hold_also
from ownerloop.usecases.wecom_moves import Moves
from tests.builders import START
from tests.usecases.wecom_world import World, a_reserved_contact

DAY = timedelta(days=1)


def moves_of(world: World) -> Moves:
    return Moves(ports=world.ports, rules=world.rules, now=world.now)


def test_who_must_move_a_contact_hears_that_somebody_else_moved_it_first() -> None:
    read = a_reserved_contact()
    world = World(read)
    moves = moves_of(world)
    assert moves.move(read, ContactState.SENDING, reason="sending") is not None

    with pytest.raises(VersionConflictError):
        moves.must_move(read, ContactState.SENDING, reason="sending")


def test_a_message_that_went_out_gives_back_its_own_later_days_and_nobody_elses() -> None:
    world = World(a_reserved_contact(), a_reserved_contact(contact_id="c_2", vehicle_id="v_2"))
    today = START.date()
    for contact_id in ("c_1", "c_2"):
        gate = world.gates.held["p_1"]
        world.gates.held["p_1"] = hold_also(gate, world.contact(contact_id), day=today + DAY, now=START)

    moves_of(world).keep_until(world.contact("c_1"), today)

    left = sorted((entry.contact_id, entry.day) for entry in world.gates.held["p_1"].entries)
    assert left == [("c_1", today), ("c_2", today), ("c_2", today + DAY)]


def test_whoever_has_no_address_any_more_is_sent_nothing() -> None:
    world = World(a_reserved_contact())
    world.vault = MemoryVault()

    world.send()

    assert world.outcome() == ("suppressed", "no_address")
    assert world.slots() == []
    assert world.wecom.orders == []


def test_a_contact_without_a_slot_ends_without_a_write_to_the_gate() -> None:
    world = World(a_reserved_contact())
    world.gates.held.clear()

    moves_of(world).end_unsent(world.contact(), ContactState.SUPPRESSED, reason="unsubscribed")

    assert world.outcome() == ("suppressed", "unsubscribed")
    assert "gates.save" not in world.seen
