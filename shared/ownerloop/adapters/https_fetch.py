"""What lies behind somebody else's https address, fetched so that the address cannot be turned against us.

The name is resolved once, every address of it must be a public one, and the connection goes to that very address: a
name that points at our own network, or changes between question and call, leads nowhere.
"""

import ipaddress
import socket

import urllib3
from urllib3.util import Url, parse_url

BODY_MAX_BYTES = 64 * 1024
CONNECT_SECONDS, READ_SECONDS = 1.0, 2.0
_HTTPS_PORT = 443
_INNER_DOMAINS = frozenset(
    {"arpa", "internal", "invalid", "lan", "local", "localhost", "onion", "test"}
)  # RFC 6761 and kin


class UnreachableError(Exception):
    """The address is not one that we call, or it does not answer as it should; the call may succeed later."""


def fetch_over_https(url: str) -> bytes:
    """Return what lies behind a public https address: no redirects, no more than 64 KiB, within seconds."""
    target = _target(url)
    port = target.port or _HTTPS_PORT
    host = str(target.host).strip("[]")
    pool = urllib3.HTTPSConnectionPool(
        _public_address(host, port),
        port,
        server_hostname=host,
        assert_hostname=host,
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        retries=False,
    )
    with pool:
        return _body(pool, target)


def check_public(url: str) -> None:
    """Raise UnreachableError unless the address is one that `fetch_over_https` would call now."""
    target = _target(url)
    _public_address(str(target.host).strip("[]"), target.port or _HTTPS_PORT)


def has_public_form(url: str) -> bool:
    """Return whether the text is an https address of a host that can be public, without asking who it is."""
    try:
        host = str(_target(url).host).strip("[]")
    except UnreachableError:
        return False
    if is_public(host):
        return True
    labels = host.rstrip(".").lower().split(".")
    is_name = len(labels) > 1 and not labels[-1].isdigit() and ":" not in host
    return is_name and labels[-1] not in _INNER_DOMAINS


def is_public(address: str) -> bool:
    """Return whether the IP address is one of the public internet; what is no IP address is not."""
    try:
        said = ipaddress.ip_address(address)
    except ValueError:
        return False
    return said.is_global and not said.is_multicast


def _target(url: str) -> Url:
    try:
        target = parse_url(url)
    except urllib3.exceptions.LocationParseError as error:
        raise UnreachableError from error
    if target.scheme != "https" or not target.host or target.auth:
        raise UnreachableError
    return target


def _public_address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UnreachableError from error
    except UnicodeError as error:
        raise UnreachableError from error
    addresses = [str(where[0]) for *_, where in found]
    if not addresses or not all(map(is_public, addresses)):
        raise UnreachableError
    return addresses[0]


def _body(pool: urllib3.HTTPSConnectionPool, target: Url) -> bytes:
    try:
        answer = pool.request(
            "GET",
            target.request_uri,
            headers={"host": target.netloc or ""},
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        body: bytes = answer.read(BODY_MAX_BYTES + 1)
    except urllib3.exceptions.HTTPError as error:
        raise UnreachableError from error
    if answer.status != 200 or len(body) > BODY_MAX_BYTES:  # noqa: PLR2004  # OK
        raise UnreachableError
    return body
