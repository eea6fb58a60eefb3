"""The world of portraits and benefits: tables, bus, published data and the contract of a grant."""

from ownerloop.adapters.benefit_rules import benefit_rules_on
from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.dynamodb.benefits import DynamoBenefits
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.cut_points import DynamoCutPoints
from ownerloop.adapters.dynamodb.facts import DynamoFacts
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.tiers import DynamoTiers
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.store_tiers import StoreTierPolicies
from ownerloop.benefit_ports import BenefitWorld
from ownerloop.contracts.benefit_events import benefit_granted


def benefit_world(
    *, benefits_table: str, owners_table: str, vehicles_table: str, contacts_table: str, event_bus_name: str
) -> BenefitWorld:
    """Return the world over the tables and the bus."""
    return BenefitWorld(
        benefits=DynamoBenefits(benefits_table),
        tiers=DynamoTiers(owners_table),
        owners=DynamoOwners(owners_table),
        vehicles=DynamoVehicles(vehicles_table),
        facts=DynamoFacts(owners_table),
        contacts=DynamoContacts(contacts_table),
        bus=EventBridge(event_bus_name),
        stores=stores(),
        rules_on=benefit_rules_on,
        tier_policy=StoreTierPolicies(DynamoCutPoints(owners_table)),
        announcement=benefit_granted,
    )
