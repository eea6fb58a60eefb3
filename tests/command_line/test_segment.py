"""`ownerloop segment`: what it takes, what it refuses line by line, and what it writes."""

import csv
import io
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner, Result

from infra.command_line.main import app
from infra.segmenting import blocks

HEADER = "owner_id,at,amount\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "transactions.csv"


def run(file: Path, *arguments: str, as_of: str = "2024-08-01") -> Result:
    return CliRunner().invoke(app, ["segment", "--transactions", str(file), "--as-of", as_of, *arguments])


def written(text: str) -> dict[str, dict[str, str]]:
    return {row["owner_id"]: row for row in csv.DictReader(io.StringIO(text))}


def test_leading_zeros_and_a_visit_of_nothing_are_kept_and_owners_stand_in_order(file: Path) -> None:
    file.write_text(HEADER + "9,2024-07-01,10\n007,2024-07-01,0\n10,2024-06-30T23:59:00,0.1\n10,2024-06-30,0.2\n")

    told = run(file)

    assert told.exit_code == 0
    assert told.stdout.splitlines()[0] == "owner_id,recency_days,frequency,monetary,r,f,m,tier"
    assert list(written(told.stdout)) == ["007", "10", "9"]
    assert (
        written(told.stdout)["007"] | {"frequency": "1", "monetary": "0.00", "recency_days": "31"}
        == (written(told.stdout)["007"])
    )
    assert written(told.stdout)["10"] | {"frequency": "1", "monetary": "0.30"} == written(told.stdout)["10"]


def test_what_breaks_a_rule_is_told_with_its_line_and_the_rest_goes_on(file: Path) -> None:
    file.write_bytes(
        b"\xef\xbb\xbfAmount, at ,owner_id,note\r\n"
        b'10.5,2024-01-05,007,"two\nlines"\n'  # 2 and 3
        b"0,2024-01-06T23:30:00+08:00,007,x\r\n"
        b",2024-01-06,007,x\n"  # 5
        b"\n"
        b"abc,2024-01-06,007,x\n"
        b"-1,2024-01-06,007,x\n"
        b"1,2024-02-30,007,x\n"
        b"1,2024-01-06,,x\n"  # 10
        b'1,2024-01-06,8,"open\n'
        b"1,2024-01-06,8,x,y\n"
        b"1,2024-01-06\n"
        b"inf,2024-01-06,8,x\n"
        b"1,,8,x\n"  # 15
        b"1,2024-01-06,\xff,x\n"
        b"1,0001-01-01,8,x\n"
        b"10000000000,2024-01-06,8,x\n"
        b'1.005,2024-01-07,"a,""b",x\n'
    )

    told = run(file)

    lines = [line.split(": ", 1) for line in told.stderr.splitlines() if line.startswith("line ")]
    assert [(int(head.split()[1]), reason.split()[0]) for head, reason in lines] == [
        (5, "amount"),
        (7, "amount"),
        (8, "amount"),
        (9, "at"),
        (10, "owner_id"),
        (11, "cannot"),
        (12, "has"),
        (13, "has"),
        (14, "amount"),
        (15, "at"),
        (16, "owner_id"),
        (17, "at"),
        (18, "amount"),
    ]
    assert told.exit_code == 0
    assert {owner: (row["frequency"], row["monetary"]) for owner, row in written(told.stdout).items()} == {
        "007": ("2", "10.50"),
        'a,"b': ("1", "1.01"),
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_spreadsheet_keeps_its_owners_whatever_it_was_written_in(file: Path, encoding: str) -> None:
    file.write_bytes("owner_id,at,amount,备注\n张三,2024/7/1,10,\n李四,2024-07-02,20,\n".encode(encoding))

    told = run(file)

    assert {owner: row["monetary"] for owner, row in written(told.stdout).items()} == {"张三": "10.00", "李四": "20.00"}
    assert "0 refused" in told.stderr


def test_a_damaged_byte_costs_its_own_row_only(file: Path) -> None:
    file.write_bytes("owner_id,at,amount\n张三,2024-07-01,10\n李四".encode() + b"\xff,2024-07-02,20\n")

    told = run(file)
    assert (list(written(told.stdout)), "line 3 refused: owner_id" in told.stderr) == (["张三"], True)


@pytest.mark.parametrize("block_bytes", [1, 40, 200, 1 << 20])
def test_where_a_block_ends_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int) -> None:
    chance = Random(5)
    rows = [
        f"{chance.randrange(9):03},2024-0{chance.randrange(1, 8)}-1{chance.randrange(9)},{place}.25"
        for place in range(60)
    ]
    rows[17] = '"0\n1",2024-01-01,1.5'
    rows[30] = "4,2024-01-01,-3"
    file.write_text(HEADER + "\n".join(rows))
    whole = run(file)

    monkeypatch.setattr(blocks, "_BLOCK_BYTES", block_bytes)
    in_parts = run(file)

    assert in_parts.stdout == whole.stdout
    assert in_parts.stderr == whole.stderr
    assert "line 33 refused: amount is negative" in whole.stderr
    assert "0\n1" in written(whole.stdout)


