"""`ownerloop decode`: events on standard output, refusals on standard error, exit codes that mean something."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.command_line.main import app
from tests.adapters.formats.encoder import VIN, a_frame, a_location, a_realtime_frame

GOOD, BAD = a_realtime_frame().hex(), a_frame(b"", command=7, bcc=0xEE).hex()


def decode(file: Path, *, name: str = "gbt32960") -> Result:
    return CliRunner().invoke(app, ["decode", "--format", name, str(file)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "frames.txt"


def test_each_accepted_frame_is_one_line_and_each_refused_one_is_told_elsewhere(file: Path) -> None:
    file.write_text(f"{GOOD}\n\n{BAD}\n{GOOD}\n")

    said = decode(file)

    events = [json.loads(line) for line in said.stdout.splitlines()]
    assert [(event["vin"], event["odometer_m"]) for event in events] == [(VIN, 48_213_400)] * 2
    assert "line 3 refused: bad_check_sum: byte 24: " in said.stderr
    assert "2 accepted, 1 refused" in said.stderr
    assert said.exit_code == 0


def test_a_position_is_told_as_the_zones_that_hold_it_and_never_itself(file: Path) -> None:
    near, far = a_location(longitude=121_544_711, latitude=31_221_511), a_location(longitude=99_544_711)
    file.write_text(f"{a_realtime_frame(near).hex()}\n{a_realtime_frame(far).hex()}\n")

    said = decode(file).stdout

    inside = [json.loads(line)["facts"]["location"]["inside"] for line in said.splitlines()]
    assert inside == [["store-sh-pudong"], []]
    assert not [digits for digits in ("5447", "2215") if digits in said]


def test_a_file_of_which_nothing_is_accepted_fails(file: Path) -> None:
    file.write_text(f"{BAD}\n{BAD}\n")

    said = decode(file)

    assert (said.exit_code, said.stdout) == (1, "")


def test_no_name_can_break_a_line(file: Path) -> None:
    report = {"capturedAt": "2026-03-02T10:40:00Z", "mileageInKm": 71}
    file.write_text(json.dumps({"vehicle": "a\u2028b\ud800", "maintenanceReport": report}))

    said = decode(file, name="skoda")

    assert len(said.stdout.splitlines()) == 1
    assert json.loads(said.stdout)["provenance"]["vehicle"] == "a\u2028b\ud800"


def test_an_unknown_format_or_file_is_misuse(file: Path) -> None:
    file.write_text(GOOD)

    assert decode(file, name="telegraph").exit_code == 2
    assert decode(file.with_name("nowhere")).exit_code == 2
    assert CliRunner().invoke(app, ["decode", str(file)]).exit_code == 2


def test_the_command_reads_a_makers_file_like_any_other(file: Path) -> None:
    file.write_text(json.dumps({"maintenanceReport": {"capturedAt": "2026-03-02T10:40:00Z", "mileageInKm": 71}}))

    (line,) = decode(file, name="skoda").stdout.splitlines()

    assert json.loads(line)["odometer_m"] == 71_000
