"""The promises of evidence, groups and the log, on every backend."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from ownerloop.adapters import memory
from ownerloop.adapters.clock import RandomSurrogates
from ownerloop.adapters.dynamodb.consent_heads import DynamoConsentHeads
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.identity import DynamoIdentities
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.memory_identity import MemoryConsentHeads, MemoryIdentifierVault, MemoryIdentities
from ownerloop.domain.consent import ConsentHead, Ownership, Withdrawal
from ownerloop.domain.contact import ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.identifying import HOLDERS_MAX, Identifier, IdentifierKind
from ownerloop.domain.identity import Group, LogKind, LogLine, merge, split
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle
from ownerloop.identity_ports import ConsentHeads, IdentifierVault, Identities
from ownerloop.outreach_ports import Contacts, Gates
from ownerloop.ports import EnrolmentChange, Enrolments, Owners
from tests.contact_builders import NOW, TODAY, a_contact, a_surrogate
from tests.identity_builders import a_person, an_edge, an_entry
from tests.tables import Tables

ONE, TWO, THREE = (a_surrogate("p", number) for number in (1, 2, 3))
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class World:
    """What one identity touches, on one backend."""

    identities: Identities
    vault: IdentifierVault
    owners: Owners
    enrolments: Enrolments
    gates: Gates
    contacts: Contacts
    consents: ConsentHeads

    def register(self, *owners: Owner) -> None:
        """Write first profiles."""
        self.enrolments.apply(EnrolmentChange(markers=(), owners=owners))


@pytest.fixture
def world(backend: Tables | None) -> World:
    if backend is None:
        owners, gates, contacts = memory.MemoryOwners(), memory.MemoryGates(), memory.MemoryContacts()
        enrolments = memory.MemoryEnrolments(owners)
        identities = MemoryIdentities(owners, gates, contacts)
        return World(identities, MemoryIdentifierVault(), owners, enrolments, gates, contacts, MemoryConsentHeads())
    return World(
        DynamoIdentities(backend.owners, backend.contacts),
        DynamoVault(backend.vault, backend.vault_secret, RandomSurrogates()),
        DynamoOwners(backend.owners),
        DynamoEnrolments(backend.owners, backend.consents, backend.vehicles, backend.cases),
        DynamoGates(backend.contacts),
        DynamoContacts(backend.contacts),
        DynamoConsentHeads(backend.vehicles),
    )


def joined(world: World, one: str, other: str, *, merge_id: str = "m_1") -> Group:
    groups = world.identities.group_of(one), world.identities.group_of(other)
    slots = {contact_id for group in groups for contact_id in group.may_still_be_sent(now=NOW)}
    contacts = world.contacts.load(sorted(slots)).values()
    change = merge(*groups, contacts=contacts, merge_id=merge_id, because="one phone", evidence=("i_1",), now=NOW)
    world.identities.apply(change)
    return world.identities.group_of(one)


def test_an_identifier_has_one_surrogate_and_another_app_gives_another(world: World) -> None:
    phone = Identifier(IdentifierKind.PHONE, "+8613800138000", is_verified=True)
    here = Identifier(IdentifierKind.OPENID, "o1", app="wx1")
    there = replace(here, app="wx2")

    drawn = world.vault.enrol_identifiers([phone, here, there])

    assert len(set(drawn.values())) == 3
    assert all(surrogate.startswith("i_") for surrogate in drawn.values())
    assert world.vault.enrol_identifiers([phone])[phone] == drawn[phone]


def test_evidence_told_twice_and_in_another_order_is_the_same(world: World) -> None:
    early, proved = an_edge(1, is_verified=False, since=NOW - SECOND), an_edge(1, since=NOW)
    other = an_edge(2)

    world.identities.note([proved, early, proved])
    told = world.identities.note([other])

    assert [(edge.person_id, edge.is_verified) for edge in told] == [(ONE, True), (TWO, True)]
    (held,) = world.identities.edges_of([ONE])
    assert (held.is_verified, held.since, held.event_key) == (True, early.since, early.event_key)
    assert [edge.person_id for edge in world.identities.edges_of([TWO, ONE])] == [TWO, ONE]


def test_a_phone_that_is_told_of_everybody_is_nobody_s_except_of_who_proves_it(world: World) -> None:
    world.identities.note([an_edge(number, is_verified=False) for number in range(1, HOLDERS_MAX + 1)])
    one_more, again = an_edge(HOLDERS_MAX + 1, is_verified=False), an_edge(1, is_verified=False)
    proved = an_edge(HOLDERS_MAX + 2, is_verified=True)

    assert world.identities.note([one_more]) == world.identities.edges_of([one_more.person_id]) == []
    assert len(world.identities.note([again])) == HOLDERS_MAX
    assert len(world.identities.note([proved])) == HOLDERS_MAX + 1


def test_a_person_nobody_joined_is_a_group_of_one(world: World) -> None:
    world.register(a_person(1, version=1))

    assert world.identities.group_of(ONE).persons == (ONE,)
    assert world.identities.group_of(TWO).head.version == 0


def test_a_group_comes_back_as_it_was_written_whoever_of_it_is_asked_for(world: World) -> None:
    world.register(a_person(1), a_person(2), a_person(3))
    gate = replace(world.gates.load(TWO), version=1, entries=(an_entry(5),))
    world.gates.save(gate)
    joined(world, TWO, THREE)

    group = joined(world, ONE, THREE, merge_id="m_2")

    assert group == world.identities.group_of(TWO) == world.identities.group_of(THREE)
    assert group.persons == (ONE, TWO, THREE)
    assert group.gate.entries == (an_entry(5),)
    assert group.gates[ONE].others == (an_entry(5),)
    assert world.gates.load(TWO).merged_into == ONE
    assert world.owners.load([ONE])[ONE].members == (TWO, THREE)


def test_a_split_leaves_two_groups_and_a_log_that_tells_both(world: World) -> None:
    world.register(a_person(1), a_person(2))
    group = joined(world, ONE, TWO)

    world.identities.apply(split(group, TWO, merge_id="m_2", because="two brothers", now=NOW + SECOND))

    assert world.identities.group_of(ONE).persons == (ONE,)
    assert world.identities.group_of(TWO).persons == (TWO,)
    first = LogLine("m_1", LogKind.MERGED, NOW, ONE, (ONE, TWO), "one phone", ("i_1",))
    second = LogLine("m_2", LogKind.SPLIT, NOW + SECOND, ONE, (TWO, ONE), "two brothers")
    assert world.identities.log_of(ONE) == world.identities.log_of(TWO) == [first, second]


def test_a_merge_is_written_whole_or_not_at_all(world: World) -> None:
    world.register(a_person(1), a_person(2))
    reserved = a_contact(1, person_id=TWO, state=ContactState.RESERVED, reserved_day=TODAY, reserved_at=NOW)
    world.contacts.request([reserved])
    world.gates.save(replace(world.gates.load(TWO), version=1, entries=(an_entry(1),)))
    groups = world.identities.group_of(ONE), world.identities.group_of(TWO)
    change = merge(*groups, contacts=[reserved], merge_id="m_1", because="", now=NOW)
    world.contacts.save(reserved.moved(ContactState.SENDING, reason="sending", at=NOW))

    with pytest.raises(VersionConflictError):
        world.identities.apply(change)

    assert world.identities.group_of(ONE).persons == (ONE,)
    assert world.gates.load(TWO).merged_into is None
    assert world.identities.log_of(ONE) == []


def test_a_reservation_that_reads_before_a_merge_and_writes_after_it_loses(world: World) -> None:
    world.register(a_person(1), a_person(2))
    mine, theirs = world.gates.load(ONE), world.gates.load(TWO)
    joined(world, ONE, TWO)

    for gate in (mine, theirs):
        with pytest.raises(VersionConflictError):
            world.gates.save(replace(gate, version=gate.version + 1, entries=(an_entry(1),)))


def test_a_car_is_kept_with_whom_its_consents_hear_unless_somebody_wrote_it_meanwhile(world: World) -> None:
    owners = (Ownership(NOW, ONE),)
    head = ConsentHead(owners=owners, withdrawals=(Withdrawal(NOW, TWO, "maintenance"),), heard=(TWO,))
    car = Vehicle(vehicle_id=a_surrogate("v", 1), version=1, consent=head)

    kept = [world.consents.keep(one) for one in (car, replace(car, version=2), replace(car, version=2))]

    assert kept == [True, True, False]
    assert world.consents.cars([car.vehicle_id]) == {car.vehicle_id: replace(car, version=2)}
