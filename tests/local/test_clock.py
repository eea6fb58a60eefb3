"""The moved clock stands still, jumps forward, and never runs back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.clock import ClockFile

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_clock_stands_where_it_was_put(tmp_path: Path) -> None:
    clock = ClockFile(tmp_path / "clock")
    clock.move_to(NOON)

    assert clock.now() == NOON
    assert clock.now() == NOON


def test_time_never_runs_back(tmp_path: Path) -> None:
    clock = ClockFile(tmp_path / "clock")
    clock.move_to(NOON)

    with pytest.raises(ValueError, match="cannot go back"):
        clock.move_to(NOON - timedelta(seconds=1))

    assert clock.now() == NOON


def test_nobody_ever_reads_half_an_instant(tmp_path: Path) -> None:
    clock = ClockFile(tmp_path / "clock")
    for minutes in range(50):
        clock.move_to(NOON + timedelta(minutes=minutes))

    assert [path.name for path in tmp_path.iterdir()] == ["clock"]
