"""The promises of interactions and tiers, on every backend."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from ownerloop.adapters.clock import RandomSurrogates
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.facts import DynamoFacts
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.tiers import DynamoTiers
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.memory import MemoryEnrolments, MemoryOwners, MemoryVault, MemoryVehicles
from ownerloop.adapters.memory_owners import MemoryInteractions, MemoryTiers
from ownerloop.domain.cases import Case
from ownerloop.domain.complaints import Telling, closed, opened
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.facts import Fact, FactKind, Line, occasion_of
from ownerloop.domain.ids import SHARD_COUNT
from ownerloop.domain.interaction_change import Held, InteractionChange
from ownerloop.domain.owner import Owner
from ownerloop.domain.refunds import Refunded
from ownerloop.domain.tier_record import TierRecord, settled, with_occasion
from ownerloop.owner_ports import Directory, Facts, Interactions, Tiers
from ownerloop.ports import EnrolmentChange, Enrolments, Marker, Vault, Vehicles
from tests.adapters.full_items import a_full_owner, a_full_vehicle, surrogate
from tests.builders import DAY, START, TODAY, an_owner
from tests.tables import Tables
from tests.tier_builders import a_tier_policy

P = surrogate("p", 1)
POLICY = a_tier_policy()


@dataclass(frozen=True, slots=True)
class Place:
    """The ports of interactions and tiers, on one backend."""

    vault: Vault
    directory: Directory
    enrolments: Enrolments
    interactions: Interactions
    facts: Facts
    tiers: Tiers
    vehicles: Vehicles


@pytest.fixture
def place(backend: Tables | None) -> Place:
    return on_dynamodb(backend) if backend else in_memory()


def in_memory() -> Place:
    owners, vehicles, vault = MemoryOwners(), MemoryVehicles(), MemoryVault()
    enrolments, tiers = MemoryEnrolments(owners, vehicles), MemoryTiers(owners)
    interactions = MemoryInteractions(owners, vehicles, tiers, enrolments)
    return Place(vault, vault, enrolments, interactions, interactions, tiers, vehicles)


def on_dynamodb(tables: Tables) -> Place:
    vault = DynamoVault(tables.vault, tables.vault_secret, RandomSurrogates())
    enrolments = DynamoEnrolments(tables.owners, tables.consents, tables.vehicles, tables.cases)
    interactions = DynamoInteractions(tables.interactions)
    tiers, vehicles = DynamoTiers(tables.owners), DynamoVehicles(tables.vehicles)
    return Place(vault, vault, enrolments, interactions, DynamoFacts(tables.owners), tiers, vehicles)


def a_fact(*, key: str = "e_1", minutes: int = 0, kind: FactKind = FactKind.PURCHASE) -> Fact:
    at = START + timedelta(minutes=minutes)
    return Fact(
        event_key=key,
        person_id=P,
        kind=kind,
        occurred_at=at,
        received_at=at + DAY,
        on=TODAY,
        store_id="sh-pudong",
        vehicle_id=surrogate("v", 1),
        amount_fen=128_000,
        reference=f"order-{key}",
        contact_id=surrogate("c", 1),
        detail="accessories",
        part="b1",
        duration_s=42,
        score=9,
        lines=(Line("parts", 100_000, 60_000), Line("fitting", 28_000)),
    )


def a_tier(*, person_id: str = P) -> TierRecord:
    occasion = occasion_of(a_fact())
    assert occasion
    record = TierRecord(person_id=person_id, refunds=(Refunded(at=1, fen=500, order=2**63, refund=7),))
    return with_occasion(record, occasion, policy=POLICY, as_of=TODAY, at=START, cause="e_1")


def a_case() -> Case:
    told = Telling(START, told_at=START, now=START)
    case = replace(Case("k_1", P), version=1)
    return closed(opened(case, told, topic="noise"), replace(told, at=START + DAY))


def a_change(**changes: Any) -> InteractionChange:
    held = InteractionChange(event_key="e_1", payload_hash="h_1", applied_at=START, fact=a_fact())
    return replace(held, **changes)


def test_everything_of_an_interaction_is_written_with_its_marker(place: Place) -> None:
    owner, car = a_full_owner(), a_full_vehicle()
    change = a_change(owner=owner, tier=a_tier(), case=a_case(), vehicle=car)

    assert place.interactions.apply(change)

    held = place.interactions.held(P, event_key="e_1", case_key="k_1")
    assert held == Held(owner=owner, tier=a_tier(), case=a_case(), applied="h_1")
    assert place.facts.newest(P, facts_max=5) == [a_fact()]
    assert place.tiers.load([P]) == {P: a_tier()}
    assert place.vehicles.load([car.vehicle_id]) == {car.vehicle_id: car}


def test_before_any_interaction_everything_is_empty(place: Place) -> None:
    held = place.interactions.held(P, event_key="e_1", case_key="k_1")

    assert held == Held(Owner(person_id=P), TierRecord(person_id=P), Case("k_1", P), None)
    assert place.interactions.held(P, event_key="e_1", case_key=None).case is None
    assert place.facts.newest(P, facts_max=5) == []
    assert place.interactions.person_of("o_1") is None


def test_an_interaction_delivered_twice_changes_nothing_the_second_time(place: Place) -> None:
    place.interactions.apply(a_change())

    again = place.interactions.apply(a_change(tier=a_tier(), case=a_case()))

    assert not again
    assert place.tiers.load([P]) == {P: TierRecord(person_id=P)}


@pytest.mark.parametrize("name", ["owner", "tier", "case", "vehicle"])
def test_an_item_that_moved_stops_the_whole_interaction(place: Place, name: str) -> None:
    parts = {"owner": an_owner(person_id=P), "tier": a_tier(), "case": a_case(), "vehicle": a_full_vehicle()}
    stale = replace(parts[name], version=2)  # type: ignore[type-var]  # each is a dataclass

    with pytest.raises(VersionConflictError):
        place.interactions.apply(a_change(**{**parts, name: stale}))

    held = place.interactions.held(P, event_key="e_1", case_key="k_1")
    assert (held.applied, held.owner.version, held.tier.version, held.case and held.case.version) == (None, 0, 0, 0)
    assert place.facts.newest(P, facts_max=5) == []


def test_one_inbox_serves_both_feeds(place: Place) -> None:
    place.enrolments.apply(EnrolmentChange(markers=(Marker("e_1", "h_9", START),)))

    assert place.interactions.held(P, event_key="e_1", case_key=None).applied == "h_9"
    assert not place.interactions.apply(a_change())


def test_an_alias_leads_to_its_person(place: Place) -> None:
    marker = Marker("e_9", "h", START)
    place.enrolments.apply(EnrolmentChange(markers=(marker,), aliases=(("o_1", P),)))

    assert place.interactions.person_of("o_1") == P


def test_the_newest_facts_come_first(place: Place) -> None:
    for number in range(4):
        place.interactions.apply(a_change(event_key=f"e_{number}", fact=a_fact(key=f"e_{number}", minutes=number)))

    assert [fact.event_key for fact in place.facts.newest(P, facts_max=3)] == ["e_3", "e_2", "e_1"]


def test_a_fact_without_what_is_empty_comes_back_as_it_was(place: Place) -> None:
    bare = Fact("e_1", P, FactKind.WECOM_FRIEND_ADDED, START, START, TODAY)

    place.interactions.apply(a_change(fact=bare))

    assert place.facts.newest(P, facts_max=1) == [bare]


def test_a_store_knows_its_owners(place: Place) -> None:
    owners = [an_owner(person_id=surrogate("p", number)) for number in range(1, 20)]
    elsewhere = an_owner(person_id=surrogate("p", 99), store_id="cd-gaoxin")
    nowhere = an_owner(person_id=surrogate("p", 98), store_id=None)
    for number, owner in enumerate([*owners, elsewhere, nowhere]):
        place.enrolments.apply(EnrolmentChange(markers=(Marker(f"m_{number}", "h", START),), owners=(owner,)))

    shards = [set(place.tiers.of_shard("sh-pudong", place=number)) for number in range(SHARD_COUNT)]

    assert sorted(place.tiers.of_store("sh-pudong")) == [owner.person_id for owner in owners]
    assert sorted(person for shard in shards for person in shard) == [owner.person_id for owner in owners]


def test_a_tier_is_written_only_over_the_version_that_was_read(place: Place) -> None:
    first = a_tier()
    second = settled(first, replace(_state(first), frequency=2), at=START, cause="night#2026-01-05")

    assert place.tiers.save([first, a_tier(person_id=surrogate("p", 2))]) == set()
    assert place.tiers.save([second]) == set()
    assert place.tiers.save([second]) == {P}
    assert place.tiers.load([P])[P] == second


def test_asking_the_directory_enrols_nobody(place: Place) -> None:
    known = place.vault.enrol_owners(["wang"])
    place.vault.remember_address(P, channel="wecom", address="wm_1", told_at=START)

    assert place.directory.alias_ids(["wang", "nobody"]) == known
    assert place.directory.alias_ids(["nobody"]) == {}
    assert place.directory.persons_at(["wm_1", "wm_9"], channel="wecom") == {"wm_1": P}


def _state(record: TierRecord) -> Any:
    assert record.state
    return record.state
