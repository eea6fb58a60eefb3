"""The wire between functions and the local cloud, with trouble on it: refusals, slowness, answers lost or late.

It stands where a network would, outside the function processes, so that whatever they ask with, botocore or the short
way, meets the same trouble. `start_ministack` gives its address to functions as the cloud's.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from infra.local.ministack import HOST


class Trouble(StrEnum):
    """What can become of a request."""

    THROTTLED = "throttled"  # refused, nothing done
    BROKEN = "broken"  # an internal error, nothing done
    LOST = "answer lost"  # done, and the connection closes without an answer
    LATE = "answer late"  # done, and answered when nobody waits any more


SHARES = {Trouble.THROTTLED: 0.02, Trouble.BROKEN: 0.005, Trouble.LOST: 0.02, Trouble.LATE: 0.002}
LATE_SECONDS = 2.5  # a client waits 2
_DROPPED = {"connection", "transfer-encoding", "keep-alive"}  # of one connection, not of the answer


@dataclass(slots=True)
class Wire:
    """What is on the wire now, and what went over it."""

    seed: int
    upstream: str = ""
    troubles: bool = False
    slow_seconds: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)
    _chance: Random = field(default_factory=Random)
    _lock: Lock = field(default_factory=Lock)
    _stopped: Event = field(default_factory=Event)
    _asked: dict[str, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance.seed(self.seed)

    @property
    def requests(self) -> int:
        """Return how many requests were made."""
        return self.seen["requests"]

    @property
    def troubled(self) -> int:
        """Return how many of them met trouble."""
        return sum(self.seen[trouble] for trouble in Trouble)

    def watch(self) -> None:
        """Forget what was asked so far."""
        with self._lock:
            self._asked.clear()

    def asked(self) -> int:
        """Return how many different questions were asked since the watch began."""
        return len(self._asked)

    def asked_twice(self) -> int:
        """Return how many of them came over more than one connection: a function keeps to its own."""
        with self._lock:
            return sum(len(connections) > 1 for connections in self._asked.values())

    def take(self, words: bytes, *, connection: int) -> Trouble | None:
        """Note a request, keep it waiting where the wire is slow, and return what becomes of it."""
        with self._lock:
            self.seen["requests"] += 1
            self._asked.setdefault(hashlib.sha256(words).hexdigest(), set()).add(connection)
            trouble = self._drawn() if self.troubles else None
            self.seen[trouble or "well"] += 1
        if self.slow_seconds:
            self._stopped.wait(self.slow_seconds)
        return trouble

    def be_late(self) -> None:
        """Wait until nobody waits for the answer any more."""
        self._stopped.wait(LATE_SECONDS)

    def stop(self) -> None:
        """Keep nobody waiting any longer."""
        self._stopped.set()

    def _drawn(self) -> Trouble | None:
        drawn = self._chance.random()
        for trouble, share in SHARES.items():
            drawn -= share
            if drawn < 0:
                return trouble
        return None


@contextmanager
def strung(wire: Wire) -> Iterator[str]:
    """Give the address at which the wire begins, for the duration of a `with` block."""

    class Passing(_Passing):
        held = wire

    server = ThreadingHTTPServer((HOST, 0), Passing)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a killed function lets go of its end
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        wire.stop()
        server.shutdown()
        server.server_close()


class _Passing(BaseHTTPRequestHandler):
    """One connection of a function: every request goes on to the cloud, if it goes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    held: Wire
    _cloud: HTTPConnection | None = None

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = self.headers.get("X-Amz-Target", "")
        match self.held.take(f"{target} {self.path} ".encode() + body, connection=id(self)):
            case Trouble.THROTTLED:
                self._refuse(400 if target else 503, _throttling(target))
                return
            case Trouble.BROKEN:
                self._refuse(500, "InternalServerError")
                return
            case trouble:
                status, headers, answer = self._ask(body)
        if trouble is Trouble.LATE:
            self.held.be_late()
        if trouble is None:
            self._answer(status, headers, answer)
        else:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass  # noqa: N815  # the names by which the server finds them

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as the server names it
        """Say nothing."""

    def finish(self) -> None:
        """Let go of both ends."""
        super().finish()
        if self._cloud:
            self._cloud.close()

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        if self._cloud is None:
            self._cloud = HTTPConnection(urlsplit(self.held.upstream).netloc, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"connection", "expect"}}
        self._cloud.request(self.command, self.path, body=body or None, headers=headers)
        told = self._cloud.getresponse()
        return told.status, told.getheaders(), told.read()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _DROPPED | {"content-length"}:
                self.send_header(name, value)
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        self.send_header("Content-Length", lengths[0] if self.command == "HEAD" and lengths else str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: int, code: str) -> None:
        body = json.dumps({"__type": code, "message": "-"}).encode()
        self._answer(status, [("x-amzn-errortype", code), ("Content-Type", "application/x-amz-json-1.0")], body)


def _throttling(target: str) -> str:
    return "ProvisionedThroughputExceededException" if target.startswith("DynamoDB") else "ThrottlingException"
