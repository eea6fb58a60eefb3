"""Recency, frequency and money of 1 M owners and 10 M transactions beside pandas and DuckDB; the command's memory.

Everybody gets the same columns in memory, counts distinct visit days in the window and ranks by mean rank; answers are
compared before times are. A peer that is not installed is left out.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from ownerloop.domain.segmenting import SegmentPolicy, Transactions, days_since_epoch, habits_of, segment

pytestmark = pytest.mark.bench

OWNERS, ROWS, RUNS = 1_000_000, 10_000_000, 3
AS_OF = date(2025, 8, 1)
MONTHS = 36
TODAY, OPENS = days_since_epoch(AS_OF), days_since_epoch(date(2022, 8, 1))
POLICY = SegmentPolicy(window_months=MONTHS, at_risk_r_max=2, new_visits_max=1, core_sum_min=8)
MUST = {"pandas": 4, "duckdb": 2}
BYTES_ABOVE_INPUT_MAX = 1 << 30
RESULT = Path(__file__).parents[2] / ".ownerloop" / "bench" / "segment.json"
Answer = np.ndarray  # one row an owner: recency, frequency, hundredths, r, f, m


@pytest.fixture(scope="module")
def visits() -> Transactions:
    chance = np.random.default_rng(1)
    owner = np.concatenate([np.arange(OWNERS), chance.integers(0, OWNERS, ROWS - OWNERS)]).astype(np.int32)
    on = (TODAY - chance.integers(0, 1_200, ROWS)).astype(np.int32)
    return Transactions(owner, on, chance.integers(0, 300_000, ROWS))


def ours(visits: Transactions) -> Answer:
    done = habits_of(visits, owners=OWNERS, months=MONTHS, as_of=AS_OF)
    found = segment(done, policy=POLICY)
    return np.stack([done.recency_days, done.frequency, done.hundredths, found.r, found.f, found.m], axis=1)


def in_pandas(visits: Transactions, pandas: ModuleType) -> Answer:
    rows = pandas.DataFrame({"owner": visits.owner, "on": visits.on, "money": visits.hundredths})
    table = pandas.DataFrame({"recency": TODAY - rows.groupby("owner").on.max()})
    rows = rows[rows.on > OPENS]
    table["frequency"] = rows.drop_duplicates(["owner", "on"]).groupby("owner").size()
    table["money"] = rows.groupby("owner").money.sum()
    table = table.fillna(0)
    for name, values in (("r", -table.recency), ("f", table.frequency), ("m", table.money)):
        table[name] = np.ceil((5 * values.rank()) / len(table))
    return table.to_numpy().astype(np.int64)


def in_duckdb(visits: Transactions, duckdb: ModuleType) -> Answer:
    line = duckdb.connect(config={"threads": os.cpu_count() or 1})
    line.register("rows", pa.table({"owner": visits.owner, "day": visits.on, "money": visits.hundredths}))
    ranked = ", ".join(
        f"ceil(5 * (rank() over (order by {by}) + (count(*) over (partition by {name}) - 1) / 2)"
        f" / count(*) over ()) {score}"
        for name, by, score in (
            ("recency", "recency desc", "r"),
            ("frequency", "frequency", "f"),
            ("money", "money", "m"),
        )
    )
    found = line.execute(
        f"""with habits as (
            select owner, {TODAY} - max(day) recency, count(distinct day) filter (day > {OPENS}) frequency,
            coalesce(sum(money) filter (day > {OPENS}), 0)::bigint money from rows group by owner
        ) select owner, recency, frequency, money, {ranked} from habits"""  # noqa: S608  # numbers of this file
    ).fetchnumpy()
    order = np.argsort(found.pop("owner"))
    return np.stack([column[order].astype(np.int64) for column in found.values()], axis=1)


PEERS: dict[str, Callable[[Transactions, ModuleType], Answer]] = {"pandas": in_pandas, "duckdb": in_duckdb}


def seconds(work: Callable[[], Answer]) -> float:
    spent = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return min(spent)


@pytest.mark.parametrize("peer", PEERS)
def test_the_same_answers_in_a_fraction_of_the_time(visits: Transactions, peer: str) -> None:
    module = pytest.importorskip(peer)

    assert np.array_equal(ours(visits), PEERS[peer](visits, module))

    mine, theirs = seconds(lambda: ours(visits)), seconds(lambda: PEERS[peer](visits, module))
    told(peer, {"seconds": round(mine, 3), "peer_seconds": round(theirs, 3), "times": round(theirs / mine, 1)})
    assert theirs / mine >= MUST[peer]


def test_the_command_stays_under_a_gibibyte_above_its_input(visits: Transactions, tmp_path: Path) -> None:
    file = tmp_path / "transactions.csv"
    names = pa.array([f"{place:08d}" for place in range(OWNERS)])
    table = pa.table(
        {
            "owner_id": names.take(pa.array(visits.owner)),
            "at": pa.array(visits.on, pa.int32()).cast(pa.date32()),
            "amount": pa.array(visits.hundredths / 100),
        }
    )
    pa_csv.write_csv(table, file)
    out = tmp_path / "out.csv"
    script = (
        "import resource, subprocess, sys, time; began = time.perf_counter(); subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, time.perf_counter() - began)"
    )
    command = [sys.executable, "-c", "from infra.command_line.main import main; main()", "segment"]

    done = subprocess.run(
        [sys.executable, "-c", script, *command, "--transactions", str(file), "--as-of", str(AS_OF), "--out", str(out)],
        check=True,
        capture_output=True,
        text=True,
    )

    peak_bytes, spent = map(float, done.stdout.split())
    told(
        "command",
        {"peak_mb": round(peak_bytes / 1e6), "input_mb": round(file.stat().st_size / 1e6), "seconds": round(spent, 1)},
    )
    assert peak_bytes <= file.stat().st_size + BYTES_ABOVE_INPUT_MAX
    assert out.read_bytes().count(b"\n") == OWNERS + 1


def told(name: str, figures: dict[str, float]) -> None:
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    RESULT.write_text(json.dumps(known | {name: figures}, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"\n{name}: {figures}\n")
