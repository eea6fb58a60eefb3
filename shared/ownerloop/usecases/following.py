"""Who counts together: profiles read with the rest of their group, and gates followed to the one that decides."""

from collections.abc import Iterable, Mapping

from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Gate
from ownerloop.domain.identity import as_one
from ownerloop.domain.owner import Owner
from ownerloop.outreach_ports import Gates
from ownerloop.ports import Owners

HOPS_MAX = 4  # a group that changes while it is read is read again; more than this is a fault that heals


def people(owners: Owners, person_ids: Iterable[str]) -> dict[str, Owner]:
    """Return each person's profile with the wishes of the whole group; one without an item comes with version 0."""
    asked = sorted(set(person_ids))
    held = _with_groups(owners, asked)
    return {person_id: _as_one(held[person_id], held) for person_id in asked}


def groups(owners: Owners, person_ids: Iterable[str]) -> dict[str, dict[str, Owner]]:
    """Return every group that one of the persons belongs to, by its head: each profile with the wishes of all."""
    asked = sorted(set(person_ids))
    held = _with_groups(owners, asked)
    heads = sorted({held[person_id].head_id for person_id in asked})
    return {head: {one: _as_one(held[one], held) for one in (head, *held[head].members)} for head in heads}


def gate_of(person_id: str, *, gates: Gates) -> Gate:
    """Return the gate that decides for the person, or raise VersionConflictError while the group keeps changing."""
    gate = gates.load(person_id)
    for _ in range(HOPS_MAX):
        if gate.merged_into is None:
            return gate
        of_head = gates.load(gate.merged_into)
        if person_id in of_head.members:
            return of_head
        gate = gates.load(person_id)
    raise VersionConflictError(item=person_id)


def _with_groups(owners: Owners, person_ids: Iterable[str]) -> dict[str, Owner]:
    held = dict(owners.load(person_ids))
    for _ in range(2):  # the heads, then their members
        named = {one for owner in held.values() for one in (owner.head_id, *owner.members)}
        if missing := sorted(named - set(held)):
            held |= owners.load(missing)
    return held


def _as_one(owner: Owner, held: Mapping[str, Owner]) -> Owner:
    head = held[owner.head_id]
    return as_one(owner, (held[one] for one in (head.person_id, *head.members) if one != owner.person_id))
