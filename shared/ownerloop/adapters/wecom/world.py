"""The world of sending over WeCom and of settling what became of it: tables, vault and provider."""

from functools import partial

from ownerloop.adapters.clock import the_surrogates
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.tasks import DynamoWecomTasks
from ownerloop.adapters.dynamodb.vault import DynamoTokenCache, DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.secrets import read_secret
from ownerloop.adapters.wecom.client import WecomClient
from ownerloop.outreach_ports import WecomPorts


def wecom_world(
    *, contacts_table: str, owners_table: str, vehicles_table: str, vault_table: str, base_url: str, secret_id: str
) -> WecomPorts:
    """Return the world over the tables and the provider."""
    return WecomPorts(
        contacts=DynamoContacts(contacts_table),
        gates=DynamoGates(contacts_table),
        tasks=DynamoWecomTasks(contacts_table),
        owners=DynamoOwners(owners_table),
        vehicles=DynamoVehicles(vehicles_table),
        vault=DynamoVault(vault_table, "", the_surrogates()),  # the way back to an address needs no key
        wecom=WecomClient(base_url, read_secret=partial(read_secret, secret_id), tokens=DynamoTokenCache(vault_table)),
    )
