"""moto at an address, for a process of its own: what it asks is handed to the moto of this one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ownerloop.adapters.dynamodb.addresses import SERVICES
from ownerloop.adapters.dynamodb.direct import line

_SERVICE_OF = {spoken.target: service for service, spoken in SERVICES.items()}


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "X-Amz-Target" not in self.headers:  # a function is started, for which moto wants Docker
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        target, _, operation = self.headers["X-Amz-Target"].partition(".")
        asked = {name.lower(): value for name, value in self.headers.items() if name.lower() != "host"}
        status, headers, content = line(_SERVICE_OF[target])._post(operation, asked, body)
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() == "x-amz-crc32":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def moto_over_http() -> Iterator[str]:
    """Give the address for the duration of a `with` block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Conversation) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
