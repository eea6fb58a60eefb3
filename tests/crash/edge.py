"""The edge to the cloud, where every call of a function is numbered and a chosen one can be made to go wrong.

All calls, botocore's own and those of the short way, pass moto's listener to `before-send`; this stands in front of it.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import BotocoreStubber

from tests.crash.answers import Answers, response


class Fault(StrEnum):
    """What can become of one call."""

    FAILS = "fails before"  # throttled, every attempt: nothing was done
    LOST = "answer lost"  # done, but no attempt is answered: the caller sees an error
    BLINKS = "answer lost once"  # done, and the client's own retry does it again
    DIES = "process dies after"  # done, and whoever asked is gone


class DiedError(BaseException):
    """The process is gone; no handler catches this."""


_ATTEMPTS = 4  # as often as a client sends one request
_THROTTLED = "ProvisionedThroughputExceededException"
_BROKEN = "InternalServerError"


@dataclass(slots=True)
class Edge:
    """Counts calls, makes the planned ones go wrong, and keeps what was put on the bus, started and executed."""

    calls: list[str] = field(default_factory=list)
    plan: Mapping[int, Fault] = field(default_factory=dict)
    published: list[Any] = field(default_factory=list)
    started: list[tuple[str, Any]] = field(default_factory=list)
    executed: list[tuple[str, str]] = field(default_factory=list)
    is_open: bool = False
    answers: Answers = field(default_factory=Answers)
    _stuck: tuple[tuple[str, Any], Fault, int] | None = None

    def arm(self, plan: Mapping[int, Fault]) -> None:
        """Begin a run with these faults at these calls."""
        self.calls, self.plan, self._stuck = [], plan, None
        self.published, self.started, self.executed = [], [], []

    def begin(self) -> None:
        """Begin a delivery: what went wrong before is over."""
        self._stuck = None
        self.answers.forget_tables()

    def fault_of(self, name: str) -> Fault | None:
        """Number a call and return what shall become of it."""
        self.calls.append(name)
        return self.plan.get(len(self.calls) - 1)

    def answer(self, name: str, request: Any, carry_out: Any) -> Any:
        """Return the answer to a request, or what a caller sees instead of it."""
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        fault = self._again(_asked(name, body), name) if self.plan else self.fault_of(name)
        if fault is Fault.FAILS:
            return _refusal(request, name, _THROTTLED)
        done = self._done(name, body, carry_out)
        match fault:
            case None:
                return done
            case Fault.DIES:
                raise DiedError(name)
            case _:
                return _refusal(request, name, _BROKEN)

    def _again(self, identity: tuple[str, Any], name: str) -> Fault | None:
        if self._stuck and self._stuck[0] == identity and self._stuck[2] > 0:
            _, fault, left = self._stuck
            self._stuck = (identity, fault, left - 1)
            return fault
        fault = self.fault_of(name)
        stays = fault in {Fault.FAILS, Fault.LOST}
        self._stuck = (identity, fault, _ATTEMPTS - 1) if fault and stays else None
        return fault

    def _done(self, name: str, body: bytes, carry_out: Any) -> Any:
        match name:
            case "events.PutEvents" | "eventbridge.PutEvents":
                entries = json.loads(body)["Entries"]
                self.published += [json.loads(entry["Detail"]) for entry in entries]
                return _plain({"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in entries]})
            case "lambda.Invoke":
                self.started.append(("SendWecom", json.loads(body)))
                return _plain({}, status=202)
            case "sfn.StartExecution":
                asked = json.loads(body)
                self.executed.append((asked["name"], asked["input"]))
                return _plain({"executionArn": "arn", "startDate": 0})
            case _:
                return self.answers.to(name, body, carry_out)


@contextmanager
def watched(edge: Edge) -> Iterator[Edge]:
    """Put the edge in front of moto for the duration of a `with` block; it counts while it is open."""
    original = BotocoreStubber.__call__

    def call(self: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        if not edge.is_open:
            return original(self, event_name, request, **kwargs)
        name = event_name.removeprefix("before-send.")
        return edge.answer(name, request, lambda: original(self, event_name, request, **kwargs))

    with patch.object(BotocoreStubber, "__call__", call), patch("time.sleep"):
        yield edge


def _asked(name: str, body: bytes) -> tuple[str, Any]:
    """Return what a request asks: one, by the short way or by botocore, which name and space it differently."""
    operation = name.rpartition(".")[2]
    try:
        return operation, json.loads(body)
    except ValueError:
        return operation, body


def _plain(answer: Any, *, status: int = 200) -> AWSResponse:
    return response(json.dumps(answer).encode(), status=status)


def _refusal(request: Any, name: str, code: str) -> AWSResponse:
    if name.startswith("s3."):
        body = f"<Error><Code>{code}</Code><Message>-</Message></Error>".encode()
        return response(body, status=503, url=request.url)
    status = 400 if code == _THROTTLED else 500
    body = json.dumps({"__type": code, "message": "-"}).encode()
    return response(body, status=status, headers={"x-amzn-errortype": code}, url=request.url)
