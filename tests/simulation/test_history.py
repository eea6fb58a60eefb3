"""A run that breaks a law is cut down to a history in a file, which plays the same again."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.command_line.main import app
from infra.simulation.history import VERSION, HistoryError, read, written
from infra.simulation.shrink import shrunk
from infra.simulation.story import burst_story
from infra.simulation.whole import tried
from tests.simulation.naive_twins import TWINS

TWIN = next(twin for twin in TWINS if twin.name.startswith("inbox"))


def test_a_broken_run_shrinks_to_a_short_history_that_breaks_the_same_law_again(tmp_path: Path) -> None:
    story = burst_story(1, events=160)

    least = shrunk(story, parts=TWIN.parts, tries_max=60)
    path = tmp_path / "history.json"
    path.write_text(written(least.story, least.faults, broken=least.broken), encoding="utf-8")
    played, faults = read(path)

    assert played == least.story
    assert len(played.told) < len(story.told) / 2
    assert {one.law for one in tried(played, parts=TWIN.parts, only=faults)[1]} == set(least.broken)
    assert not tried(played, only=faults)[1]


def test_a_history_of_another_version_is_refused(tmp_path: Path) -> None:
    row = json.loads(written(burst_story(1, events=30), [], broken=[]))
    path = tmp_path / "old.json"
    path.write_text(json.dumps({**row, "version": VERSION - 1}), encoding="utf-8")

    with pytest.raises(HistoryError, match="version 1"):
        read(path)
    told = CliRunner().invoke(app, ["simulate", "--replay", str(path)])

    assert told.exit_code == 2


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', '{"version": 1, "faults": 3, "keys": [], "events": []}'])
def test_a_file_that_is_no_history_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(HistoryError):
        read(path)


def test_a_run_of_no_events_is_refused() -> None:
    told = CliRunner().invoke(app, ["simulate", "--events", "0"])

    assert told.exit_code == 2


def test_a_run_says_its_figures_as_data_and_the_same_at_every_run(tmp_path: Path) -> None:
    asked = ["simulate", "--seed", "9", "--events", "150", "--processes", "1", "--json"]

    first, again = (CliRunner().invoke(app, asked) for _ in range(2))

    assert first.exit_code == 0
    assert first.stdout == again.stdout
    assert json.loads(first.stdout)["lost"] == 0
