"""One client per service, made on first use, all from one session; what botocore reads for it is read once and quickly.

They are the clients that boto3's session makes. A session for each would read the index of services and all endpoints
again, and boto3 loads what moves files to S3: together they were more than half of a cold start beside the imports.
"""

import gzip
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session, get_session

from ownerloop.adapters.dynamodb.addresses import ASKED_OF_THE_SESSION

CONNECT_SECONDS = 1
READ_SECONDS = 2
ATTEMPTS_MAX = 4
_MAKING = Lock()  # a client may be used by many threads, but a session makes one at a time


@cache
def client(service: str, *, attempts_max: int = ATTEMPTS_MAX) -> Any:
    """Return the client of an AWS service; endpoint, region and credentials come from the environment as boto3's do."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": attempts_max},
    )
    with _MAKING:
        return session().create_client(service, config=config)


def credentials() -> Any:
    """Return who calls, renewed where they were about to expire."""
    held = session().get_credentials()
    if held is None:
        raise NoCredentialsError
    return held.get_frozen_credentials()


def certificates() -> str | None:
    """Return the file of certificates that the environment names, or None for the usual ones."""
    named: str | None = session().get_config_variable("ca_bundle")
    return named


@cache
def session() -> Session:
    """Return the one session."""
    made = get_session(ASKED_OF_THE_SESSION)
    made.register_component("data_loader", _Models(file_loader=_Files()))
    return made


class _Files(JSONFileLoader):  # type: ignore[misc]  # botocore ships no types
    """Service models and endpoints, decoded in a third of the time that json takes for their two megabytes."""

    def load_file(self, file_path: str) -> Any:
        """Return what the file holds, compressed or not, or None if there is none."""
        for path in (Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")):
            if path.is_file():
                held = path.read_bytes()
                return msgspec.json.decode(gzip.decompress(held) if path.suffix == ".gz" else held)
        return None


class _Models(Loader):  # type: ignore[misc]  # botocore ships no types
    """botocore's models; a folder is taken for a service unseen, for there are four hundred."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  # every folder has what is read
        """Return the names of all services."""
        places = [place for place in map(Path, self.search_paths) if place.is_dir()]
        return sorted({entry.name for place in places for entry in place.iterdir()})
