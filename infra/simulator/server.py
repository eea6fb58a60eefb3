"""The HTTP end of the simulator, on this machine only."""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.simulator.api import Api
from infra.simulator.reply import Reply

HOST = "127.0.0.1"
BODY_BYTES_MAX = 4 * 1024 * 1024  # ten thousand recipients take half a megabyte


class Server(ThreadingHTTPServer):
    """Serves one Api, a thread a connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256  # fifty clients may connect at once, and again after an outage

    def __init__(self, port: int, api: Api) -> None:
        super().__init__((HOST, port), Handler)
        self.api = api

    @property
    def port(self) -> int:
        """Return the port that was bound."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what went wrong, unless it is only that a client did not wait."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Reads a call and writes its reply, or hangs up."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes, and the second would wait 40 ms
    timeout = 120

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve("GET")

    def do_POST(self) -> None:
        """Answer a POST."""
        self._serve("POST")

    def log_message(self, *args: Any) -> None:
        """Say nothing; the log file says it all."""

    def _serve(self, method: str) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            self._write(Reply({"error": "bad Content-Length"}, status=400))
            self.close_connection = True
            return
        raw = self.rfile.read(int(length))
        reply = self.server.api.answer(method, self.path, raw)
        time.sleep(reply.wait_seconds)
        if reply.is_dropped:
            self.close_connection = True
            return
        self._write(reply)

    def _write(self, reply: Reply) -> None:
        content = b"" if reply.payload is None else json.dumps(reply.payload, ensure_ascii=False).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
