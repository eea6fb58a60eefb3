"""T9: recency, frequency and money of 1 M owners and 10 M transactions beside pandas and DuckDB; the command's memory.

Everybody gets the same columns in memory, counts distinct visit days in the window and ranks by mean rank; unequal
answers fail the run, a missed target is told as missed. The peers run in an environment of their own.
"""

import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from ownerloop.domain.segmenting import days_since_epoch
from tests.benchmarks.contenders import PEERS, ROOT, in_turns, least
from tests.benchmarks.crowd.visits import make_visits
from tests.benchmarks.figures import Figure, told

pytestmark = pytest.mark.bench

OWNERS, ROWS, RUNS = 1_000_000, 10_000_000, 3
AS_OF, OPENS_ON = date(2025, 8, 1), date(2022, 8, 1)
TODAY, OPENS = days_since_epoch(AS_OF), days_since_epoch(OPENS_ON)
TARGETS = {"pandas": (4, 8), "duckdb": (2, 4)}


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crowd")
    make_visits(folder, owners=OWNERS, rows=ROWS, today=TODAY)
    return folder


def test_the_same_answers_in_a_fraction_of_the_time(visits: Path) -> None:
    days = [str(TODAY), str(OPENS)]
    peer = str(Path(__file__).parent / "crowd" / "peers.py")
    commands = {name: [str(PEERS), peer, name, str(visits), *days] for name in TARGETS}
    commands["ours"] = [sys.executable, "-m", "tests.benchmarks.crowd.ours", str(visits), *days]

    took = in_turns(commands, runs=RUNS)

    mine = np.load(visits / "ours.npy")
    assert all(np.array_equal(mine, np.load(visits / f"{name}.npy")) for name in TARGETS)
    for name, (must, aim) in TARGETS.items():
        wall, cpu = (least(took[name], of) / least(took["ours"], of) for of in ("wall", "cpu"))
        figure = Figure(
            target="T9",
            what=f"RFM of 1 M owners, 10 M visits, beside {name}",
            ours=least(took["ours"], "wall"),
            peer=least(took[name], "wall"),
            unit="s",
            score=min(wall, cpu),
            must=must,
            aim=aim,
            note=f"{wall:.1f} times by the clock, {cpu:.1f} times by the processor; ours on one core, DuckDB on all",
        )
        told(figure)


def test_the_command_stays_under_a_gibibyte_above_its_input(visits: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "transactions.csv", tmp_path / "out.csv"
    write_csv(visits, file)
    script = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)"
    )
    command = [sys.executable, "-c", "from infra.command_line.main import main; main()", "segment"]

    done = subprocess.run(
        [sys.executable, "-c", script, *command, "--transactions", str(file), "--as-of", str(AS_OF), "--out", str(out)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    above = (int(done.stdout.split()[-1]) - file.stat().st_size) / (1 << 30)
    told(
        Figure(
            target="T9",
            what="memory of `segment` above its input",
            ours=above,
            peer=None,
            unit="GiB",
            score=above,
            must=1,
            is_most=True,
            note=f"a file of {file.stat().st_size / 1e6:.0f} MB",
        )
    )
    assert out.read_bytes().count(b"\n") == OWNERS + 1


def write_csv(visits: Path, file: Path) -> None:
    """Write the visits as the dealer's export would hold them."""
    owner, day, money = (np.load(visits / f"{name}.npy") for name in ("owner", "day", "money"))
    table = pa.table(
        {
            "owner_id": pa.array([f"{place:08d}" for place in range(OWNERS)]).take(pa.array(owner)),
            "at": pa.array(day, pa.int32()).cast(pa.date32()),
            "amount": pa.array(money / 100),
        }
    )
    pa_csv.write_csv(table, file)
