"""The schedules of the template on a stack that lets them run: all are there, and the emulator fires the sweep."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.local.clients import client
from infra.local.deploy import log_groups, schedules
from infra.local.stack import Stack, Wish, running

pytestmark = pytest.mark.emulator

_RATE_SECONDS = 60  # of the sweep, the shortest there is
_SECONDS_MAX = 110.0  # the emulator looks every ten seconds


@dataclass(frozen=True, slots=True)
class Ticking:
    """A stack whose schedules run, and when it was asked for."""

    stack: Stack
    began: float

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def starts(self, folder: str) -> int:
        """Return how often a function was started; the cloud writes this line itself, so that none is ever lost."""
        group = log_groups(self.stack.endpoint)[folder]
        told = client("logs", self.stack.endpoint).filter_log_events(logGroupName=group, filterPattern="START")
        return sum(event["message"].startswith("START ") for event in told["events"])


@pytest.fixture(scope="session")
def ticking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ticking]:
    """Give the stack; its minute passes while others are tested."""
    folder, began = tmp_path_factory.mktemp("ticking"), time.monotonic()
    (folder / "people.json").write_text('{"people": []}', encoding="utf-8")
    wish = Wish(seed=1, starts_at=None, people=folder / "people.json", work_dir=folder, schedules_run=True)
    with running(wish, descriptor=folder / "stack.json") as stack:
        yield Ticking(stack, began)


@pytest.mark.slow
def test_every_schedule_of_the_template_is_enabled(ticking: Ticking) -> None:
    events = client("events", ticking.stack.endpoint)

    rules = [rule for rule in events.list_rules()["Rules"] if rule.get("ScheduleExpression")]
    started = [
        target["Input"] for rule in rules for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    ]

    assert {rule["State"] for rule in rules} == {"ENABLED"}
    assert sorted(started) == sorted(payload.decode() for _, payload in schedules().values())


@pytest.mark.patient
def test_the_emulator_itself_starts_the_sweep_every_minute(ticking: Ticking) -> None:
    while not (fired := ticking.starts("dispatch_contacts")) and ticking.seconds < _SECONDS_MAX:
        time.sleep(2)  # the minute is the local cloud's own, and nobody can move it

    assert 1 <= fired <= ticking.seconds / _RATE_SECONDS
