"""`ownerloop forecast`: a dealer's export in, one row for each car and item out, whatever dirt lies in it."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.command_line.main import app
from infra.forecasting.rows import COLUMNS

OIL = "items:\n  - {item: oil, every_km: 10000}\n"
HEAD = "vehicle_id,read_at,odometer_km\n"
STEADY = "".join(f"steady,2024-{month:02d}-01,{10_000 + 900 * month}\n" for month in range(1, 7))


def told(
    folder: Path,
    odometer: str,
    *more: str,
    plan: str = OIL,
    as_of: str = "2024-06-15",
    services: str | None = None,
) -> Result:
    (folder / "odometer.csv").write_text(odometer, encoding="utf-8")
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    given = ["--odometer", str(folder / "odometer.csv"), "--plan", str(folder / "plan.yaml"), "--as-of", as_of]
    if services is not None:
        (folder / "services.csv").write_text(services, encoding="utf-8")
        given += ["--services", str(folder / "services.csv")]
    return CliRunner().invoke(app, ["forecast", *given, *more])


def rows(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(StringIO(result.stdout)))


def the_row(folder: Path, odometer: str, *more: str, as_of: str = "2024-06-15") -> dict[str, str]:
    (row,) = rows(told(folder, odometer, *more, as_of=as_of))
    return row


def test_a_car_without_history_is_due_at_the_next_multiple_above_its_last_reading(tmp_path: Path) -> None:
    row = the_row(tmp_path, HEAD + STEADY)

    assert tuple(row) == COLUMNS
    assert (row["vehicle_id"], row["item"], row["remaining_km"]) == ("steady", "oil", "4600")
    assert row["reading_age_days"] == "14"
    assert "2024-09-01" < row["due_p10"] < row["due_p50"] < row["due_p90"] < "2025-06-01"
    assert 25 < float(row["km_per_day"]) < 40
    assert "2024-06-15" <= row["send_on"] < row["due_p50"]
    assert "no_history:oil" in row["reason"]


def test_columns_rows_and_cars_may_stand_in_any_order(tmp_path: Path) -> None:
    lines = (HEAD + STEADY + STEADY.replace("steady", "another")).splitlines()
    turned = [",".join(["note", *reversed(line.split(","))]) for line in (lines[0], *reversed(lines[1:]))]

    plain, mixed = told(tmp_path, "\n".join(lines)), told(tmp_path, "\n".join(turned).replace("note", "\ufeffnote", 1))

    assert mixed.stdout == plain.stdout
    assert [row["vehicle_id"] for row in rows(mixed)] == ["another", "steady"]


@pytest.mark.parametrize(
    "write",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff\n" + text + "\n,,\n\n",
        lambda text: "".join('"' + line.replace(",", '","') + '"\n' for line in text.splitlines()),
        lambda text: text.upper().replace("STEADY", "steady"),
        lambda text: text.replace("-0", "/"),
        lambda text: text.replace("-01,", "-1 00:00,").replace("2024-0", "2024-"),
        lambda text: text.replace("2024-0", "2024年").replace("-01,", "月1日,"),
    ],
    ids=["semicolons", "tabs", "crlf", "mark and empty lines", "quoted", "capitals", "slashes", "no zeros", "年月日"],
)
def test_a_table_means_the_same_however_a_spreadsheet_wrote_it(tmp_path: Path, write: Callable[[str], str]) -> None:
    assert the_row(tmp_path, write(HEAD + STEADY)) == the_row(tmp_path, HEAD + STEADY)


def test_a_quote_left_open_is_refused_rather_than_taking_the_cars_behind_it(tmp_path: Path) -> None:
    result = told(tmp_path, HEAD + 'odd,2024-03-01,"5\n' + STEADY)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "is a quote left open?" in result.stderr


def test_readings_after_the_day_are_not_used(tmp_path: Path) -> None:
    later = "steady,2024-06-16,60000\nsteady,2024-06-15T23:59:59+00:00,15500\n"

    row = the_row(tmp_path, HEAD + STEADY + later)

    assert (row["remaining_km"], row["reading_age_days"]) == ("4500", "0")
    assert "after_as_of:1" in row["reason"]


def test_an_instant_counts_in_utc_and_a_date_for_its_day(tmp_path: Path) -> None:
    row = the_row(tmp_path, HEAD + "a,2024-06-15T01:00:00+08:00,100\n")

    assert row["reading_age_days"] == "1"
    assert the_row(tmp_path, HEAD + "a,2024-06-15,100\n")["reading_age_days"] == "0"


@pytest.mark.parametrize(
    ("dirt", "reason"),
    [
        ("steady,2024-03-15,127000", "dropped:1"),  # x10
        ("steady,2024-03-15,0", "dropped:1"),
        ("steady,2024-05-15,9000", "dropped:1"),  # a fall
        ("steady,2024-05-15,99000", "dropped:1"),  # a jump
        ("steady,2024-05-15,14500000", "refused:1 odometer_km lies outside 0 to 2,000,000 km"),  # metres
        ("steady,2024-05-15,-5", "refused:1 odometer_km lies outside 0 to 2,000,000 km"),
        ("steady,2024-05-15,", "refused:1 odometer_km is empty"),
        ("steady,2024-05-15,null", "refused:1 odometer_km is empty"),
        ("steady,2024-05-15,NaN", "refused:1 odometer_km is empty"),
        ("steady,2024-05-15,inf", "refused:1 odometer_km lies outside 0 to 2,000,000 km"),
        ("steady,2024-05-15,9000 mi", "refused:1 odometer_km is not a number of kilometres"),
        ("steady,15/05/2024,14500", "refused:1 read_at is neither a date nor an instant (ISO 8601)"),
        ("steady,0001-01-01T00:00:00+08:00,14500", "refused:1 read_at lies outside 1970 to 2100"),
        ("steady,,14500", "refused:1 read_at is empty"),
        ("steady,2024-05-15,14,500", "refused:1 row has more cells than the header"),
        ("steady", "refused:1 read_at is empty"),
    ],
)
def test_dirt_moves_nothing_and_is_named_in_the_row_and_on_standard_error(
    tmp_path: Path, dirt: str, reason: str
) -> None:
    clean = the_row(tmp_path, HEAD + STEADY)

    result = told(tmp_path, HEAD + dirt + "\n" + STEADY)

    (row,) = rows(result)
    assert {**row, "reason": ""} == {**clean, "reason": ""}
    assert reason in row["reason"]
    assert "steady" in result.stderr
    assert ("2: steady" in result.stderr) == reason.startswith("refused")


def test_a_car_without_a_usable_reading_says_why_and_stops_nobody(tmp_path: Path) -> None:
    result = told(tmp_path, HEAD + "broken,2024-05-15,none\nlate,2025-01-01,5\n,2024-05-15,5\n" + STEADY)

    broken, late, steady = rows(result)
    assert (broken["due_p50"], broken["send_on"]) == ("", "")
    assert broken["reason"] == "no_reading; refused:1 odometer_km is empty"
    assert late["reason"] == "no_reading; after_as_of:1"
    assert steady["due_p50"]
    assert "vehicle_id is empty" in result.stderr


@pytest.mark.parametrize("column", ["vehicle_id", "read_at", "odometer_km"])
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    result = told(tmp_path, (HEAD + STEADY).replace(column, "other"))

    assert result.exit_code == 2
    assert f"`{column}`" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("text", ["", "\x00\xff", '"', "a,b\n1,2\n", "vehicle_id,read_at,odometer_km,odometer_km\n"])
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text).exit_code == 2


def test_a_service_rebases_its_item_and_the_months_count_from_it(tmp_path: Path) -> None:
    plan = "items:\n  - {item: oil, every_km: 10000}\n  - {item: brake_fluid, every_months: 24}\n"
    services = "vehicle_id,item,on,odometer_km\nsteady,oil,2024-04-01,13600\nsteady,brake_fluid,2023-08-31,\n"
    future = "steady,oil,2025-01-01,90000\nsteady,oil,never,1\n"

    result = told(tmp_path, HEAD + STEADY, plan=plan, services=services + future)

    oil, brakes = rows(result)
    assert oil["remaining_km"] == "8200"
    assert (brakes["due_p10"], brakes["due_p50"], brakes["due_p90"]) == ("2025-08-31",) * 3
    assert (brakes["remaining_km"], "basis:time" in brakes["reason"]) == ("", True)
    assert "5: steady on is neither a date nor an instant" in result.stderr


@pytest.mark.parametrize("column", ["on", "done_on", "service_date", "date"])
def test_the_day_of_a_service_may_go_by_the_name_that_exports_give_it(tmp_path: Path, column: str) -> None:
    services = f"vehicle_id,item,{column},odometer_km\nsteady,oil,2024-03-01,12700\n"

    (row,) = rows(told(tmp_path, HEAD + STEADY, services=services))

    assert row["remaining_km"] == "7300"


def test_services_that_count_for_nothing_are_named_with_the_reason(tmp_path: Path) -> None:
    services = "vehicle_id,item,on,odometer_km\n"
    services += "stranger,oil,2024-03-01,5\nsteady,polish,2024-03-01,5\nsteady,oil,2024-07-01,16000\n"

    result = told(tmp_path, HEAD + STEADY, services=services)

    assert rows(result) == rows(told(tmp_path, HEAD + STEADY))
    assert [line.strip() for line in result.stderr.splitlines()] == [
        "3 services were not used:",
        "steady polish 2024-03-01: its item is not in the plan",
        "steady oil 2024-07-01: lies after --as-of",
        "stranger oil 2024-03-01: its car has no line in the odometer file",
    ]


def test_months_without_a_service_to_count_from_say_so(tmp_path: Path) -> None:
    (row,) = rows(told(tmp_path, HEAD + STEADY, plan="items: [{item: coolant, every_months: 48}]"))

    assert (row["due_p50"], row["reason"]) == ("", "no_service_to_count_months_from")


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        ("items: []", "items"),
        ("- oil", "items"),
        ("items: [{item: oil}]", "every_km"),
        ("items: [{item: oil, every_km: 0}]", "every_km"),
        ("items: [{item: oil, every_km: many}]", "every_km"),
        ("items: [{item: oil, every_months: 1.5}]", "every_months"),
        ("items: [{every_km: 10000}]", "item"),
        ("items: [{item: oil, every_km: 1}, {item: oil, every_km: 2}]", "same name"),
        ("items: [{item: oil, every_km: 1, each: 2}]", "each"),
        ("items: [", "YAML"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_refused_with_the_field(tmp_path: Path, plan: str, named: str) -> None:
    result = told(tmp_path, HEAD + STEADY, plan=plan)

    assert (result.exit_code, result.stdout) == (2, "")
    assert named in result.stderr


def test_a_day_that_is_none_is_refused(tmp_path: Path) -> None:
    assert told(tmp_path, HEAD + STEADY, as_of="2024-02-30").exit_code == 2


def test_the_rows_go_to_a_file_when_one_is_named(tmp_path: Path) -> None:
    shown = told(tmp_path, HEAD + STEADY).stdout

    result = told(tmp_path, HEAD + STEADY, "--out", str(tmp_path / "due.csv"))

    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "due.csv").read_text(encoding="utf-8") == shown
    assert told(tmp_path, HEAD + STEADY, "--out", str(tmp_path / "none" / "due.csv")).exit_code == 2


def test_five_cars_are_a_fleet_whose_median_draws_a_new_car(tmp_path: Path) -> None:
    fast = "".join(STEADY.replace("steady", f"fast-{n}").replace("-01,1", "-01,10") for n in range(5))
    new = "new,2024-06-14,100\n"

    alone, among = the_row(tmp_path, HEAD + new), rows(told(tmp_path, HEAD + new + fast))[-1]

    assert "prior:policy" in alone["reason"]
    assert "prior:fleet" in among["reason"]
    assert alone["km_per_day"] != among["km_per_day"]


def test_an_overdue_car_is_due_on_the_day_it_passed_and_spoken_to_today(tmp_path: Path) -> None:
    services = "vehicle_id,item,on,odometer_km\nsteady,oil,2023-01-01,3000\n"

    (row,) = rows(told(tmp_path, HEAD + STEADY, services=services))

    assert row["remaining_km"] == "-2400"
    assert row["due_p10"] == row["due_p90"] < "2024-06-01"
    assert row["send_on"] == "2024-06-15"


def test_a_spreadsheet_in_gb_18030_keeps_its_cars_and_items_apart(tmp_path: Path) -> None:
    lines = "vehicle_id,read_at,odometer_km\n沪A12345,2024-06-01,9000\n京A12345,2024-06-01,1000\n"
    (tmp_path / "odometer.csv").write_bytes(lines.encode("gb18030"))
    (tmp_path / "plan.yaml").write_bytes("items:\n  - {item: 机油, every_km: 10000}\n".encode("gb18030"))
    given = ["--odometer", str(tmp_path / "odometer.csv"), "--plan", str(tmp_path / "plan.yaml")]

    found = rows(CliRunner().invoke(app, ["forecast", *given, "--as-of", "2024-06-15"]))

    assert [(row["vehicle_id"], row["item"], row["remaining_km"]) for row in found] == [
        ("京A12345", "机油", "9000"),
        ("沪A12345", "机油", "1000"),
    ]
