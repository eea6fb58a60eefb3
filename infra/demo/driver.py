"""The driver: moves the clock, sends what the fleet says, starts scheduled functions, goes on when all is drained."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from infra.demo.answering import Answers
from infra.demo.days import Act, Step, steps_of
from infra.demo.partner import visit_as_partner
from infra.demo.setting import instant
from infra.fleet.fleet import Fleet
from infra.fleet.parcels import Lane, Parcel, messages
from infra.local.clients import client
from infra.local.clock import ClockFile
from infra.local.deploy import schedules
from infra.local.drain import Drain
from infra.local.stack import Stack, gateway_url
from infra.partners.calling_back import call_back

SETTLING_DAYS_MAX = 21  # a contact is valid for 14 days at most, and a result is read for two more
_QUEUE_OUTPUTS = {
    Lane.VEHICLE_DATA: "VehicleDataQueueUrl",
    Lane.ENROLMENT: "EnrolmentQueueUrl",
    Lane.INTERACTION: "InteractionQueueUrl",
}
_SCHEDULES = {
    Act.PLAN: "plan_contacts",
    Act.SWEEP: "sweep",
    Act.SETTLE_WECOM: "settle_wecom",
    Act.SETTLE_PRIORS: "settle_priors",
    Act.SETTLE_TIERS: "settle_tiers",
}
_WATCHED = {Act.SWEEP: "contact", Act.SETTLE_WECOM: "task"}
_NEXT_START = timedelta(minutes=5)  # every minute, ten minutes or hour deployed; a step has ten minutes here
_STARTS_MAX = 2
_ENTRIES_MAX = 10
_BATCH_BYTES_MAX = 240 * 1024


@dataclass(slots=True)
class Driver:
    """One run over a running stack; `on_step` hears of each step before it is made."""

    stack: Stack
    fleet: Fleet
    drain: Drain
    on_step: Callable[[int, Step], None]
    answers: Answers
    seconds: dict[str, float] = field(default_factory=dict)
    payloads: dict[str, tuple[str, bytes]] = field(default_factory=schedules)
    failed_starts: list[str] = field(default_factory=list)
    api_calls: dict[str, int] = field(default_factory=dict)
    days_run: int = 0

    def run(self) -> None:
        """Run every day of the fleet, then go on until nothing waits any more."""
        for day in range(len(self.fleet.days)):
            self._run_day(day)
        first = len(self.fleet.days)
        for day in range(first, first + SETTLING_DAYS_MAX):
            if not self.drain.watch.is_waiting:
                break
            self._run_day(day)

    def _run_day(self, day: int) -> None:
        self.days_run = day + 1
        for step in steps_of(day, days=len(self.fleet.days)):
            now = instant(day, step.at)
            self.on_step(day, step)
            began = time.monotonic()
            failed = len(self.failed_starts)
            if self._make(day, step, now):
                self.drain.wait(now=now, start_failed=len(self.failed_starts) > failed)
            self.seconds[step.act] = self.seconds.get(step.act, 0.0) + time.monotonic() - began
        self.drain.end_day(now=self.stack.now())

    def _make(self, day: int, step: Step, now: datetime) -> bool:
        """Make one step and return whether it could have moved anything."""
        ClockFile(Path(self.stack.clock)).move_to(now)
        match step.act:
            case Act.ENROL:
                return self._send(self.fleet.days[day].enrolments, now)
            case Act.MORNING:
                return self._send(self.fleet.days[day].morning, now)
            case Act.NIGHT:
                return self._send([*self.fleet.days[day].night, *self._bookings(now)], now)
            case Act.VISIT:
                self.api_calls = visit_as_partner(self.stack, self.fleet, now=now)
                return True
            case act:
                watched = _WATCHED.get(act)
                if watched and not self.drain.watch.is_due(watched, by=now):
                    return False
                self._start(_SCHEDULES[act], now)
                return True

    def _send(self, parcels: Sequence[Parcel], now: datetime) -> bool:
        self.drain.expect(item.identity for item in parcels)
        for lane, output in _QUEUE_OUTPUTS.items():
            bodies = list(messages([item for item in parcels if item.lane is lane], received_at=now))
            send(self.stack, self.stack.outputs[output], bodies)
        self._call_back([item for item in parcels if item.lane is Lane.CALLBACK])
        return bool(parcels)

    def _bookings(self, now: datetime) -> list[Parcel]:
        return self.answers.bookings(self.drain.watch.contacts.values(), at=now)

    def _call_back(self, parcels: Sequence[Parcel]) -> None:
        if not parcels:
            return
        told = client("secretsmanager", self.stack.endpoint).get_secret_value(
            SecretId=self.stack.outputs["WecomSecretId"]
        )
        secret = json.loads(told["SecretString"])
        for item in parcels:
            if not isinstance(item.body, bytes):
                call_back(item.body, url=f"{gateway_url(self.stack)}/wecom/callback", secret=secret)

    def _start(self, schedule: str, now: datetime) -> None:
        """Start a scheduled function; where it fails the next start of the schedule does its work, as deployed."""
        for later in range(_STARTS_MAX):
            ClockFile(Path(self.stack.clock)).move_to(now + later * _NEXT_START)
            if self._started(schedule):
                return

    def _started(self, schedule: str) -> bool:
        output, payload = self.payloads[schedule]
        answer = client("lambda", self.stack.endpoint).invoke(FunctionName=self.stack.outputs[output], Payload=payload)
        if "FunctionError" in answer:
            told = json.loads(answer["Payload"].read())
            self.failed_starts.append(f"{schedule}: {told.get('errorMessage', told)}")
            return False
        return True


def send(stack: Stack, queue_url: str, bodies: Sequence[str]) -> None:
    """Put every body on the queue, in as few calls as the service allows."""
    sqs = client("sqs", stack.endpoint)
    batch: list[dict[str, str]] = []
    size = 0
    for number, body in enumerate(bodies):
        if batch and (len(batch) == _ENTRIES_MAX or size + len(body) > _BATCH_BYTES_MAX):
            _send_batch(sqs, queue_url, batch)
            batch, size = [], 0
        batch.append({"Id": str(number), "MessageBody": body})
        size += len(body.encode())
    if batch:
        _send_batch(sqs, queue_url, batch)


def _send_batch(sqs: object, queue_url: str, batch: list[dict[str, str]]) -> None:
    answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=batch)  # type: ignore[attr-defined]  # a boto3 client
    if answer.get("Failed"):
        raise ConnectionError(f"the queue refused {len(answer['Failed'])} of {len(batch)} messages")
