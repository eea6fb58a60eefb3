"""One client per service, made on first use."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

CONNECT_SECONDS = 1
READ_SECONDS = 2
ATTEMPTS_MAX = 4


@cache
def client(service: str) -> Any:
    """Return the client of an AWS service; endpoint and region come from the environment as boto3 reads it."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS_MAX},
    )
    return boto3.session.Session().client(service, config=config)  # the default session is not thread-safe
