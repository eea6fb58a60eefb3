"""Kept connections to one address that carry HTTP/1.1 with a Content-Length, and nothing else.

That is how the services of `direct` answer. Anything else is a BrokenAnswerError, after which the connection is closed.
"""

import select
import socket
import ssl
from functools import cache
from typing import BinaryIO
from urllib.parse import urlsplit

from msgspec import Struct

HEADERS_MAX = 100
LINE_BYTES_MAX = 8192
BODY_BYTES_MAX = 32 * 1024 * 1024  # twice what the largest answer, a BatchGetItem's, may hold
IDLE_MAX = 10


class BrokenAnswerError(OSError):
    """What came back was cut off, or is not the plain HTTP that this reads."""


class Answer(Struct, frozen=True):
    """What came back: the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Connection(Struct, frozen=True):
    socket: socket.socket
    file: BinaryIO

    @property
    def is_fresh(self) -> bool:
        """Return whether nothing came unasked, such as the end of the connection."""
        asked = select.poll()
        asked.register(self.socket, select.POLLIN)
        return not asked.poll(0)

    def close(self) -> None:
        """Hang up."""
        self.file.close()
        self.socket.close()


class Wire:
    """The connections to one address, kept for the next request; may be used by many threads."""

    def __init__(self, url: str, *, certificates: str, connect_seconds: float, read_seconds: float) -> None:
        self._idle: list[_Connection] = []
        parts = urlsplit(url)
        self._host, self._is_secure = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (443 if self._is_secure else 80)
        self._path = parts.path or "/"
        self._certificates = certificates
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds

    def post(self, headers: dict[str, str], body: bytes, *, below: str = "") -> Answer:
        """Return the answer of the address, or of a path below it.

        An OSError leaves open whether the request was carried out.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {self._path}{below} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        connection = self._kept() or self._dialled()
        is_done = False
        try:
            connection.socket.sendall(head.encode("latin-1") + body)
            answer = _read(connection.file)
            is_done = True
        finally:
            if not is_done:
                connection.close()
        if len(self._idle) < IDLE_MAX and answer.headers.get("connection", "").lower() != "close":
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def __del__(self) -> None:
        for connection in self._idle:
            connection.close()

    def _kept(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh:
                return connection
            connection.close()
        return None

    def _dialled(self) -> _Connection:
        line = socket.create_connection((self._host, self._port), timeout=self._connect_seconds)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._is_secure:
            line = _trusting(self._certificates).wrap_socket(line, server_hostname=self._host)
        line.settimeout(self._read_seconds)
        return _Connection(line, line.makefile("rb"))


@cache
def _trusting(certificates: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates)  # reads some hundred kilobytes: once, and not before it must


def _read(file: BinaryIO) -> Answer:
    version, _, rest = file.readline(LINE_BYTES_MAX).partition(b" ")
    if version != b"HTTP/1.1" or not rest[:3].isdigit():
        raise BrokenAnswerError("no status line")
    headers: dict[str, str] = {}
    for _ in range(HEADERS_MAX):
        line = file.readline(LINE_BYTES_MAX)
        if line == b"\r\n":
            break
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    length = headers.get("content-length", "")
    if line != b"\r\n" or not length.isdecimal() or int(length) > BODY_BYTES_MAX:
        raise BrokenAnswerError("no plain headers")
    body = file.read(int(length))
    if len(body) != int(length):
        raise BrokenAnswerError("cut off")
    return Answer(int(rest[:3]), headers, body)
