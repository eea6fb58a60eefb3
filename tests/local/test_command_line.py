"""The command line: speaks two languages, gives programs data, and ends with a code that means something."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.command_line import reading, running, sending, sites
from infra.command_line.main import app
from infra.local import stack as stacks

COMMANDS = ("up", "down", "demo", "import", "send", "status", "explain", "doctor")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr(stacks, "DESCRIPTOR", tmp_path / "stack.json")
    for module in (reading, running, sending, sites):
        monkeypatch.setattr(module, "find_stack", lambda: None)
    monkeypatch.setattr(reading, "LAST_RUN", tmp_path / "last-run.json")
    return CliRunner()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_takes_a_language_and_json(line: CliRunner, command: str) -> None:
    told = line.invoke(app, [command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})

    assert told.exit_code == 0
    assert "--lang" in told.output
    assert "--json" in told.output


def test_doctor_gives_programs_every_finding_with_its_remedy(line: CliRunner) -> None:
    told = line.invoke(app, ["doctor", "--json"])

    findings = json.loads(told.stdout)
    assert {"python", "git", "make", "local cloud"} <= {finding["name"] for finding in findings}
    assert all(finding["remedy"] for finding in findings)


def test_without_a_stack_every_command_that_needs_one_says_how_to_get_it(line: CliRunner, tmp_path: Path) -> None:
    events = tmp_path / "events.json"
    events.write_text("[]", encoding="utf-8")

    for arguments in (["send", str(events)], ["import", "owners", str(events)], ["explain", "somebody"]):
        told = line.invoke(app, arguments)
        assert told.exit_code == 1
        assert "ownerloop up" in told.output


@pytest.mark.parametrize(
    ("arguments", "told_zh"),
    [(["send"], "没有给出文件"), (["import", "boats", __file__], "不认识 boats")],
)
def test_wrong_use_ends_with_two_and_is_said_in_chinese_too(
    line: CliRunner, arguments: list[str], told_zh: str
) -> None:
    told = line.invoke(app, [*arguments, "--lang", "zh"])

    assert told.exit_code == 2
    assert told_zh in told.output


def test_a_log_is_only_sent_as_a_replay(line: CliRunner, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("vehicle_id,read_at\n", encoding="utf-8")

    assert line.invoke(app, ["send", "--csv", str(log)]).exit_code == 2
    told = line.invoke(app, ["send", "--csv", str(log), "--replay"])
    assert told.exit_code == 2
    assert "odometer_km" in told.output


def test_down_without_a_stack_is_fine(line: CliRunner) -> None:
    told = line.invoke(app, ["down", "--json"])

    assert told.exit_code == 0
    assert json.loads(told.stdout) == {"stopped": False}
