"""A group is read whole or not at all: profiles and gates that tell different groups are a reading amid a change."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Gate
from ownerloop.domain.identity import Group, group_from, merge, split
from ownerloop.domain.owner import Owner
from tests.contact_builders import NOW, a_surrogate
from tests.identity_builders import a_group, a_person, after

OLD, NEW, THIRD = (a_surrogate("p", number) for number in (1, 2, 3))
Torn = Callable[[dict[str, Owner], dict[str, Gate]], None]


def joined(one: Group, other: Group) -> Group:
    (group,) = after(merge(one, other, contacts=(), merge_id="m_1", because="told", now=NOW), one, other).values()
    return group


def no_member(owners: dict[str, Owner], gates: dict[str, Gate]) -> None:
    del owners[NEW], gates[NEW]


def no_head(owners: dict[str, Owner], gates: dict[str, Gate]) -> None:
    del owners[OLD]


def two_heads(owners: dict[str, Owner], gates: dict[str, Gate]) -> None:
    owners[NEW] = replace(owners[NEW], merged_into=None)


def gate_of_fewer(owners: dict[str, Owner], gates: dict[str, Gate]) -> None:
    gates[OLD] = replace(gates[OLD], members=())


def gate_of_its_own(owners: dict[str, Owner], gates: dict[str, Gate]) -> None:
    gates[NEW] = replace(gates[NEW], merged_into=None)


@pytest.mark.parametrize("torn", [no_member, no_head, two_heads, gate_of_fewer, gate_of_its_own])
def test_a_reading_from_amid_a_change_is_no_group(torn: Torn) -> None:
    pair = joined(a_group(a_person(1)), a_group(a_person(2)))
    owners, gates = dict(pair.owners), dict(pair.gates)
    assert group_from(owners, gates, of=OLD) == pair

    torn(owners, gates)

    with pytest.raises(VersionConflictError):
        group_from(owners, gates, of=OLD)


def test_a_group_is_no_group_of_somebody_else() -> None:
    pair = joined(a_group(a_person(1)), a_group(a_person(2)))

    with pytest.raises(VersionConflictError):
        group_from(pair.owners, pair.gates, of=THIRD)


def test_who_keeps_their_place_at_a_split_is_not_written() -> None:
    group = joined(joined(a_group(a_person(1)), a_group(a_person(2))), a_group(a_person(3)))

    change = split(group, NEW, merge_id="m_2", because="two brothers", now=NOW)

    assert {owner.person_id for owner in change.owners} == {OLD, NEW}
