"""Clouds for tests: moto with the tables and secrets of `template.yaml`, or the local cloud with the same tables."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from secrets import token_hex
from typing import Any
from unittest.mock import patch

from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend

from infra.template.reading import load_template, resources
from ownerloop.adapters import secrets
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.direct import line
from tests.partiql_on_moto import batch_execute_statement

REGION = "us-east-1"
KNOWN = (
    "vault",
    "owners",
    "consents",
    "vehicles",
    "contacts",
    "quarantine",
    "cases",
    "partners",
    "workshop",
    "points",
    "benefits",
)
VAULT_SECRET = {"current": "1", "1": "a key of the vault for tests only"}


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of one set of tables and the id of the vault's secret."""

    vault: str
    owners: str
    consents: str
    vehicles: str
    contacts: str
    quarantine: str
    cases: str
    partners: str
    workshop: str
    points: str
    benefits: str
    vault_secret: str

    @property
    def interactions(self) -> "InteractionTables":
        """Return those that an interaction may change."""
        return InteractionTables(self.owners, self.cases, self.vehicles, self.workshop, self.contacts, self.points)


@dataclass(frozen=True, slots=True)
class InteractionTables:
    """The names of the tables that an interaction may change."""

    owners_table: str
    cases_table: str
    vehicles_table: str
    workshop_table: str
    contacts_table: str
    points_table: str


@contextmanager
def moto_tables() -> Iterator[Tables]:
    """Run moto with fresh tables for the duration of a `with` block."""
    with ExitStack() as undo:
        undo.enter_context(_environment())
        undo.enter_context(mock_aws())
        undo.enter_context(patch.object(DynamoDBBackend, "batch_execute_statement", batch_execute_statement))
        undo.enter_context(_fresh_clients())
        yield make_tables("test")


@contextmanager
def emulator_tables(endpoint: str) -> Iterator[Tables]:
    """Make fresh tables on the local cloud at an endpoint, for the duration of a `with` block."""
    with clients_of(endpoint):
        yield make_tables(f"test-{token_hex(6)}")


@contextmanager
def clients_of(endpoint: str) -> Iterator[None]:
    """Let the adapters of this process work on the local cloud at an endpoint, for the duration of a `with` block."""
    with _environment(AWS_ENDPOINT_URL=endpoint), _fresh_clients():
        yield


def make_tables(prefix: str) -> Tables:
    """Make every table of the template and the vault's secret under a prefix, and return their names."""
    names: dict[str, str] = {}
    for logical_id, arguments in _table_arguments().items():
        name = f"{prefix}-{logical_id}"
        client("dynamodb").create_table(TableName=name, **arguments)
        names[logical_id.removesuffix("Table").lower()] = name
    secret = f"{prefix}-vault"
    client("secretsmanager").create_secret(Name=secret, SecretString=json.dumps(VAULT_SECRET))
    known = {name: names[name] for name in KNOWN}
    return Tables(**known, vault_secret=secret)


@cache
def _table_arguments() -> dict[str, dict[str, Any]]:
    tables = resources(load_template(), "AWS::DynamoDB::Table")
    return {logical_id: _arguments_of(table["Properties"]) for logical_id, table in tables.items()}


def _arguments_of(properties: dict[str, Any]) -> dict[str, Any]:
    """Return what CreateTable wants beside the name of a table of the template: keys, indexes and stream."""
    taken = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    arguments: dict[str, Any] = {key: properties[key] for key in taken if key in properties}
    if stream := properties.get("StreamSpecification"):
        arguments["StreamSpecification"] = {"StreamEnabled": True, **stream}
    return arguments


@contextmanager
def _environment(**more: str) -> Iterator[None]:
    held = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION, **more}
    with patch.dict(os.environ, held):
        yield


@contextmanager
def _fresh_clients() -> Iterator[None]:
    for kept in (client, line):
        kept.cache_clear()
    secrets.forget()
    try:
        yield
    finally:
        for kept in (client, line):
            kept.cache_clear()
        secrets.forget()
