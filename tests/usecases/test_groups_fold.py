"""What counts per person counts over everybody who was joined: tiers, wishes, holdout, gates that others change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.adapters.memory import MemoryGates, MemoryOwners
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.facts import Occasion
from ownerloop.domain.gate import Gate
from ownerloop.domain.requesting import held_out, is_held_out
from ownerloop.domain.tier_record import TierRecord, as_one
from ownerloop.usecases.following import gate_of, groups, people
from ownerloop.usecases.merge_people import Cause, merge_persons, split_person
from tests.contact_builders import NOW, TODAY, a_surrogate
from tests.identity_builders import a_person, people_in

ONE, TWO, THREE = (a_surrogate("p", number) for number in (1, 2, 3))
BY_HAND = Cause("event 1", "one phone")


def an_order(number: int, *, fen: int = 100_00) -> Occasion:
    return Occasion(at=int(NOW.timestamp()) + number, on=TODAY.toordinal(), is_visit=True, fen=fen, order=number)


def test_wishes_of_one_key_hold_for_the_other_and_go_when_they_part() -> None:
    owners = MemoryOwners([a_person(1), a_person(2, daily_max=1), a_person(3)])
    desk = people_in(owners)

    merge_persons(ONE, TWO, people=desk, cause=BY_HAND, now=NOW)
    joined = people(owners, [ONE, TWO, THREE])
    split_person(ONE, TWO, people=desk, cause=Cause("event 2", "brothers"), now=NOW + timedelta(hours=1))
    parted = people(owners, [ONE, TWO, THREE])

    assert {key: owner.daily_max for key, owner in joined.items()} == {ONE: 1, TWO: 1, THREE: 3}
    assert {key: owner.daily_max for key, owner in parted.items()} == {ONE: 3, TWO: 1, THREE: 3}
    assert all(not owner.joined for owner in parted.values())


def test_a_group_is_found_by_whoever_is_in_it() -> None:
    owners = MemoryOwners([a_person(number) for number in (1, 2, 3)])
    merge_persons(ONE, TWO, people=people_in(owners), cause=BY_HAND, now=NOW)

    assert {head: set(found) for head, found in groups(owners, [TWO, THREE]).items()} == {
        ONE: {ONE, TWO},
        THREE: {THREE},
    }


def test_one_of_the_group_in_the_holdout_keeps_all_of_it_out() -> None:
    number = next(n for n in range(1, 200) if held_out(a_surrogate("p", n), percent=20))
    other = next(n for n in range(1, 200) if not held_out(a_surrogate("p", n), percent=20))
    owners = MemoryOwners([a_person(number), a_person(other)])

    merge_persons(a_surrogate("p", number), a_surrogate("p", other), people=people_in(owners), cause=BY_HAND, now=NOW)

    for owner in people(owners, owners.held).values():
        assert is_held_out(owner, percent=20)
    assert not is_held_out(a_person(other), percent=20)


def test_the_tier_counts_what_every_key_ordered_and_an_order_told_under_two_keys_once() -> None:
    mine = TierRecord(ONE, version=1, occasions=(an_order(1), an_order(2)))
    theirs = TierRecord(TWO, version=1, occasions=(an_order(2), an_order(3)))

    assert [order.order for order in as_one(mine, [theirs]).orders] == [1, 2, 3]
    assert as_one(mine, [theirs]).orders == as_one(theirs, [mine]).orders
    assert as_one(mine, []).orders == mine.orders


def test_a_gate_is_followed_to_the_one_that_decides() -> None:
    owners, gates = MemoryOwners([a_person(1), a_person(2)]), MemoryGates()
    merge_persons(ONE, TWO, people=people_in(owners, gates=gates), cause=BY_HAND, now=NOW)

    assert gate_of(TWO, gates=gates) == gate_of(ONE, gates=gates) == gates.held[ONE]
    assert gate_of(THREE, gates=gates) == Gate(THREE)


def test_a_gate_that_names_a_head_who_knows_nothing_of_it_is_a_fault_that_heals() -> None:
    gates = MemoryGates()
    gates.held[TWO] = Gate(TWO, version=1, merged_into=ONE)
    gates.held[ONE] = replace(Gate(ONE), version=1)

    with pytest.raises(VersionConflictError):
        gate_of(TWO, gates=gates)
