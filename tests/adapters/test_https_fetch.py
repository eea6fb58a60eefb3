"""Addresses of others are called over https, on the public internet only, and never by way of a redirect."""

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ownerloop.adapters import https_fetch
from ownerloop.adapters.https_fetch import BODY_MAX_BYTES, UnreachableError, fetch_over_https, is_public

HOST = "id.insurer.example"


@pytest.mark.parametrize(
    "url",
    [
        "http://id.insurer.example/jwks",
        "file:///etc/hosts",
        "ftp://x",
        "https://",
        "https://[::1",
        "https://user:word@id.insurer.example/jwks",
        "https://127.0.0.1:1/jwks",
        "https://localhost/jwks",
        "https://10.0.0.7/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/jwks",
        "https://[::ffff:127.0.0.1]/jwks",
        "https://2130706433/jwks",
        "https://0/jwks",
        f"https://{'a' * 70}.example/jwks",
    ],
)
def test_only_public_https_addresses_are_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib3.HTTPSConnectionPool, "request", lambda *_, **__: pytest.fail("was called"))

    with pytest.raises(UnreachableError):
        fetch_over_https(url)


@pytest.mark.parametrize("address", ["192.168.1.1", "100.64.0.1", "224.0.0.1", "0.0.0.0", "fe80::1", "fd00::1", "x"])  # noqa: S104
def test_an_address_of_somebody_s_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)
    assert is_public("1.1.1.1")


def test_a_name_with_one_inner_address_among_public_ones_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("1.1.1.1", "10.0.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(UnreachableError):
        fetch_over_https(f"https://{HOST}/jwks")


def test_the_body_comes_from_the_very_address_that_was_looked_at(server: str) -> None:
    assert fetch_over_https(f"{server}/jwks?v=1") == b'{"path": "/jwks?v=1", "host": "' + server[8:].encode() + b'"}'


@pytest.mark.parametrize("path", ["/redirect", "/missing", "/large", "/silent"])
def test_a_redirect_a_refusal_a_flood_and_silence_are_no_answer(
    server: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https_fetch, "READ_SECONDS", 0.2)

    with pytest.raises(UnreachableError):
        fetch_over_https(server + path)


def test_a_certificate_for_another_name_is_not_taken(server: str) -> None:
    with pytest.raises(UnreachableError):
        fetch_over_https(server.replace(HOST, "other.example"))


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/silent":
            return
        statuses = {"/redirect": 302, "/missing": 404}
        self.send_response(statuses.get(self.path, 200))
        self.send_header("location", "/jwks")
        self.end_headers()
        said = f'{{"path": "{self.path}", "host": "{self.headers["host"]}"}}'.encode()
        self.wfile.write(b"x" * (BODY_MAX_BYTES + 1) if self.path == "/large" else said)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a partner's server; its names lead to this machine, which counts as public here."""
    pem = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as serving:
        serving.socket = context.wrap_socket(serving.socket, server_side=True)
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        port = serving.server_address[1]
        here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)
        monkeypatch.setattr(https_fetch, "is_public", lambda _: True)
        yield f"https://{HOST}:{port}"
        serving.shutdown()


def _certificate(folder: Path) -> Path:
    key, now = generate_private_key(SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path
