"""What the settlement of tiers works on: tables, bus, history, published data and the contract of a change."""

from typing import Protocol

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


class TierPlaces(Protocol):
    """Where the settlement works, as the function's settings have it."""

    @property
    def owners_table(self) -> str:
        """Profiles, tiers and cut points."""
        ...

    @property
    def vehicles_table(self) -> str:
        """Consents to marketing."""
        ...

    @property
    def contacts_table(self) -> str:
        """Welcomes."""
        ...

    @property
    def history_queue_url(self) -> str:
        """Rows for the lake."""
        ...

    @property
    def event_bus_name(self) -> str:
        """Announcements."""
        ...


def settling(places: TierPlaces) -> Settling:
    """Return the settlement over the tables, the queue of history and the bus that the places name."""
    cuts = DynamoCutPoints(places.owners_table)
    return Settling(
        tiers=DynamoTiers(places.owners_table),
        cuts=cuts,
        owners=DynamoOwners(places.owners_table),
        vehicles=DynamoVehicles(places.vehicles_table),
        contacts=DynamoContacts(places.contacts_table),
        bus=EventBridge(places.event_bus_name),
        history=QueuedHistory(places.history_queue_url),
        rules_on=settle_rules_on,
        tier_policy=StoreTierPolicies(cuts),
        announcement=tier_changed,
    )
