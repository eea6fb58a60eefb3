"""The short way to a JSON service, for the calls of an ordinary invocation: no client of botocore's is built.

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
from urllib.parse import quote

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
_OK, _ACCEPTED, _REFUSED = 200, 202, 400
_NO_REFUSALS: frozenset[str] = frozenset()
_ASYNCHRONOUSLY = {"content-type": "application/json", "x-amz-invocation-type": "Event"}

_Answer = tuple[int, Mapping[str, str], bytes]  # status, headers, body
_NOT_SENT: _Answer = (0, {}, b"")


def ask(
    service: str, operation: str, request: Mapping[str, Any], *, refusals: frozenset[str] = _NO_REFUSALS
) -> dict[str, Any]:
    """Return the service's answer, binary as base64 text or bytes; raise what botocore raises.

    The request is in botocore's words, instants as seconds since 1970. An error whose code is among the refusals is an
    answer too, the code under `Error` as botocore has it: so none that botocore would ask again for may be among them.
    """
    answer = line(service).answer(operation, request, refusals=refusals)
    if answer is not None:
        return answer
    return ask_slowly(service, operation, request, attempts_max=ATTEMPTS_MAX - 1, refusals=refusals)


def start(function: str, payload: bytes) -> None:
    """Start a Lambda function asynchronously; raise what botocore raises."""
    below = f"2015-03-31/functions/{quote(function, safe='')}/invocations"
    if not line("lambda").is_accepted("Invoke", payload, below=below, said=_ASYNCHRONOUSLY):
        asked = {"FunctionName": function, "InvocationType": "Event", "Payload": payload}
        ask_slowly("lambda", "Invoke", asked, attempts_max=ATTEMPTS_MAX - 1)


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
        self._target = spoken.target
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

    def answer(
        self, operation: str, request: Mapping[str, Any], *, refusals: frozenset[str] = _NO_REFUSALS
    ) -> dict[str, Any] | None:
        """Return a plain answer or refusal, else None; the service may have carried the request out nevertheless."""
        said = {"x-amz-target": f"{self._target}.{operation}"}
        return _read(*self._sent(operation, _encode(request), said=said), refusals)

    def is_accepted(self, operation: str, body: bytes, *, below: str, said: Mapping[str, str]) -> bool:
        """Return whether the service took what was sent to a path; it may have done so though it did not say it."""
        return self._sent(operation, body, said=said, below=below)[0] == _ACCEPTED

    def _sent(self, operation: str, body: bytes, *, said: Mapping[str, str], below: str = "") -> _Answer:
        plain, caller = {**self._plain, **said}, self._told.caller()
        headers = self._signer.headers(plain, body, by=caller, at=time.gmtime(), below=below)
        return self._post(operation, headers, body, below=below)

    def _post(self, operation: str, headers: dict[str, str], body: bytes, *, below: str = "") -> _Answer:
        if self._listeners is not None:  # as tests do, which may answer instead of the service
            instead = self._listeners.answer(f"{self._service}.{operation}", self._url + below, headers, body)
            if instead is not None:
                return instead.status_code, instead.headers, instead.content
        if not self._is_open:
            return _NOT_SENT
        try:
            answer = self._wire.post(headers, body, below=below)
        except OSError:
            return _NOT_SENT
        return answer.status, answer.headers, answer.body


def _read(
    status: int, headers: Mapping[str, str], body: bytes, refusals: frozenset[str] = _NO_REFUSALS
) -> dict[str, Any] | None:
    """Return the answer if it came whole and says that all went well, or is one of the refusals."""
    if status != _OK and not (refusals and status == _REFUSED):
        return None
    checksum = headers.get("x-amz-crc32")
    if checksum is not None and int(checksum) != zlib.crc32(body):
        return None
    try:
        answer = _decode(body)
    except msgspec.DecodeError:
        return None
    if status == _OK:
        return answer
    code = str(answer.get("__type", "")).rpartition("#")[2]
    return {**answer, "Error": {"Code": code}} if code in refusals else None
