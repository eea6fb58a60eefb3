"""A settlement of benefits over one owner, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ownerloop.adapters.benefit_rules import benefit_rules_on
from ownerloop.adapters.memory import MemoryEnrolments, MemoryOwners, MemoryVehicles
from ownerloop.adapters.memory_benefits import MemoryBenefits
from ownerloop.adapters.memory_lock import at_once
from ownerloop.adapters.memory_outreach import MemoryContacts
from ownerloop.adapters.memory_owners import MemoryInteractions, MemoryTiers
from ownerloop.adapters.memory_streams import MemoryBus
from ownerloop.adapters.policy_files import stores
from ownerloop.benefit_ports import BenefitWorld
from ownerloop.contracts.benefit_events import benefit_granted
from ownerloop.domain.benefits import Why
from ownerloop.domain.consent import ConsentHead, Grant, Ownership, Purpose
from ownerloop.domain.owner import Owner
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.settle_benefits import BenefitReport, settle
from tests.owner_builders import NOW, PERSON, a_benefit_policy
from tests.tier_builders import an_order, own_cuts

STORE = stores()["sh-pudong"]
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
ALL_CLASSES = frozenset({"odometer", "service", "diagnostics", "battery", "tyres"})


@dataclass(frozen=True, slots=True)
class Night:
    """A store of one owner in memory."""

    world: BenefitWorld
    owners: MemoryOwners
    benefits: MemoryBenefits
    contacts: MemoryContacts
    bus: MemoryBus
    interactions: MemoryInteractions
    vehicles: MemoryVehicles
    tiers: MemoryTiers

    def settle(self, *, nights: int = 0) -> BenefitReport:
        return settle(STORE, world=self.world, now=NOW + timedelta(days=nights))

    @property
    def given(self) -> list[tuple[str, Why]]:
        return [(one.benefit_id, one.way) for one in sorted(self.benefits.given.values(), key=lambda g: g.granted_at)]


def a_night(
    *,
    allows_marketing: bool = True,
    benefits: Any = None,
    orders: int = 4,
    on_operation: Callable[[str], None] = at_once,
    **owner: Any,
) -> Night:
    owners, vehicles = MemoryOwners(), MemoryVehicles()
    tiers, bus, contacts = MemoryTiers(owners), MemoryBus(), MemoryContacts()
    held = MemoryBenefits(on_operation=on_operation)
    interactions = MemoryInteractions(owners, vehicles, tiers, MemoryEnrolments(owners, vehicles))
    purpose = Purpose.MARKETING if allows_marketing else Purpose.MAINTENANCE
    grant = Grant(LONG_AGO, LONG_AGO + timedelta(days=3650), PERSON, purpose, ALL_CLASSES)
    head = ConsentHead(owners=(Ownership(LONG_AGO, PERSON),), grants=(grant,))
    vehicles.held["v_1"] = Vehicle(vehicle_id="v_1", version=1, consent=head, store_id="sh-pudong")
    owners.held[PERSON] = Owner(
        person_id=PERSON,
        version=1,
        store_id="sh-pudong",
        channels=("wecom",),
        staff_userid="staff-1",
        vehicle_ids=("v_1",),
        known_since=LONG_AGO,
        **owner,
    )
    occasions = tuple(an_order(day=200 * number + 100) for number in range(orders))
    tiers.held[PERSON] = TierRecord(person_id=PERSON, version=1, occasions=occasions)
    rules_on = benefit_rules_on
    if benefits:
        rules_on = lambda day: replace(benefit_rules_on(day), benefits=a_benefit_policy(*benefits))  # noqa: E731
    world = BenefitWorld(
        benefits=held,
        tiers=tiers,
        owners=owners,
        vehicles=vehicles,
        facts=interactions,
        contacts=contacts,
        bus=bus,
        stores=stores(),
        rules_on=rules_on,
        tier_policy=own_cuts,
        announcement=benefit_granted,
    )
    return Night(world, owners, held, contacts, bus, interactions, vehicles, tiers)
