"""The short way to a JSON service, for the calls that an ordinary intake makes: no client of botocore's is built.

A request is encoded, signed and sent here, and a plain answer is decoded: a fifth of the processor time that botocore
takes for the same call (`perf.md`, W8). Whatever is not a plain answer (a throttled, failed, broken or lost one) is
left to botocore, which sends the request again with the attempts that remain and its own rules of what to retry; so its
errors are the errors here too. Endpoint, region and credentials are what botocore would say (`surroundings`).
"""

import time
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from ownerloop.adapters.dynamodb.addresses import SERVICES, address_of
from ownerloop.adapters.dynamodb.client import (
    ATTEMPTS_MAX,
    CONNECT_SECONDS,
    READ_SECONDS,
    ask_slowly,
    client,
    listeners,
    surroundings,
)
from ownerloop.adapters.dynamodb.signing import Signer
from ownerloop.adapters.dynamodb.surroundings import Surroundings
from ownerloop.adapters.dynamodb.wire import Wire

_encode = msgspec.json.Encoder().encode  # binary becomes base64 text, as the services want it
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def ask(service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the service's answer, binary as base64 text or bytes; raise what botocore raises.

    The request is in botocore's words, instants as seconds since 1970.
    """
    answer = line(service).answer(operation, request)
    if answer is not None:
        return answer
    return ask_slowly(service, operation, request, attempts_max=ATTEMPTS_MAX - 1)


@cache
def line(service: str) -> "Line":
    """Return the open connections to a service."""
    return Line(service, told=surroundings(), listeners=listeners())


class Line:
    """The open connections to one service; whoever listens to botocore's clients hears these too."""

    def __init__(self, service: str, *, told: Surroundings, listeners: Any) -> None:
        spoken = SERVICES[service]
        self._service, self._listeners, self._told = service, listeners, told
        address, region = address_of(service, told), told.get_config_variable("region")
        self.events = None if listeners is None else listeners.events
        if address is None:
            meta = client(service).meta
            address, region = meta.endpoint_url, meta.region_name
        self._url = f"{address.rstrip('/')}/"
        self._prefix = spoken.target
        self._signer = Signer(self._url, service=spoken.prefix, region=region)
        self._plain = {
            "content-type": f"application/x-amz-json-{spoken.json_version}",
            "user-agent": "OwnerLoop",
            "accept-encoding": "identity",
        }
        self._wire = Wire(
            self._url,
            certificates=told.certificates(),
            connect_seconds=CONNECT_SECONDS,
            read_seconds=READ_SECONDS,
        )
        self._is_open = told.is_open(self._url)  # what goes through a proxy is botocore's alone

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a plain answer to the request, else None; the service may have carried it out nevertheless."""
        body = _encode(request)
        plain = {**self._plain, "x-amz-target": f"{self._prefix}.{operation}"}
        headers = self._signer.headers(plain, body, by=self._told.caller(), at=time.gmtime())
        return _read(*self._post(operation, headers, body))

    def _post(self, operation: str, headers: dict[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        if self._listeners is not None:  # as tests do, which may answer instead of the service
            instead = self._listeners.answer(f"{self._service}.{operation}", self._url, headers, body)
            if instead is not None:
                return instead.status_code, instead.headers, instead.content
        if not self._is_open:
            return _NOT_SENT
        try:
            answer = self._wire.post(headers, body)
        except OSError:
            return _NOT_SENT
        return answer.status, answer.headers, answer.body


_NOT_SENT: tuple[int, Mapping[str, str], bytes] = (0, {}, b"")
_OK = 200


def _read(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    """Return the answer if it says that all went well and came whole."""
    if status != _OK:
        return None
    checksum = headers.get("x-amz-crc32")
    if checksum is not None and int(checksum) != zlib.crc32(body):
        return None
    try:
        return _decode(body)
    except msgspec.DecodeError:
        return None
