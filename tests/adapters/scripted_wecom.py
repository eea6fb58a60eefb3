"""A server on this machine that answers as it is told, and remembers what it was asked."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

HANG_UP = object()  # closes the connection without a word


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that is not the usual JSON."""

    content: bytes
    status: int = 200
    wait_seconds: float = 0.0


@dataclass(slots=True)
class Script:
    """Answers by call; the last one of a call is repeated."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    base_url: str = ""

    def calls(self, name: str) -> list[tuple[dict[str, str], Any]]:
        """Return query and body of each call of that name."""
        return [(query, body) for call, query, body in self.asked if call == name]

    def next_answer(self, name: str) -> Any:
        answers = self.answers.get(name) or [{"errcode": 0}]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def scripted(**answers: list[Any]) -> Iterator[Script]:
    """Serve the script for the duration of a `with` block; a token is given out unless the script says otherwise."""
    token = {"errcode": 0, "access_token": "token-1", "expires_in": 7200}
    script = Script(answers={"gettoken": [token], **answers})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, *_: Any) -> None:
            return

        def _answer(self, body: Any) -> None:
            address = urlsplit(self.path)
            name = address.path.rpartition("/")[2]
            script.asked.append((name, {key: values[0] for key, values in parse_qs(address.query).items()}, body))
            answer = script.next_answer(name)
            if answer is HANG_UP:
                self.close_connection = True
                return
            raw = answer if isinstance(answer, Raw) else Raw(json.dumps(answer).encode())
            time.sleep(raw.wait_seconds)
            self.send_response(raw.status)
            self.send_header("Content-Length", str(len(raw.content)))
            self.end_headers()
            self.wfile.write(raw.content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
