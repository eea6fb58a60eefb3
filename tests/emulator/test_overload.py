"""An overloaded stack on a wire that fails: nothing lost, nothing doubled, nobody over the cap, nothing given up."""

from contextlib import ExitStack
from dataclasses import asdict
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import pytest

from infra.demo.run import driver_of
from infra.demo.setting import Options, fleet_of, instant
from infra.local.clients import client
from infra.local.drain import Queues
from infra.local.provider import counts_of
from infra.local.stack import Stack, Wish, running
from infra.operation.site import local_site
from infra.operation.verifying.run import verify
from tests.emulator.wire import Wire, strung
from tests.overload import run

pytestmark = [pytest.mark.emulator, pytest.mark.slow]
OUTLIVED_SECONDS = "60"  # the longest timeout of the local profile


def test_a_backlog_on_a_failing_wire_takes_effect_once(tmp_path: Path) -> None:
    figures = run(tmp_path, owners=3, purchases=3, contacts=0)

    assert figures.holds, figures


@pytest.mark.prove
def test_a_long_backlog_on_a_failing_wire_takes_effect_once_and_keeps_every_owners_cap(
    tmp_path: Path, record_property: Any
) -> None:
    figures = run(tmp_path, owners=12, purchases=25, contacts=5)

    for name, value in asdict(figures).items():
        record_property(name, value)
    assert figures.holds, figures


def see_again_soon(stack: Stack) -> None:
    """Let what failed come again as soon as no function can be at work on it any more."""
    for url in Queues.of(stack.endpoint).worked.values():
        attributes = {"VisibilityTimeout": OUTLIVED_SECONDS}
        client("sqs", stack.endpoint).set_queue_attributes(QueueUrl=url, Attributes=attributes)


@pytest.mark.prove
def test_days_of_a_fleet_on_a_failing_wire_break_no_law(tmp_path: Path, record_property: Any) -> None:
    options = Options(seed=9, owners=25, days=4, work_dir=tmp_path)
    fleet = fleet_of(options)
    fleet.write_people(options.people)
    wire = Wire(seed=9)
    with ExitStack() as undo:
        inherited = {"AWS_ENDPOINT_URL": undo.enter_context(strung(wire))}
        starts_at = instant(0, clock_time(1))
        wish = Wish(seed=9, starts_at=starts_at, people=options.people, work_dir=tmp_path, inherited=inherited)
        stack = undo.enter_context(running(wish, descriptor=tmp_path / "stack.json"))
        see_again_soon(stack)
        wire.upstream, wire.troubles = stack.endpoint, True

        driver_of(stack, fleet, seed=9, on_step=lambda *_: None).run()

        wire.troubles = False
        broken = [finding.law for finding in verify(local_site(stack)) if finding.violations]
        provider = counts_of(log=stack.provider_log, people=stack.people)
    record_property("requests", wire.requests)
    record_property("troubled", wire.troubled)
    assert wire.troubled > 0
    assert broken == []
    assert provider["duplicates"] == 0
    assert provider["max_messages_per_owner_day"] <= 3
    assert provider["quiet_hours_violations"] == []
