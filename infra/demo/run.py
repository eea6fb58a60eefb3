"""One demo from nothing to its summary; everything it started is stopped again, also on Ctrl-C."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from infra.demo.answering import Answers
from infra.demo.days import Step
from infra.demo.driver import Driver
from infra.demo.operator import Operator
from infra.demo.outlets import Outlets
from infra.demo.setting import Options, fleet_of, instant
from infra.demo.summary import Counted, Summary, broken_promises, count_invocations, summary_of
from infra.demo.tally import mistaken
from infra.explain.record import Record, record_of, write_record
from infra.fleet.fleet import Fleet
from infra.local.bus_view import BusView
from infra.local.drain import Drain, Queues
from infra.local.lake_view import DATASETS, LakeView
from infra.local.provider import counts_of
from infra.local.stack import DESCRIPTOR, STATE_DIR, Stack, Wish, running
from infra.local.watch import ContactWatch, ForecastWatch
from infra.local.window import LakeWindow
from infra.operation.site import local_site
from infra.operation.verifying.run import verify
from ownerloop.contracts.resync import RESYNC_REQUESTED

SUMMARY = STATE_DIR / "demo-summary.json"
LAST_RUN = STATE_DIR / "last-run.json"
_WAKES_AT = clock_time(1, 0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run leaves: its figures, what the tables held at its end, and every promise that was broken."""

    summary: Summary
    record: Record
    fleet: Fleet
    provider: Mapping[str, Any]
    broken: list[str]
    days_run: int


def run_demo(
    options: Options,
    *,
    on_phase: Callable[[str], None],
    on_step: Callable[[int, Step], None],
    descriptor: Path = DESCRIPTOR,
) -> Outcome:
    """Run the fleet over a stack of its own and return what came of it; the summary is written before that."""
    began = time.monotonic()
    on_phase("fleet")
    shutil.rmtree(options.work_dir, ignore_errors=True)
    fleet = fleet_of(options)
    fleet.write_people(options.people)
    on_phase("stack")
    wish = Wish(seed=options.seed, starts_at=instant(0, _WAKES_AT), people=options.people, work_dir=options.work_dir)
    with running(wish, descriptor=descriptor) as stack:
        on_phase("days")
        driver = driver_of(stack, fleet, seed=options.seed, on_step=on_step)
        drain = driver.drain
        ear = BusView(stack.endpoint, stack.outputs["DecisionBusName"], [RESYNC_REQUESTED])
        driver.run()
        on_phase("count")
        record = record_of(stack.endpoint, stack.outputs, at=stack.now())
        drain.lake.look(DATASETS)
        counted = _counted(stack, driver, ear)
        broken = [*_broken_laws(stack), *driver.failed_starts]
    counted = replace(counted, seconds=time.monotonic() - began)
    summary = summary_of(record, seed=options.seed, drain=drain, counted=counted)
    summary.write(SUMMARY)
    write_record(record, LAST_RUN)
    return Outcome(
        summary=summary,
        record=record,
        fleet=fleet,
        provider=counted.provider,
        broken=[*broken_promises(summary, record, drain, counted.provider), *mistaken(record, fleet), *broken],
        days_run=driver.days_run,
    )


def _counted(stack: Stack, driver: Driver, ear: BusView) -> Counted:
    return Counted(
        provider=counts_of(log=stack.provider_log, people=stack.people),
        invocations=count_invocations(stack.endpoint),
        api_calls=driver.api_calls,
        webhooks=driver.outlets.answers,
        resyncs=ear.heard()[RESYNC_REQUESTED],
        seconds=0.0,
    )


def _broken_laws(stack: Stack) -> list[str]:
    """Return each law of `ownerloop verify` that the stack breaks, in words."""
    return [f"{found.law}: {found.violations} broken" for found in verify(local_site(stack)) if found.violations]


def driver_of(stack: Stack, fleet: Fleet, *, seed: int, on_step: Callable[[int, Step], None]) -> Driver:
    """Return the driver of a fleet over a stack that runs."""
    drain = _drain_of(stack)
    return Driver(
        stack=stack,
        fleet=fleet,
        drain=drain,
        on_step=on_step,
        answers=Answers(stack, fleet, seed),
        operator=Operator(stack, fleet, drain),
        outlets=Outlets(stack),
    )


def _drain_of(stack: Stack) -> Drain:
    return Drain(
        queues=Queues.of(stack.endpoint),
        lake=LakeView(stack.endpoint, stack.outputs["LakeBucketName"]),
        watch=ContactWatch(stack.endpoint, stack.outputs["ContactsTableName"]),
        forecasts=ForecastWatch(stack.endpoint, stack.outputs["VehiclesTableName"]),
        window=LakeWindow(stack.endpoint, stack.outputs["WriteLakeName"]),
    )
