"""What the wire of the short way takes for an answer, what it does not, and when it hangs up."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from ownerloop.adapters.dynamodb.wire import BODY_BYTES_MAX, LINE_BYTES_MAX, Answer, BrokenAnswerError, Wire

WHOLE = b"HTTP/1.1 200 OK\r\nX-Amz-Crc32: 7\r\nContent-Length: 2\r\n\r\n{}"
LAST = WHOLE.replace(b"X-Amz-Crc32: 7", b"Connection: Close")


class Other:
    """The other end: gives one answer to each request, in turn, and counts who called."""

    def __init__(self, *answers: bytes) -> None:
        self.calls, self._answers, self._socket = 0, list(answers), socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while self._answers:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            with line:
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        while self._answers and line.recv(65_536):
            answer = self._answers.pop(0)
            line.sendall(answer)
            if answer != WHOLE:
                return

    def close(self) -> None:
        self._socket.close()


@contextmanager
def told(*answers: bytes) -> Iterator[tuple[Wire, Other]]:
    with closing(Other(*answers)) as other:
        yield Wire(other.url, certificates="", connect_seconds=5.0, read_seconds=5.0), other


def test_an_answer_is_its_status_its_headers_in_lower_case_and_its_body() -> None:
    with told(WHOLE) as (wire, _):
        assert wire.post({}, b"") == Answer(200, {"x-amz-crc32": "7", "content-length": "2"}, b"{}")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + b"a: b\r\n" * 100 + b"\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\na: " + b"b" * LINE_BYTES_MAX,
        b"",
    ],
)
def test_what_is_cut_off_or_not_plain_is_no_answer_and_ends_the_connection(answer: bytes) -> None:
    with told(answer, WHOLE) as (wire, other):
        with pytest.raises(BrokenAnswerError):
            wire.post({}, b"")

        assert wire.post({}, b"").status == 200
        assert other.calls == 2


def test_more_than_any_service_answers_is_not_waited_for() -> None:
    much = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n{}" % (BODY_BYTES_MAX + 1)
    with told(much) as (wire, _), pytest.raises(BrokenAnswerError, match="no plain headers"):
        wire.post({}, b"")


def test_a_connection_is_kept_until_the_other_end_says_it_is_the_last() -> None:
    with told(WHOLE, WHOLE, LAST, WHOLE) as (wire, other):
        assert [wire.post({}, b"").body for _ in range(3)] == [b"{}"] * 3
        assert wire._idle == []
        assert wire.post({}, b"").body == b"{}"
        assert other.calls == 2


def test_no_more_connections_are_kept_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ownerloop.adapters.dynamodb.wire.IDLE_MAX", 0)

    with told(WHOLE, WHOLE) as (wire, other):
        assert [wire.post({}, b"").body for _ in range(2)] == [b"{}"] * 2
        assert other.calls == 2
