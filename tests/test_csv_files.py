"""CSV files as dealers have them."""

from pathlib import Path

import pytest

from infra.csv_files import ColumnError, UnreadableCsvError, csv_rows

NEEDED = ("vehicle_id", "odometer_km")


def a_file(folder: Path, body: bytes) -> Path:
    path = folder / "export.csv"
    path.write_bytes(body)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_is_read_in_the_encoding_that_its_spreadsheet_wrote(encoding: str, tmp_path: Path) -> None:
    path = a_file(tmp_path, "vehicle_id,odometer_km\n沪A1,10\n".encode(encoding))

    assert list(csv_rows(path, needed=NEEDED)) == [(2, {"vehicle_id": "沪A1", "odometer_km": "10"})]


def test_a_short_row_and_a_stray_nul_cost_no_other_row(tmp_path: Path) -> None:
    path = a_file(tmp_path, b" vehicle_id ,odometer_km,more\r\ngo\x00lf\r\nup,20,x,,\r\n")

    rows = list(csv_rows(path, needed=NEEDED, optional=("store_id",)))

    assert rows == [
        (2, {"vehicle_id": "golf", "odometer_km": "", "store_id": ""}),
        (3, {"vehicle_id": "up", "odometer_km": "20", "store_id": ""}),
    ]


@pytest.mark.parametrize(("encoding", "name"), [("utf-8", "沪浙A1"), ("utf-8-sig", "up")])
def test_a_damaged_byte_makes_no_other_encoding_of_a_file(encoding: str, name: str, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"vehicle_id,odometer_km\n{name},10\ngolf".encode(encoding) + b"\xff,20\n")

    assert [row and row["vehicle_id"] for _, row in csv_rows(path, needed=NEEDED)] == [name, "golf\ufffd"]


def test_a_row_with_a_comma_too_many_tells_nothing_since_nobody_knows_which(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"vehicle_id,odometer_km\ngolf,42,200\nup,20,\n")

    assert list(csv_rows(path, needed=NEEDED)) == [(2, None), (3, {"vehicle_id": "up", "odometer_km": "20"})]


def test_a_column_that_stands_there_twice_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match="`odometer_km` stands there twice"):
        list(csv_rows(a_file(tmp_path, b"vehicle_id,odometer_km,odometer_km\ngolf,1,2\n"), needed=NEEDED))


def test_a_quote_left_open_refuses_the_file_and_takes_no_rows_along(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCsvError, match="is a quote left open"):
        list(csv_rows(a_file(tmp_path, b'vehicle_id,odometer_km\n"golf,1\nup,2\n'), needed=NEEDED))


@pytest.mark.parametrize("body", [b"", b"vehicle_id\n", b"vehicle_id;odometer_km\n"])
def test_a_file_without_its_columns_is_refused_with_their_names(body: bytes, tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match="odometer_km"):
        list(csv_rows(a_file(tmp_path, body), needed=NEEDED))


def test_a_file_that_is_no_csv_says_where_reading_ended(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"vehicle_id,odometer_km\ngolf," + b"9" * 200_000)

    with pytest.raises(UnreadableCsvError, match="line 2"):
        list(csv_rows(path, needed=NEEDED))
