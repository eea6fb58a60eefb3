"""One world of adapters per backend, so that a contract is written once and held against all of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ownerloop.adapters import memory
from ownerloop.adapters.clock import RandomSurrogates
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.tasks import DynamoWecomTasks
from ownerloop.adapters.dynamodb.vault import DynamoTokenCache, DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoPlanningCursor, DynamoVehicles
from ownerloop.outreach_ports import Contacts, Gates, TokenCache, WecomTasks
from ownerloop.ports import Enrolments, Owners, PlanningCursor, PriorsBook, Vault, Vehicles
from tests.tables import Tables, emulator_tables, moto_tables


@dataclass(frozen=True, slots=True)
class World:
    """Every port that keeps state, on one backend."""

    vault: Vault
    token: TokenCache
    vehicles: Vehicles
    cursor: PlanningCursor
    priors: PriorsBook
    owners: Owners
    enrolments: Enrolments
    contacts: Contacts
    gates: Gates
    tasks: WecomTasks


@pytest.fixture
def tables() -> Iterator[Tables]:
    with moto_tables() as names:
        yield names


@pytest.fixture
def emulated_tables(local_cloud: str) -> Iterator[Tables]:
    with emulator_tables(local_cloud) as names:
        yield names


@pytest.fixture(params=["memory", "moto", pytest.param("emulator", marks=pytest.mark.emulator)])
def backend(request: pytest.FixtureRequest) -> Tables | None:
    """Give the tables of every backend that keeps a contract, and None for the one in memory."""
    if request.param == "memory":
        return None
    tables: Tables = request.getfixturevalue("tables" if request.param == "moto" else "emulated_tables")
    return tables


@pytest.fixture
def world(backend: Tables | None) -> World:
    return on_dynamodb(backend) if backend else in_memory()


def in_memory() -> World:
    owners, vehicles = memory.MemoryOwners(), memory.MemoryVehicles()
    return World(
        vault=memory.MemoryVault(),
        token=memory.MemoryTokenCache(),
        vehicles=vehicles,
        cursor=memory.MemoryPlanningCursor(),
        priors=memory.MemoryPriorsBook(),
        owners=owners,
        enrolments=memory.MemoryEnrolments(owners, vehicles),
        contacts=memory.MemoryContacts(),
        gates=memory.MemoryGates(),
        tasks=memory.MemoryWecomTasks(),
    )


def on_dynamodb(tables: Tables) -> World:
    return World(
        vault=DynamoVault(tables.vault, tables.vault_secret, RandomSurrogates()),
        token=DynamoTokenCache(tables.vault),
        vehicles=DynamoVehicles(tables.vehicles),
        cursor=DynamoPlanningCursor(tables.vehicles),
        priors=DynamoPriorsBook(tables.vehicles),
        owners=DynamoOwners(tables.owners),
        enrolments=DynamoEnrolments(tables.owners, tables.consents, tables.vehicles, tables.cases),
        contacts=DynamoContacts(tables.contacts),
        gates=DynamoGates(tables.contacts),
        tasks=DynamoWecomTasks(tables.contacts),
    )
