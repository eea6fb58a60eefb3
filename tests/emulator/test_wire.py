"""The troubled wire does what it says: what is refused was never done, and what lost its answer was."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.local.ministack import HOST
from tests.emulator.wire import Trouble, Wire, strung
from tests.overload import Figures


class Certain(Wire):
    """A wire on which one trouble befalls every request."""

    trouble: Trouble | None = None

    def take(self, words: bytes, *, connection: int) -> Trouble | None:
        super().take(words, connection=connection)
        return self.trouble


@contextmanager
def a_cloud(done: list[bytes]) -> Iterator[str]:
    class Doing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            done.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"done")

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002  # as the server names it
            """Say nothing."""

    server = HTTPServer((HOST, 0), Doing)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(trouble: Trouble | None, done: list[bytes]) -> tuple[int, bytes]:
    wire = Certain(seed=1)
    wire.trouble = trouble
    with a_cloud(done) as cloud, strung(wire) as address:
        wire.upstream = cloud
        connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
        try:
            connection.request("POST", "/", body=b"a write", headers={"X-Amz-Target": "DynamoDB_20120810.PutItem"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def test_a_well_request_is_done_and_answered() -> None:
    done: list[bytes] = []

    assert asked(None, done) == (200, b"done")
    assert done == [b"a write"]


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (Trouble.THROTTLED, 400, b"ProvisionedThroughputExceededException"),
        (Trouble.BROKEN, 500, b"InternalServerError"),
    ],
)
def test_a_refused_request_is_never_done(trouble: Trouble, status: int, code: bytes) -> None:
    done: list[bytes] = []

    told, answer = asked(trouble, done)

    assert (told, done) == (status, [])
    assert code in answer


def test_a_request_that_lost_its_answer_was_done() -> None:
    done: list[bytes] = []

    with pytest.raises(RemoteDisconnected):
        asked(Trouble.LOST, done)

    assert done == [b"a write"]


def test_the_same_question_over_two_connections_is_noticed_and_over_one_is_not() -> None:
    wire = Wire(seed=1)

    for connection in (1, 1):
        wire.take(b"a question", connection=connection)
    before = wire.asked_twice()
    wire.take(b"a question", connection=2)

    assert (before, wire.asked_twice(), wire.asked()) == (0, 1, 1)


GOOD = Figures(
    events=4,
    messages=2,
    effects=4,
    doubled=0,
    worked_twice_at_once=1,
    contacts=5,
    went_out=3,
    most_on_a_day=3,
    sent_twice=0,
    unaccounted=0,
    given_up=0,
    requests=100,
    troubled=5,
    laws_broken=(),
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"effects": 3},
        {"doubled": 1},
        {"worked_twice_at_once": 0},
        {"most_on_a_day": 4},
        {"sent_twice": 1},
        {"unaccounted": 1},
        {"given_up": 1},
        {"troubled": 0},
        {"went_out": 0},
        {"laws_broken": ("cap",)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_an_overload_holds_only_if_nothing_is_wrong_and_it_was_one(wrong: dict[str, Any]) -> None:
    assert GOOD.holds
    assert not replace(GOOD, **wrong).holds
