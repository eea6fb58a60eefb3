"""How long a secret is kept."""

import json

import pytest

from ownerloop.adapters import secrets
from ownerloop.adapters.dynamodb.client import client
from tests.tables import Tables


def test_a_rotated_secret_is_seen_within_five_minutes(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000.0]
    monkeypatch.setattr(secrets.time, "monotonic", lambda: clock[0])
    before = secrets.read_secret(tables.vault_secret)

    client("secretsmanager").put_secret_value(SecretId=tables.vault_secret, SecretString=json.dumps({"current": "2"}))
    at_once = secrets.read_secret(tables.vault_secret)
    clock[0] += secrets.KEPT_SECONDS
    later = secrets.read_secret(tables.vault_secret)

    assert at_once == before
    assert later == {"current": "2"}
