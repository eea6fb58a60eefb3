"""What the settlement of tiers works on: tables, bus, history, published data and the contract of a change."""

from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.cut_points import DynamoCutPoints
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.tiers import DynamoTiers
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.history import QueuedHistory
from ownerloop.adapters.store_tiers import StoreTierPolicies
from ownerloop.adapters.tier_rules import settle_rules_on
from ownerloop.contracts.tier_events import tier_changed
from ownerloop.tier_ports import Settling


def settling(
    *, owners_table: str, vehicles_table: str, contacts_table: str, history_queue_url: str, event_bus_name: str
) -> Settling:
    """Return the settlement over the tables, the queue of history and the bus."""
    cuts = DynamoCutPoints(owners_table)
    return Settling(
        tiers=DynamoTiers(owners_table),
        cuts=cuts,
        owners=DynamoOwners(owners_table),
        vehicles=DynamoVehicles(vehicles_table),
        contacts=DynamoContacts(contacts_table),
        bus=EventBridge(event_bus_name),
        history=QueuedHistory(history_queue_url),
        rules_on=settle_rules_on,
        tier_policy=StoreTierPolicies(cuts),
        announcement=tier_changed,
    )
