"""What a command would write: refused before the work where it cannot be, and never the file that it reads."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.command_line import main as line

ODOMETER = "vehicle_id,read_at,odometer_km\nup,2024-01-01,100\nup,2024-02-01,900\n"
READING = {
    "forecast": ("--odometer", "FILE", "--plan", "PLAN", "--as-of", "2024-03-01", "--out", "TARGET"),
    "backtest": ("--odometer", "FILE", "--every-km", "1000", "--out", "TARGET"),
    "segment": ("--transactions", "FILE", "--as-of", "2024-03-01", "--out", "TARGET"),
    "import": ("odometer", "FILE", "--report", "TARGET"),
}


def asked(command: str, folder: Path, target: Path) -> list[str]:
    (folder / "in.csv").write_text(ODOMETER, encoding="utf-8")
    (folder / "plan.yaml").write_text("items: [{item: oil, every_km: 10000}]\n", encoding="utf-8")
    named = {"FILE": folder / "in.csv", "PLAN": folder / "plan.yaml", "TARGET": target}
    return [command, *(str(named.get(word, word)) for word in READING[command])]


@pytest.mark.parametrize("command", READING)
def test_a_command_never_writes_over_the_file_that_it_reads(command: str, tmp_path: Path) -> None:
    told = CliRunner().invoke(line.app, asked(command, tmp_path, tmp_path / "in.csv"))

    assert (told.exit_code, "stays as it is" in told.stderr) == (2, True)
    assert (tmp_path / "in.csv").read_text(encoding="utf-8") == ODOMETER


@pytest.mark.parametrize("command", READING)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(command: str, tmp_path: Path) -> None:
    nowhere = CliRunner().invoke(line.app, asked(command, tmp_path, tmp_path / "none" / "out.csv"))
    folder = CliRunner().invoke(line.app, asked(command, tmp_path, tmp_path))

    assert (nowhere.exit_code, "there is no folder" in nowhere.stderr) == (2, True)
    assert folder.exit_code == 2


def test_a_simulation_says_that_it_found_nothing_to_shrink(tmp_path: Path) -> None:
    asked = ["simulate", "--events", "50", "--processes", "1", "--shrink"]
    told = CliRunner().invoke(line.app, [*asked, str(tmp_path / "story.json")])
    nowhere = CliRunner().invoke(line.app, [*asked, str(tmp_path / "none" / "story.json")])

    assert (told.exit_code, "nothing to shrink" in told.output) == (0, True)
    assert (nowhere.exit_code, "there is no folder" in nowhere.stderr) == (2, True)


def test_a_full_disk_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(line, "app", full)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        line.main()

    assert ended.value.code == 1
    assert capsys.readouterr().err == "ownerloop: [Errno 28] No space left on device\n"
