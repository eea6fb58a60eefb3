"""Builders of persons, their gates and groups, for tests of who is one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ownerloop.adapters.memory import MemoryContacts, MemoryGates, MemoryOwners, MemoryVault, MemoryVehicles
from ownerloop.adapters.memory_identity import MemoryConsentHeads, MemoryIdentifierVault, MemoryIdentities
from ownerloop.adapters.memory_owners import MemoryTiers
from ownerloop.adapters.memory_points import MemoryPoints
from ownerloop.adapters.memory_streams import MemoryBus, MemoryHistory
from ownerloop.contracts.identities import identity_changed
from ownerloop.contracts.tier_events import tier_changed
from ownerloop.domain.contact import ContactClass
from ownerloop.domain.gate import Entry, Gate
from ownerloop.domain.identifying import Edge, IdentifierKind
from ownerloop.domain.identity import Group, IdentityChange
from ownerloop.domain.owner import Owner
from ownerloop.identity_ports import People, TierDesk
from tests.contact_builders import NOW, TODAY, a_surrogate, an_owner
from tests.tier_builders import own_cuts


def a_person(number: int, **changes: Any) -> Owner:
    """Return person `number`, known for the longer the lower the number."""
    known = {"known_since": NOW - (1_000 - number) * timedelta(days=1), **changes}
    return an_owner(a_surrogate("p", number), **known)


def an_entry(contact_number: int, **changes: Any) -> Entry:
    held = Entry(
        day=TODAY,
        contact_id=a_surrogate("c", contact_number),
        taken_at=NOW,
        contact_class=ContactClass.SERVICE,
        channel="wecom",
        due_cycle=f"{contact_number:012x}",
    )
    return replace(held, **changes)


def a_group(owner: Owner, *entries: Entry) -> Group:
    """Return a group of one, with a gate that was written where it holds something."""
    gate = Gate(owner.person_id, version=1 if entries else 0, entries=tuple(sorted(entries)))
    return Group(owner.person_id, {owner.person_id: owner}, {owner.person_id: gate})


def after(change: IdentityChange, *groups: Group) -> dict[str, Group]:
    """Return the groups that stand after a change, by the person who heads each."""
    owners = {one.person_id: one for group in groups for one in group.owners.values()}
    owners |= {one.person_id: one for one in change.owners}
    gates = {one.person_id: one for group in groups for one in group.gates.values()}
    gates |= {one.person_id: one for one in change.gates}
    return groups_of(owners.values(), gates.values())


def groups_of(owners: Iterable[Owner], gates: Iterable[Gate]) -> dict[str, Group]:
    """Return the groups that profiles and gates tell of; they must tell the same."""
    people, held = {one.person_id: one for one in owners}, {one.person_id: one for one in gates}
    groups = {}
    for head in (one for one in people.values() if one.merged_into is None):
        persons = (head.person_id, *head.members)
        assert {one.person_id for one in people.values() if one.head_id == head.person_id} == set(persons)
        assert held[head.person_id].members == head.members
        assert {held[person].merged_into for person in head.members} <= {head.person_id}
        groups[head.person_id] = Group(head.person_id, {p: people[p] for p in persons}, {p: held[p] for p in persons})
    return groups


def an_edge(
    person_number: int,
    identifier: str = "i_1",
    *,
    kind: IdentifierKind = IdentifierKind.PHONE,
    is_verified: bool = True,
    since: datetime = datetime(2026, 1, 1, tzinfo=UTC),
) -> Edge:
    return Edge(identifier, kind, a_surrogate("p", person_number), is_verified, since, f"event {since}")


def people_in(
    owners: MemoryOwners | None = None,
    *,
    vault: MemoryVault | None = None,
    gates: MemoryGates | None = None,
    contacts: MemoryContacts | None = None,
    bus: MemoryBus | None = None,
    points: MemoryPoints | None = None,
    vehicles: MemoryVehicles | None = None,
    tiers: MemoryTiers | None = None,
) -> People:
    """Return the desk at which persons are joined, in memory, over the twins that a test looks at."""
    contacts, points = contacts or MemoryContacts(), points or MemoryPoints()
    return People(
        identities=MemoryIdentities(owners, gates, contacts),
        identifiers=MemoryIdentifierVault(vault),
        contacts=contacts,
        bus=bus or MemoryBus(),
        announcement=identity_changed,
        points=points,
        ledger=points,
        consents=MemoryConsentHeads(vehicles),
        tiers=a_tier_desk(tiers),
    )


def a_tier_desk(tiers: MemoryTiers | None = None) -> TierDesk:
    """Return the desk at which tiers follow, in memory, by the policy that ships."""
    return TierDesk(
        tiers=tiers or MemoryTiers(MemoryOwners()),
        policy=own_cuts,
        store_zone=lambda _: "Asia/Shanghai",
        announcement=tier_changed,
        history=MemoryHistory(),
    )