@pytest.mark.parametrize(
    "tail", ["", "T23:30", " 23:30:00", "T23:30:00.5", "T23:30:00Z", "T23:30:00+08:00", "T00:10:00.5-0800"]
)
@pytest.mark.parametrize("amount", ["1.5", "+1.5", "1.50", "1.495", "150e-2", " 1.5 "])
def test_a_row_means_the_same_in_a_clean_file_and_beside_a_bad_row(file: Path, tail: str, amount: str) -> None:
    rows = HEADER + f" 01 ,2024-02-29{tail},{amount}\n"
    file.write_text(rows)
    clean = run(file)
    file.write_text(rows + "2,never,1\n")

    beside = run(file)

    assert clean.stdout == beside.stdout
    assert written(clean.stdout)["01"]["recency_days"] == "154"
    assert written(clean.stdout)["01"]["monetary"] == "1.50"


def test_the_order_of_rows_and_foreign_columns_change_nothing(file: Path) -> None:
    rows = [f"{place % 7},2024-0{place % 7 + 1}-01,{place}.10" for place in range(40)]
    file.write_text(HEADER + "\n".join(rows))
    first = run(file).stdout
    Random(3).shuffle(rows)
    file.write_text("x,owner_id,at,amount\n" + "\n".join(f"?,{row}" for row in rows))

    assert run(file).stdout == first


def test_what_comes_after_the_day_is_as_if_it_were_not_there(file: Path) -> None:
    before = HEADER + "1,2024-07-01,5\n2,2024-08-01,5\n"
    file.write_text(before)
    first = run(file)
    file.write_text(before + "1,2024-08-02,50\n3,2030-01-01,1\n")

    assert run(file).stdout == first.stdout
    assert list(written(first.stdout)) == ["1", "2"]


def test_input_in_which_sixty_percent_have_a_single_purchase_is_segmented(file: Path) -> None:
    # As in CDNOW: 59.9 % of 2,357 customers bought once, where quantile cuts fail and ranks by row differ.
    chance = Random(7)
    rows = []
    for owner in range(2_357):
        visits = 1 if owner < 1_411 else chance.randrange(2, 12)
        day = f"2024-{chance.randrange(1, 8):02}-{chance.randrange(1, 29):02}"
        rows.append(f"{owner:05},{day},{chance.randrange(500, 9_900) / 100}")
        rows += [f"{owner:05},2023-0{extra % 9 + 1}-05,12" for extra in range(visits - 1)]
    file.write_text(HEADER + "\n".join(rows))

    told = written(run(file).stdout)

    assert len(told) == 2_357
    once = [row for row in told.values() if row["frequency"] == "1"]
    assert {row["f"] for row in once} == {"2"}
    assert {row["tier"] for row in once} == {"new", "at_risk"}
    assert set(Counter(row["tier"] for row in told.values())) == {"new", "potential", "core", "at_risk"}
    alike = defaultdict(set)
    for row in told.values():
        alike[row["recency_days"], row["frequency"], row["monetary"]].add((row["r"], row["f"], row["m"], row["tier"]))
    assert all(len(found) == 1 for found in alike.values())


