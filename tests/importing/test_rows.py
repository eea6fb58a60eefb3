"""A dealer's CSV rows as events: good rows, bad rows with field and rule, and an identity that follows from the row."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.csv_files import ColumnError
from infra.importing.rows import KINDS, ImportedRow, foreign_stores, rows_of
from ownerloop.contracts.parsing import parse_enrolment

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
GOOD = {
    "owners": ("owner_key,store_id,registered_at,daily_max\n", "wang,sh-pudong,2024-05-01,2\n"),
    "vehicles": ("vin,owner_key,model,store_id,since\n", "LVSHFFAL5FF000001,wang,petrol,sh-pudong,2024-05-01\n"),
    "services": ("vin,order_id,on,items,odometer_km\n", "LVSHFFAL5FF000001,S-1,2025-05-01,oil;inspection,10200.5\n"),
    "consents": (
        "vin,owner_key,purpose,data_classes,valid_from,valid_until,evidence,text_version\n",
        "LVSHFFAL5FF000001,wang,maintenance,odometer;service,2025-01-01,2027-01-01,form 7,3\n",
    ),
    "odometer": ("vin,read_at,odometer_km\n", "LVSHFFAL5FF000001,2025-06-01,11000\n"),
}


def rows(kind: str, text: str, folder: Path) -> list[ImportedRow]:
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    return list(rows_of(KINDS[kind], path, received_at=NOW))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_good_row_is_an_event_that_the_contract_takes(kind: str, tmp_path: Path) -> None:
    (row,) = rows(kind, "".join(GOOD[kind]), tmp_path)

    assert row.event is not None
    assert parse_enrolment(row.event).to_domain()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_same_row_is_the_same_event_wherever_it_stands(kind: str, tmp_path: Path) -> None:
    head, line = GOOD[kind]

    (first,) = rows(kind, head + line, tmp_path)
    second, third = rows(kind, head + line + line, tmp_path)

    identities = {row.event["id"] for row in (first, second, third) if row.event}
    assert len(identities) == 1


@pytest.mark.parametrize(
    ("kind", "column"), [(name, column) for name, kind in sorted(KINDS.items()) for column in kind.required]
)
def test_a_missing_column_is_named(kind: str, column: str, tmp_path: Path) -> None:
    head = ",".join(name for name in KINDS[kind].required if name != column)

    with pytest.raises(ColumnError) as missing:
        rows(kind, f"{head}\n", tmp_path)

    assert missing.value.column == column


@pytest.mark.parametrize(
    ("kind", "line", "field"),
    [
        ("odometer", "LVSHFFAL5FF000001,2025-06-01,eleven", "odometer_km"),
        ("odometer", "LVSHFFAL5FF000001,2025-06-01,-5", "odometer_km"),
        ("odometer", "LVSHFFAL5FF000001,2025-06-01,2000001", "odometer_km"),
        ("odometer", "LVSHFFAL5FF000001,June,11000", "read_at"),
        ("odometer", "LVSHFFAL5FF000001,0001-01-01T00:00:00+08:00,11000", "read_at"),
        ("odometer", ",2025-06-01,11000", "vin"),
        ("odometer", "LVSHFFAL5FF000001,2025-06-01,11,000", "row"),
        ("services", "LVSHFFAL5FF000001,S-1,2025-13-01,oil,1", "on"),
        ("owners", "wang,sh-pudong,2024-05-01,two", "daily_max"),
    ],
)
def test_a_bad_row_names_its_line_its_field_and_its_rule(kind: str, line: str, field: str, tmp_path: Path) -> None:
    head, good = GOOD[kind]

    bad, after = rows(kind, f"{head}{line}\n{good}", tmp_path)

    assert (bad.line, bad.event, bad.field) == (2, None, field)
    assert bad.rule
    assert after.event is not None


def test_kilometres_become_whole_metres_without_binary_error(tmp_path: Path) -> None:
    (row,) = rows(
        "odometer", "vin,read_at,odometer_km\nLVSHFFAL5FF000001,2025-06-01T08:00:00+08:00,10200.3\n", tmp_path
    )

    assert row.event is not None
    assert row.event["data"] == {"odometer_m": 10_200_300, "date_only": False}
    assert row.event["time"] == "2025-06-01T00:00:00Z"


@pytest.mark.parametrize("day", ["2025/6/1", "2025年6月1日", "20250601", "2025-06-01"])
def test_a_day_may_be_written_as_spreadsheets_write_it(day: str, tmp_path: Path) -> None:
    (row,) = rows("odometer", f"vin,read_at,odometer_km\nLVSHFFAL5FF000001,{day},10200\n", tmp_path)
    (done,) = rows("services", f"vin,order_id,on,items\nLVSHFFAL5FF000001,S-1,{day},oil\n", tmp_path)

    assert row.event is not None
    assert (row.event["time"], row.event["data"]["date_only"]) == ("2025-06-01T00:00:00Z", True)
    assert done.event is not None
    assert done.event["data"]["on"] == "2025-06-01"


def test_stores_that_nobody_knows_are_counted_where_a_kind_names_a_store(tmp_path: Path) -> None:
    head, line = GOOD["owners"]
    path = tmp_path / "owners.csv"
    path.write_text(head + line + line.replace("sh-pudong", "nowhere") * 2, encoding="utf-8")

    assert foreign_stores(KINDS["owners"], path, known={"sh-pudong"}) == {"nowhere": 2}
    assert foreign_stores(KINDS["odometer"], path, known=()) == {}


def test_a_byte_order_mark_and_further_columns_do_no_harm(tmp_path: Path) -> None:
    head, line = GOOD["odometer"]

    (row,) = rows("odometer", "\ufeffremark," + head + "x," + line, tmp_path)

    assert row.event is not None


def test_a_vehicle_row_can_say_what_aggregators_call_the_car(tmp_path: Path) -> None:
    head, line = GOOD["vehicles"]
    plain, named = line.strip(), [f"{line.strip()}, smartcar = 6f3a2f0e;other=17", f"{line.strip()},smartcar"]

    (before,) = rows("vehicles", head + line, tmp_path)
    same, told, broken = rows("vehicles", f"{head.strip()},aggregator_ids\n{plain},\n" + "\n".join(named), tmp_path)

    assert before.event == same.event
    assert told.event is not None
    assert told.event["data"]["aggregator_ids"] == {"smartcar": "6f3a2f0e", "other": "17"}
    assert parse_enrolment(told.event).to_domain()
    assert broken.field == "aggregator_ids"
