"""`ownerloop backtest`: a table for people and JSON for programs, on logs of the past."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.command_line.main import app
from infra.fleet.years import Log, synthetic_logs


def a_file(path: Path, logs: list[Log]) -> Path:
    lines = ["vehicle_id,read_at,odometer_km"]
    for log in logs:
        lines += [f"{log.vehicle_id},{r.read_at.isoformat()},{r.odometer_m / 1000}" for r in log.readings]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def some_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_file(tmp_path_factory.mktemp("logs") / "odometer.csv", synthetic_logs(cars=4, seed=1))


def tried(path: Path, *more: str, every_km: str = "10000") -> Result:
    return CliRunner().invoke(app, ["backtest", "--odometer", str(path), "--every-km", every_km, *more])


def figures(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_all_figures_of_all_methods_are_told(some_logs: Path) -> None:
    told = figures(tried(some_logs, "--json"))

    assert (told["every_km"], told["gap_days"], told["vehicles"]) == (10_000, 0, 4)
    assert list(told["methods"]) == ["ownerloop", "plain_formula", "last_pair", "lifetime_mean", "theil_sen"]
    for method in told["methods"].values():
        assert list(method["by_horizon"]) == ["5-30", "30-60", "60-120", "120-240", "240-400"]
        assert sum(part["cases"] for part in method["by_horizon"].values()) == told["cases"]
        assert list(method["pinball"]) == ["0.1", "0.5", "0.9"]
        assert method["mae"] > 0
    assert 0 < told["methods"]["ownerloop"]["coverage80"] < 1


def test_the_table_is_followed_by_the_same_as_one_line_of_json(some_logs: Path, tmp_path: Path) -> None:
    result = tried(some_logs, "--gap-days", "30", "--out", str(tmp_path / "told.json"))

    *table, last = result.stdout.strip().splitlines()
    assert any("MAE" in line for line in table)
    assert json.loads(last) == json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert json.loads(last) == figures(tried(some_logs, "--gap-days", "30", "--json"))
    assert json.loads(last)["gap_days"] == 30


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_tried(some_logs: Path, tmp_path: Path) -> None:
    dirty = tmp_path / "dirty.csv"
    dirty.write_text(some_logs.read_text(encoding="utf-8") + "\nsynthetic-0000,2019-01-01,text\n", encoding="utf-8")

    result = tried(dirty, "--json")

    assert figures(result) == figures(tried(some_logs, "--json"))
    assert "odometer_km is not a number of kilometres" in result.stderr


def test_a_missing_column_and_a_distance_of_nothing_are_refused(some_logs: Path, tmp_path: Path) -> None:
    lacking = tmp_path / "lacking.csv"
    lacking.write_text("vehicle_id,read_at\na,2024-01-01\n", encoding="utf-8")

    assert "`odometer_km`" in tried(lacking).stderr
    assert tried(lacking).exit_code == 2
    assert tried(some_logs, every_km="0").exit_code == 2


@pytest.mark.parametrize("gap_days", ["0", "30", "60"])
@pytest.mark.parametrize("every_km", ["5000", "10000"])
def test_on_cars_that_nobody_tuned_to_the_rule_in_force_beats_the_plain_formula(
    tmp_path: Path, every_km: str, gap_days: str
) -> None:
    """A fleet of a seed that played no part in choosing the constants: see infra/decisions/0009."""
    path = a_file(tmp_path / "fleet.csv", synthetic_logs(cars=40, seed=505))

    methods = figures(tried(path, "--gap-days", gap_days, "--json", every_km=every_km))["methods"]

    ours, plain = methods["ownerloop"], methods["plain_formula"]
    assert ours["mae"] < 0.98 * plain["mae"]
    assert ours["mae"] < min(methods[name]["mae"] for name in ("last_pair", "lifetime_mean", "theil_sen"))
    assert abs(ours["coverage80"] - plain["coverage80"]) < 0.06
