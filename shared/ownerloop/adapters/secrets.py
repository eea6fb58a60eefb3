"""Secrets as JSON objects out of Secrets Manager, kept for a few minutes."""

import json
import time
from functools import lru_cache
from typing import Any

from ownerloop.adapters.dynamodb.direct import ask

KEPT_SECONDS = 300  # a rotation reaches every warm function within this; two versions are valid meanwhile


def read_secret(secret_id: str) -> dict[str, Any]:
    """Return the secret's JSON object, at most five minutes old."""
    return _read(secret_id, int(time.monotonic() // KEPT_SECONDS))


def forget() -> None:
    """Read every secret anew from now on."""
    _read.cache_clear()


@lru_cache(maxsize=8)
def _read(secret_id: str, age: int) -> dict[str, Any]:  # noqa: ARG001  # a new age asks again
    answer = ask("secretsmanager", "GetSecretValue", {"SecretId": secret_id})
    value: dict[str, Any] = json.loads(answer["SecretString"])
    return value
