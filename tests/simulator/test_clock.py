"""The moved clock, and the file it is read from."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.simulator.clock import Clock, instant, iso


def test_the_clock_is_what_the_file_says_at_that_moment(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = Clock(file)

    file.write_text("2026-03-01T00:30:00Z\n", encoding="utf-8")
    first = clock.now()
    file.write_text("2026-03-01T09:30:00+08:00", encoding="utf-8")

    assert (iso(first), iso(clock.now())) == ("2026-03-01T00:30:00Z", "2026-03-01T01:30:00Z")


def test_without_a_file_the_clock_is_the_systems(tmp_path: Path) -> None:
    assert abs(Clock(tmp_path / "clock").now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("torn", ["", "2026-03-0", "2026-03-01T00:30:00", None])
def test_a_file_caught_between_two_versions_leaves_the_clock_where_it_was(tmp_path: Path, torn: str | None) -> None:
    file = tmp_path / "clock"
    file.write_text("2026-03-01T00:30:00Z", encoding="utf-8")
    clock = Clock(file)
    clock.now()

    if torn is None:
        file.unlink()
    else:
        file.write_text(torn, encoding="utf-8")

    assert iso(clock.now()) == "2026-03-01T00:30:00Z"


def test_an_instant_needs_an_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        instant("2026-03-01T00:30:00")
