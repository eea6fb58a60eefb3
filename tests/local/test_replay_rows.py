"""A dealer's odometer log: every row is a reading or has a reason why it is none."""

from pathlib import Path

import pytest

from infra.csv_files import ColumnError
from infra.fleet.vins import SYNTHETIC_WMI
from infra.replay.rows import LoggedReading, RefusedRow, read_log, vins_of


def a_log(folder: Path, *rows: str, header: str = "vehicle_id,read_at,odometer_km") -> Path:
    path = folder / "log.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_an_equal_row_is_a_duplicate_and_another_odometer_of_the_day_is_not(tmp_path: Path) -> None:
    path = a_log(
        tmp_path, "golf,2020-01-01,1000", "golf,2020-01-01,1000.0", "golf,2020-01-01,1001", "up,2020-01-01,1000"
    )

    rows = list(read_log(path))

    refused = [row for row in rows if isinstance(row, RefusedRow)]
    assert [(row.line, row.reason) for row in refused] == [(3, "duplicate")]
    assert sum(isinstance(row, LoggedReading) for row in rows) == 3


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("golf,2020-01-01,many", "odometer_km"),
        ("golf,2020-01-01,-1", "odometer_km"),
        ("golf,2020-01-01,nan", "odometer_km"),
        ("golf,2020-01-01,", "odometer_km"),
        ("golf,2020-01-01,1e400", "odometer_km"),
        ("golf,2020-01-01,1e-999999999", "odometer_km"),
        ("golf,soon,1000", "read_at"),
        ("golf,0001-01-01T00:00:00+08:00,1000", "read_at"),
        ("golf,9999-12-31,1000", "read_at"),
        (",2020-01-01,1000", "vehicle_id"),
        ("golf,2020-01-01,42,200", "row"),
    ],
)
def test_a_row_that_is_no_reading_is_refused_with_its_line_and_field(tmp_path: Path, row: str, field: str) -> None:
    rows = list(read_log(a_log(tmp_path, "golf,2020-01-01,900", row)))

    (refused,) = [row for row in rows if isinstance(row, RefusedRow)]
    assert (refused.line, refused.reason, refused.field) == (3, "malformed", field)


def test_a_bare_date_is_told_from_an_instant(tmp_path: Path) -> None:
    path = a_log(tmp_path, "golf,2020-01-01,1000", "golf,2020-01-01T08:00:00+08:00,1000")
    day, instant = [row for row in read_log(path) if isinstance(row, LoggedReading)]

    assert day.is_bare_date
    assert not instant.is_bare_date
    assert day.read_at == instant.read_at
    assert day.identity != instant.identity


def test_a_day_as_a_spreadsheet_writes_it_is_the_same_reading(tmp_path: Path) -> None:
    path = a_log(tmp_path, "golf,2020-01-01,1000", "golf,2020/1/1,1000")

    (same,) = [row for row in read_log(path) if isinstance(row, RefusedRow)]
    assert (same.line, same.reason) == (3, "duplicate")


def test_a_file_without_a_column_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = a_log(tmp_path, "golf,1000", header="vehicle_id,odometer_km")

    with pytest.raises(ColumnError, match="read_at"):
        list(read_log(path))


def test_a_car_gets_the_same_synthetic_vin_in_every_log() -> None:
    first, second = vins_of(["golf", "up"]), vins_of(["golf"])

    assert first["golf"] == second["golf"]
    assert len(set(first.values())) == 2
    assert all(vin.startswith(SYNTHETIC_WMI) for vin in first.values())
