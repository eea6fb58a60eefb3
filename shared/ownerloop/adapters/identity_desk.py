"""The desk at which persons are joined and parted: tables, vault, bus and the contract of the announcement."""

from typing import Protocol

from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.dynamodb.consent_heads import DynamoConsentHeads
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.cut_points import DynamoCutPoints
from ownerloop.adapters.dynamodb.identity import DynamoIdentities
from ownerloop.adapters.dynamodb.points import DynamoLedger, DynamoPoints
from ownerloop.adapters.dynamodb.tiers import DynamoTiers
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.history import QueuedHistory
from ownerloop.adapters.store_tiers import StoreTierPolicies
from ownerloop.adapters.store_zones import zone_name
from ownerloop.contracts.identities import identity_changed
from ownerloop.contracts.tier_events import tier_changed
from ownerloop.identity_ports import People, TierDesk
from ownerloop.ports import Surrogates


class IdentitySettings(Protocol):
    """The names that the desk needs, as the function's settings have them."""

    @property
    def owners_table(self) -> str:
        """Profiles, evidence and the log."""
        ...

    @property
    def contacts_table(self) -> str:
        """Gates and contacts."""
        ...

    @property
    def points_table(self) -> str:
        """Accounts, which a split parts."""
        ...

    @property
    def vehicles_table(self) -> str:
        """Cars, whose consents the group must be heard about."""
        ...

    @property
    def vault_table(self) -> str:
        """Identifiers."""
        ...

    @property
    def vault_secret_id(self) -> str:
        """The keys of the vault's digests."""
        ...

    @property
    def history_queue_url(self) -> str:
        """Where changes of tiers are told to the lake."""
        ...

    @property
    def event_bus_name(self) -> str:
        """Where it is told."""
        ...


def people_desk(settings: IdentitySettings, surrogates: Surrogates) -> People:
    """Return the desk over what the settings name."""
    return People(
        identities=DynamoIdentities(settings.owners_table, settings.contacts_table),
        identifiers=DynamoVault(settings.vault_table, settings.vault_secret_id, surrogates),
        contacts=DynamoContacts(settings.contacts_table),
        bus=EventBridge(settings.event_bus_name),
        announcement=identity_changed,
        points=DynamoPoints(settings.points_table),
        ledger=DynamoLedger(settings.points_table),
        consents=DynamoConsentHeads(settings.vehicles_table),
        tiers=TierDesk(
            tiers=DynamoTiers(settings.owners_table),
            policy=StoreTierPolicies(DynamoCutPoints(settings.owners_table)),
            store_zone=zone_name,
            announcement=tier_changed,
            history=QueuedHistory(settings.history_queue_url),
        ),
    )
