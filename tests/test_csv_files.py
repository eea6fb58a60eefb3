"""CSV files as dealers have them."""

from pathlib import Path

import pytest

from infra.csv_files import MissingColumnError, UnreadableCsvError, csv_rows

NEEDED = ("vehicle_id", "odometer_km")


def a_file(folder: Path, body: bytes) -> Path:
    path = folder / "export.csv"
    path.write_bytes(body)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_the_encoding_that_its_spreadsheet_wrote(encoding: str, tmp_path: Path) -> None:
    path = a_file(tmp_path, "vehicle_id,odometer_km\n沪A1,10\n".encode(encoding))

    assert list(csv_rows(path, needed=NEEDED)) == [(2, {"vehicle_id": "沪A1", "odometer_km": "10"})]


def test_a_short_row_and_a_stray_nul_cost_no_other_row(tmp_path: Path) -> None:
    path = a_file(tmp_path, b" vehicle_id ,odometer_km,more\r\ngo\x00lf\r\nup,20,x,y\r\n")

    rows = list(csv_rows(path, needed=NEEDED, optional=("store_id",)))

    assert rows == [
        (2, {"vehicle_id": "golf", "odometer_km": "", "store_id": ""}),
        (3, {"vehicle_id": "up", "odometer_km": "20", "store_id": ""}),
    ]


@pytest.mark.parametrize("body", [b"", b"vehicle_id\n", b"vehicle_id;odometer_km\n"])
def test_a_file_without_its_columns_is_refused_with_their_names(body: bytes, tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError, match="odometer_km"):
        list(csv_rows(a_file(tmp_path, body), needed=NEEDED))


def test_a_file_that_is_no_csv_says_where_reading_ended(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"vehicle_id,odometer_km\ngolf," + b"9" * 200_000)

    with pytest.raises(UnreadableCsvError, match="line 2"):
        list(csv_rows(path, needed=NEEDED))
