"""The driver: moves the clock, sends what the fleet says, starts scheduled functions, goes on when all is drained."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from infra.demo.answering import Answers
from infra.demo.days import Act, Step, steps_of
from infra.demo.operator import Operator
from infra.demo.outlets import Outlets
from infra.demo.partner import visit_as_partner
from infra.demo.setting import instant
from infra.fleet.fleet import Fleet
from infra.fleet.parcels import Parcel
from infra.local.clients import client
from infra.local.clock import ClockFile
from infra.local.deploy import schedules
from infra.local.drain import Drain
from infra.local.stack import Stack

SETTLING_DAYS_MAX = 21  # a contact is valid for 14 days at most, and a result is read for two more
# What a schedule's time starts, one after the other; the night's settlements start at one time, as deployed.
SCHEDULES = {
    Act.JOIN: ("plan_contacts",),
    Act.PLAN: ("plan_contacts",),
    Act.SWEEP: ("sweep",),
    Act.SETTLE_WECOM: ("settle_wecom",),
    Act.SETTLE: ("settle_priors", "settle_tiers", "watch_complaints"),
    Act.SETTLE_LEADS: (
        *("settle_priors", "settle_tiers", "watch_complaints"),
        *("settle_lead_times", "settle_benefits", "expire_points"),
    ),
}
_WATCHED = {Act.SWEEP: "contact", Act.SETTLE_WECOM: "task"}
_NEXT_START = timedelta(minutes=5)  # every minute, ten minutes or hour deployed; a step has ten minutes here
_STARTS_MAX = 2


@dataclass(slots=True)
class Driver:
    """One run over a running stack; `on_step` hears of each step before it is made."""

    stack: Stack
    fleet: Fleet
    drain: Drain
    on_step: Callable[[int, Step], None]
    answers: Answers
    operator: Operator
    outlets: Outlets
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
            failed = len(self.failed_starts)
            if self._make(day, step, now):
                self.drain.wait(now=now, start_failed=len(self.failed_starts) > failed)
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
                has_sent = self._send(self.fleet.days[day].night, now)
                return self._send_answers(now) or has_sent
            case Act.OPERATE:
                has_answered = self.operator.answer_doubts(on=now.date())
                return self.operator.part_strangers(day=day) or has_answered
            case Act.VISIT:
                self.api_calls = visit_as_partner(self.stack, self.fleet, now=now)
                return True
            case act:
                watched = _WATCHED.get(act)
                if watched and not self.drain.watch.is_due(watched, by=now):
                    return False
                if act is Act.JOIN:
                    self._send(self.fleet.days[day].joins, now)
                for schedule in SCHEDULES[act]:
                    self._start(schedule, now)
                return True

    def _send(self, parcels: Sequence[Parcel], now: datetime) -> bool:
        self.drain.expect(item.identity for item in parcels)
        self.outlets.send(parcels, now=now)
        return bool(parcels)

    def _send_answers(self, now: datetime) -> bool:
        told = self.answers.of_the_night(self.drain.watch.contacts.values(), at=now)
        self.drain.expect(item.identity for item in told)
        self.outlets.send_in_order(told, now=now)
        return bool(told)

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