@pytest.mark.parametrize("amount", ["12.344999999999999", "0.00499999999", "99999999.994999999"])
def test_a_little_less_than_a_tie_is_rounded_down_in_a_clean_file_too(file: Path, amount: str) -> None:
    file.write_text(HEADER + f"1,2024-01-01,{amount}\n2,2024-01-01,12.345\n")

    told = written(run(file).stdout)

    assert told["1"]["monetary"] == {"12": "12.34", "0.": "0.00", "99": "99999999.99"}[amount[:2]]
    assert told["2"]["monetary"] == "12.35"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("owner_id,at,amount,amount\n1,2024-01-01,5,7\n", "`amount` stands there twice"),
        ("owner_id,at,amount\r1,2024-01-01,5\r", "lines end in LF or CR LF"),
    ],
)
def test_a_header_that_can_be_read_two_ways_or_none_ends_with_two(file: Path, text: str, problem: str) -> None:
    file.write_bytes(text.encode())

    told = run(file)
    assert (told.exit_code, problem in told.stderr) == (2, True)


def test_a_missing_column_is_named_and_ends_with_two(file: Path) -> None:
    file.write_text("owner_id,when,amount\n1,2024-01-01,1\n")

    told = run(file)

    assert told.exit_code == 2
    assert "`at`" in told.stderr
    assert told.stdout == ""  # rows go there, and this is none


@pytest.mark.parametrize("text", ["", "\n", "\x00\x01"])
def test_a_file_without_a_header_lacks_every_column(file: Path, text: str) -> None:
    file.write_text(text)

    assert run(file).exit_code == 2


def test_a_file_of_refused_lines_only_ends_with_one_and_an_empty_one_with_nought(file: Path) -> None:
    file.write_text(HEADER + "1,never,1\n")
    assert run(file).exit_code == 1

    file.write_text(HEADER)
    assert run(file).exit_code == 0
    assert written(run(file).stdout) == {}


def test_a_flood_of_refusals_is_counted_and_only_its_head_told(file: Path) -> None:
    file.write_text(HEADER + "1,2024-01-01,1\n" + "1,never,1\n" * 1_200)

    told = run(file)

    assert told.stderr.count("line ") == 1_000
    assert "and 200 more refused" in told.stderr


def test_a_policy_changes_what_it_names(file: Path, tmp_path: Path) -> None:
    file.write_text(HEADER + "1,2024-07-01,5\n1,2023-07-01,7\n2,2024-07-02,5\n")
    policy = tmp_path / "policy.json"
    policy.write_text('{"window_months": 12}')

    told = written(run(file, "--policy", str(policy)).stdout)

    assert (told["1"]["frequency"], told["1"]["monetary"]) == ("1", "5.00")
    assert written(run(file).stdout)["1"]["frequency"] == "2"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("window_months: 0", "window_months"),
        ("window_months: true", "window_months"),
        ("core_sum_min: many", "core_sum_min"),
        ("colour: 3", "colour"),
        ("[1, 2]", "object"),
        ("{", "YAML"),
    ],
)
def test_a_policy_that_breaks_a_rule_is_refused_by_the_name_of_its_field(
    file: Path, tmp_path: Path, text: str, named: str
) -> None:
    file.write_text(HEADER + "1,2024-07-01,5\n")
    policy = tmp_path / "policy.yaml"
    policy.write_text(text)

    told = run(file, "--policy", str(policy))

    assert told.exit_code == 2
    assert named in told.stderr


@pytest.mark.parametrize("as_of", ["yesterday", "2024-02-30", "0001-01-01"])
def test_a_day_that_is_none_ends_with_two(file: Path, as_of: str) -> None:
    file.write_text(HEADER)

    assert run(file, as_of=as_of).exit_code == 2


def test_the_rows_go_to_a_file_or_to_standard_output_alike(file: Path, tmp_path: Path) -> None:
    file.write_text(HEADER + "1,2024-07-01,5\n")
    out = tmp_path / "out.csv"

    assert run(file, "--out", str(out)).stdout == ""
    assert out.read_text() == run(file).stdout
    assert run(file, "--out", str(tmp_path / "nowhere" / "out.csv")).exit_code == 2
