"""botocore's session and what is asked of it; what it reads for a client is read once and quickly.

Loaded when a client is first needed, or where the environment does not say it all: importing botocore is a quarter of
an intake's cold start. Its clients are those that boto3's session makes. A session for each would read the index of
services and all endpoints again, and boto3 loads what moves files to S3: more than half of a cold start beside imports.
"""

import gzip
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.httpsession import get_cert_path
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session, get_session
from botocore.utils import get_environ_proxies

from ownerloop.adapters.dynamodb.addresses import ASKED_OF_THE_SESSION
from ownerloop.adapters.dynamodb.signing import Credentials

_MAKING = Lock()  # a client may be used by many threads, but a session makes one at a time


def new_session() -> Session:
    """Return a session that reads what it needs quickly."""
    made = get_session(ASKED_OF_THE_SESSION)
    made.register_component("data_loader", _Models(file_loader=_Files()))
    return made


def new_client(session: Session, service: str, **config: Any) -> Any:
    """Return a client; endpoint, region and credentials come from the environment as boto3's do."""
    with _MAKING:
        return session.create_client(service, config=Config(**config))


def answer_of(client: Any, operation: str, request: Mapping[str, Any], *, refusals: frozenset[str]) -> dict[str, Any]:
    """Return a client's answer, or what it says of an error whose code is among the refusals."""
    answer: dict[str, Any]
    try:
        answer = getattr(client, xform_name(operation))(**request)
    except ClientError as error:
        answer = error.response
        if answer["Error"]["Code"] not in refusals:
            raise
    return answer


class BySession:
    """What botocore's session knows of where it is."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.full_config: Mapping[str, Any] = session.full_config

    def get_config_variable(self, logical_name: str) -> Any:
        """Return what the environment or a file says of a setting, else its default."""
        return self._session.get_config_variable(logical_name)

    def caller(self) -> Credentials:
        """Return who calls, renewed where they were about to expire."""
        held = self._session.get_credentials()
        if held is None:
            raise NoCredentialsError
        frozen: Credentials = held.get_frozen_credentials()
        return frozen

    def certificates(self) -> str:
        """Return the file of certificates that the environment or a file names, else the usual one."""
        return str(get_cert_path(self.get_config_variable("ca_bundle") or True))

    def is_open(self, url: str) -> bool:
        """Return whether no proxy stands before the address."""
        return not get_environ_proxies(url)


class Listeners:
    """Who listens to the requests of botocore's clients, as tests do; `events` are a client's."""

    def __init__(self, session: Session) -> None:
        self.events = copy(session.get_component("event_emitter"))

    def answer(self, name: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        """Return the answer that a listener gives instead of the service, or None."""
        sent = AWSPreparedRequest("POST", url, HeadersDict(headers), body, stream_output=False)
        return self.events.emit_until_response(f"before-send.{name}", request=sent)[1]


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
