"""A service on this machine that answers as it was told, and the environment in which it is the one that is asked."""

import json
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch

from ownerloop.adapters.dynamodb import client as clients
from ownerloop.adapters.dynamodb import direct
from ownerloop.adapters.dynamodb.client import client

GOOD = {"Responses": {"t": [{"pk": {"S": "a"}}]}}
RESET, TORN, WRONG_SUM = "reset", "torn", "wrong sum"
_CODES = {400: "ThrottlingException", 403: "AccessDeniedException"}

Told = int | str | dict[str, Any] | tuple[int, dict[str, Any]]


class Service(ThreadingHTTPServer):
    """A service that gives the answers it was told, then good ones, and remembers what it was asked.

    An answer is the body of a plain one, a status, a status with a body, or a kind of trouble.
    """

    daemon_threads = True

    def __init__(self, *answers: Told) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.waiting, self.heard, self.keys = list(answers), list[Any](), list[str]()
        self.paths, self.headers = list[str](), list[dict[str, str]]()


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        self.server.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.paths.append(self.path)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.server.keys.append(self.headers["Authorization"].partition("Credential=")[2].partition("/")[0])
        answer = self.server.waiting.pop(0) if self.server.waiting else GOOD
        if answer == RESET:
            self.close_connection = True
            return
        status, words = answer if isinstance(answer, tuple) else _worded(answer)
        body = b"" if status == 202 else json.dumps(words).encode()
        if answer == TORN:
            body = body[:-3]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amz-crc32", str(zlib.crc32(body) + (answer == WRONG_SUM)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _worded(answer: int | str | dict[str, Any]) -> tuple[int, dict[str, Any]]:
    match answer:
        case int():
            return answer, {"__type": _CODES.get(answer, "InternalServerError")}
        case dict():
            return 200, answer
    return 200, GOOD


@contextmanager
def serving(*answers: Told, **environment: str) -> Iterator[Service]:
    with Service(*answers) as service:
        threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{service.server_port}"
        held = {
            "AWS_ENDPOINT_URL_DYNAMODB": url,
            "AWS_ENDPOINT_URL_LAMBDA": url,
            "AWS_DEFAULT_REGION": "cn-north-1",
            **environment,
        }
        with patch.dict(os.environ, {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", **held}), anew():
            yield service
        service.shutdown()


@contextmanager
def anew() -> Iterator[None]:
    """Forget clients and session, before and after."""
    for kept in (client, clients.session, direct.line):
        kept.cache_clear()
    try:
        yield
    finally:
        for kept in (client, clients.session, direct.line):
            kept.cache_clear()
