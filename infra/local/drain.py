"""Waiting by account, not by sleep: a step is over when everything it must cause is there to be seen."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import urllib3

from infra.errors import ToldError
from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.lake_view import LakeView
from infra.local.ministack import REGION
from infra.local.watch import ContactWatch, ForecastWatch
from infra.local.window import LakeWindow

PATIENCE_SECONDS = 120.0
_SENT_BEFORE = timedelta(hours=1)  # nothing that was sent earlier is waited for
_POLL_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.15)
_DEPTHS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
_POOL, _TRIES = urllib3.PoolManager(timeout=30.0), urllib3.Retry(3, backoff_factor=0.2, allowed_methods=None)
_ASKING = {
    "X-Amz-Target": "AmazonSQS.GetQueueAttributes",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/sqs/aws4_request, SignedHeaders=host",
}


class NotDrainedError(ToldError):
    """Effects that must come did not, and nothing moved any more; the message names them."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"for {PATIENCE_SECONDS:.0f} s nothing moved, and still missing: " + "; ".join(missing))
        self.missing = missing


class DeadLettersError(ToldError):
    """A message was given up; the message names the queue."""

    def __init__(self, depths: dict[str, int]) -> None:
        super().__init__("dead letters: " + ", ".join(f"{count} in {name}" for name, count in depths.items()))
        self.depths = depths


@dataclass(frozen=True, slots=True)
class Queues:
    """The stack's queues by logical id: those that are worked off, those where the given-up lie, and failed starts."""

    endpoint: str
    worked: dict[str, str]
    given_up: dict[str, str]
    failed_starts: dict[str, str]
    busy_last: list[str] = field(default_factory=list)  # asked first: it may hold something still

    @classmethod
    def of(cls, endpoint: str) -> "Queues":
        """Return the queues of the deployed stack."""
        pages = client("cloudformation", endpoint).get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
        rows = [row for page in pages for row in page["StackResourceSummaries"]]
        urls = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in rows if r["ResourceType"] == "AWS::SQS::Queue"}
        given_up = {
            name: url for name, url in urls.items() if name.endswith("DeadLetters") or name == "StreamFailureQueue"
        }
        worked = {f"{name.removesuffix('DeadLetters')}Queue": "" for name in given_up if name.endswith("DeadLetters")}
        return cls(
            endpoint=endpoint,
            worked={name: urls[name] for name in worked},
            given_up=given_up,
            failed_starts={name: urls[name] for name in sorted(urls.keys() - worked.keys() - given_up.keys())},
        )

    def busy(self) -> Iterator[str]:
        """Yield each queue that still holds a message, seen, unseen or delayed."""
        for name in sorted(self.worked, key=lambda name: name not in self.busy_last):
            if depth := self._depth(self.worked[name]):
                self.busy_last[:] = [name]
                yield f"{name} holds {depth}"

    def failed_sends(self) -> int:
        """Return how many asynchronous starts of a sender failed so far; the sweep finds their contacts."""
        return self._depth(self.failed_starts["SendFailureQueue"])

    def depths(self) -> dict[str, int]:
        """Return how many messages every queue holds."""
        urls = {**self.worked, **self.given_up, **self.failed_starts}
        return {name: self._depth(url) for name, url in sorted(urls.items())}

    def check_given_up(self) -> None:
        """Raise DeadLettersError if a message was given up."""
        if depths := {name: depth for name, url in self.given_up.items() if (depth := self._depth(url))}:
            raise DeadLettersError(depths)

    def _depth(self, url: str) -> int:
        # Asked thousands of times a run: boto3 takes longer to ask than the local cloud to answer, which checks no
        # signature.
        body = json.dumps({"QueueUrl": url, "AttributeNames": list(_DEPTHS)})
        told = _POOL.request("POST", f"{self.endpoint}/", body=body, headers=_ASKING, retries=_TRIES).json()
        return sum(int(told["Attributes"][name]) for name in _DEPTHS)


@dataclass(slots=True)
class Drain:
    """The account of one run: what was sent, what came of it, what is still on its way."""

    queues: Queues
    lake: LakeView
    watch: ContactWatch
    forecasts: ForecastWatch
    window: LakeWindow
    sent: set[str] = field(default_factory=set)
    failed_sends: int = 0

    def expect(self, identities: Iterable[str]) -> None:
        """Add event identities that must come back accepted or refused."""
        self.sent.update(identities)

    def wait(self, *, now: datetime, start_failed: bool = False) -> None:
        """Return once nothing is on its way any more at the moved instant, or raise NotDrainedError naming what is."""
        self._until_none(lambda: self._on_the_way(now, start_failed=start_failed))
        self.watch.come_to_rest()
        self.failed_sends = self.queues.failed_sends()

    def end_day(self, *, now: datetime) -> None:
        """Open the lake's window for what the tables' streams told since the last time, and look for the given up.

        Once a day: both cost more than most steps, and nothing of the day waits for the lake's rows of the streams.
        """
        if self._behind(now):
            with self.window.open():
                self._until_none(lambda: self._behind(now))
        self.queues.check_given_up()

    def _until_none(self, missing_now: Callable[[], list[str]]) -> None:
        seen: list[str] = []
        ends_at = time.monotonic() + PATIENCE_SECONDS
        pauses = iter(_POLL_SECONDS)
        while missing := missing_now():
            if missing != seen:
                seen, ends_at = missing, time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() > ends_at:
                self.queues.check_given_up()
                raise NotDrainedError(missing)
            time.sleep(next(pauses, _POLL_SECONDS[-1]))

    def _on_the_way(self, now: datetime, *, start_failed: bool) -> list[str]:
        # Cheapest first; a queue that still holds something says enough.
        if (busy := next(self.queues.busy(), None)) is not None:
            return [busy]
        self.watch.look()
        if any(self.watch.moving(now=now, has_failed=start_failed)):
            has_failed = start_failed or self.queues.failed_sends() > self.failed_sends
            if moving := list(self.watch.moving(now=now, has_failed=has_failed)):
                return moving
        if not (lost := self.sent - self.lake.answered()):
            return []
        self.lake.look(
            ("readings", "enrolments", "interactions", "refusals"), days=days_around(now, machine=datetime.now(UTC))
        )
        if not (lost := self.sent - self.lake.answered()):
            return []
        return [f"{len(lost)} events are neither accepted nor refused, such as {min(lost)}"]

    def _behind(self, now: datetime) -> list[str]:
        """Return what the tables' streams told and the lake does not have."""
        days, late = days_around(now, machine=datetime.now(UTC)), []
        if len(self.lake.steps) < self.watch.steps:
            self.lake.look(("contacts",), days=days)
        if len(self.lake.steps) < self.watch.steps:
            late.append(f"the lake has {len(self.lake.steps)} of {self.watch.steps} steps of contacts")
        self.forecasts.look()
        if self.forecasts.missing(self.lake.forecasts):
            self.lake.look(("forecasts",), days=days)
        if missing := self.forecasts.missing(self.lake.forecasts):
            late.append(f"the lake lacks the forecast of {len(missing)} cars, such as {min(missing)}")
        return late


def days_around(now: datetime, *, machine: datetime) -> list[date]:
    """Return the days under which the lake may have filed what is waited for now.

    A message without a time of its own is filed under the day on which the queue took it, by the machine's clock, which
    may have passed midnight since.
    """
    days = (now, now - timedelta(days=1), machine, machine - _SENT_BEFORE)
    return list(dict.fromkeys(day.date() for day in days))
