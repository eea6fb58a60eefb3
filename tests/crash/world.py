"""The world of the crash matrix: the template's stack on moto, a clock that is set, and deliveries as Lambda's are."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from io import StringIO
from typing import Any
from unittest.mock import patch

from infra.template.reading import load_template, resources
from ownerloop.adapters import secrets
from ownerloop.adapters.wecom import world as wecom
from ownerloop.telemetry import logger
from tests.crash import moments
from tests.crash.edge import DiedError, Edge, Fault, watched
from tests.crash.moments import Moment
from tests.crash.provider import Provider
from tests.functions.stack import Stack, moto_stack, sqs_event
from tests.roles import held_to_role

RECEIVES_MAX = 5  # a queue's maxReceiveCount
STREAM_TRIES = 6  # a stream's first try and five more
_BROKE = 500  # and above, the status of a call that is to be made again
CALLER_TRIES = 3  # partners, WeCom and Step Functions ask again when they got no answer
DRAINED_MAX = 50  # messages, of which the last must not have asked for more


class By(StrEnum):
    """What delivers an event, and by that how often it comes again."""

    QUEUE = "queue"
    STREAM = "stream"
    START = "start"  # asynchronous: by its own retry limit, then a sweep or the next turn
    CALLER = "caller"


@dataclass(slots=True)
class World:
    """One stack and what befell it in a run."""

    stack: Stack
    edge: Edge
    provider: Provider
    at: datetime = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    dead: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  # what a role would not have allowed
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    empty: Moment | None = None
    _nonces: Counter[str] = field(default_factory=Counter)
    _running: str = ""

    def begin(self, moment: Moment, plan: Mapping[int, Fault]) -> None:
        """Begin a run from a moment, in fresh processes, with these faults."""
        moments.bring_back(moment)
        self.edge.arm(plan)
        self.provider.book, self.dead, self.faults, self.refused = [], [], [], set()
        self._nonces.clear()
        for folder in self.environments:
            self._forget(folder)

    def deliver(self, folder: str, event: Any, *, by: By) -> Any:
        """Deliver an event until it is dealt with or its tries are used up; return the last answer."""
        for _ in range(self._tries(folder, by)):
            is_done, answer = self._once(folder, event)
            if is_done and not (failed := _failed(answer)):
                return answer
            if is_done and by is By.QUEUE:
                event = {"Records": [one for one in event["Records"] if one["messageId"] in failed]}
        if by is not By.START:
            self.dead.append(f"{folder} by {by} after {self.faults[-1:]}")
        return None

    def drain(self, queue: str, folder: str) -> None:
        """Deliver what stands in a queue to its function, one message at a time, until it is empty."""
        waiting = moments.taken(queue)
        for _ in range(DRAINED_MAX):
            if not waiting:
                return
            body = waiting.pop(0)
            self.deliver(folder, sqs_event(body, sent_at_ms=int(self.at.timestamp() * 1000)), by=By.QUEUE)
            waiting += moments.taken(queue)
        self.dead.append(f"{queue} has no end")

    def _once(self, folder: str, event: Any) -> tuple[bool, Any]:
        """Return whether the handler came to an end, and its answer."""
        self.edge.begin()
        self._running = folder
        module = _module(folder)
        with patch.dict(os.environ, self._environment(folder)), ExitStack() as undo:
            undo.enter_context(patch.object(wecom, "WecomClient", lambda *_, **__: self.provider))
            if function := self.stack.folders().get(folder):  # a naive twin has no role
                undo.enter_context(held_to_role(function, self.stack.names, refused=self.refused))
            self.edge.is_open = True
            try:
                return True, module.handler(event, CONTEXT)
            except DiedError:
                self._forget(folder)
            except Exception as fault:  # noqa: BLE001  # Lambda catches everything, too
                self.faults.append(repr(fault))
                return False, None
            finally:
                self.edge.is_open = False
        return False, None

    def nonce(self, byte_count: int) -> str:
        """Return a token that no other of a run is like; the same instant of another run gives the same ones."""
        moment = f"{self.at} {self._running}"
        self._nonces[moment] += 1
        return hashlib.sha256(f"{moment} {self._nonces[moment]}".encode()).hexdigest()[: 2 * byte_count]

    def _environment(self, folder: str) -> dict[str, str]:
        if folder not in self.environments:
            self._forget(folder)  # another world's clock and tables
            self.environments[folder] = self.stack.environment(folder)
        return self.environments[folder]

    def _tries(self, folder: str, by: By) -> int:
        match by:
            case By.QUEUE:
                return RECEIVES_MAX
            case By.STREAM:
                return STREAM_TRIES
            case By.CALLER:
                return CALLER_TRIES
            case By.START:
                return 1 + _retries(folder)

    def _forget(self, folder: str) -> None:
        _module(folder).wiring.cache_clear()
        secrets.forget()


@contextmanager
def a_world() -> Iterator[World]:
    """Give a world on moto for the duration of a `with` block; what functions log is thrown away."""
    edge = Edge()
    lines = _Nowhere()
    held: list[World] = []

    class Clock:
        def now(self) -> datetime:
            return held[0].at

    with ExitStack() as undo:
        stack = undo.enter_context(moto_stack())
        undo.enter_context(watched(edge))
        undo.enter_context(patch("ownerloop.adapters.clock.SystemClock", Clock))
        undo.enter_context(patch("ownerloop.adapters.clock.RandomSurrogates", _Derived))
        undo.enter_context(patch.dict(os.environ, {"POWERTOOLS_METRICS_NAMESPACE": "OwnerLoop"}))
        before = logger.registered_handler.setStream(lines)
        undo.callback(logger.registered_handler.setStream, before)
        undo.enter_context(redirect_stdout(lines))
        held.append(World(stack, edge, Provider(edge), empty=moments.now()))
        undo.enter_context(patch("secrets.token_hex", held[0].nonce))
        yield held[0]


class _Nowhere(StringIO):
    def write(self, text: str) -> int:
        return len(text)


class _Derived:
    def fresh(self, prefix: str, *, of: str) -> str:
        return f"{prefix}_{hashlib.sha256(of.encode()).hexdigest()[:24]}"


class _Context:
    function_name = "crash"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:crash"
    aws_request_id = "00000000-0000-4000-8000-000000000001"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


CONTEXT = _Context()


def _failed(answer: Any) -> set[str]:
    """Return the messages that come again; a caller whose call broke asks the whole of it again."""
    said = answer if isinstance(answer, dict) else {}
    broke = {"the call"} if said.get("statusCode", 0) >= _BROKE else set[str]()
    return broke | {failure["itemIdentifier"] for failure in said.get("batchItemFailures", [])}


def _module(folder: str) -> Any:
    return import_module(f"functions.{folder}.app")


@cache
def _retries(folder: str) -> int:
    (properties,) = [
        one["Properties"]
        for one in resources(load_template(), "AWS::Serverless::Function").values()
        if one["Properties"]["CodeUri"].rstrip("/").endswith(f"/{folder}")
    ]
    return int(properties["EventInvokeConfig"]["MaximumRetryAttempts"])
