"""A schedule of the template that the emulator fires by itself: the sweep, within its minute."""

import time
from pathlib import Path

import pytest

from infra.demo.summary import count_invocations
from infra.local.stack import Wish, running

pytestmark = pytest.mark.emulator

_SECONDS_MAX = 110.0  # the rate is one minute, and the emulator looks every few seconds


def test_the_emulator_itself_starts_the_sweep_every_minute(tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text('{"people": []}', encoding="utf-8")
    wish = Wish(seed=1, starts_at=None, people=tmp_path / "people.json", work_dir=tmp_path, schedules_run=True)

    with running(wish, descriptor=tmp_path / "stack.json") as stack:
        ends_at = time.monotonic() + _SECONDS_MAX
        fired = 0
        while not fired and time.monotonic() < ends_at:
            time.sleep(2)
            fired = count_invocations(stack.endpoint)["dispatch_contacts"]["schedule"]

    assert fired == 1
