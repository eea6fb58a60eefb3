"""boto3 clients of the local stack: its endpoint, its region, credentials that open nothing else."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from infra.local.ministack import REGION

_CONFIG = Config(connect_timeout=2, read_timeout=120, retries={"mode": "standard", "max_attempts": 3})


@cache
def client(service: str, endpoint: str) -> Any:
    """Return the one client of a service at an endpoint."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # what the emulator takes
        config=_CONFIG,
    )
