"""How time and price grow: of segmenting from 10 k to 1 M owners, of the intake from 1 k to 10 k events a batch.

The table is printed and kept as JSON, and drawn where the peers' environment stands (`growth.png`).
"""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from infra.template.reading import TEMPLATE
from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.domain.segmenting import Transactions, days_since_epoch
from ownerloop.domain.tier_columns import OccasionColumns, settle_columns
from tests.benchmarks.contenders import PEERS
from tests.benchmarks.crowd.ours import segmented
from tests.benchmarks.crowd.visits import make_visits
from tests.benchmarks.figures import FILE
from tests.benchmarks.test_list_price import bill_of, compute_usd

pytestmark = pytest.mark.bench

AS_OF = date(2025, 8, 1)
OWNERS = (10_000, 30_000, 100_000, 300_000, 1_000_000)
VISITS_AN_OWNER = 10
BATCHES = (1_000, 2_000, 5_000, 10_000)
EPOCH = date(1970, 1, 1).toordinal()
RESULT, PICTURE = FILE.with_name("growth.json"), FILE.with_name("growth.png")


@dataclass(frozen=True, slots=True)
class Point:
    """One size, its processor time, and the price of a million of what is counted."""

    what: str
    size: int
    seconds: float
    usd_a_million: float


def test_how_time_and_price_grow(tmp_path: Path) -> None:
    points = [*(point for owners in OWNERS for point in of_owners(owners, tmp_path))]
    points += [of_batch(events, tmp_path) for events in BATCHES]

    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps([asdict(point) for point in points], indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"\n{table(points)}\n")
    if PEERS.exists():
        drawing = str(Path(__file__).with_name("drawing.py"))
        subprocess.run([str(PEERS), drawing, str(RESULT), str(PICTURE)], check=True)
        sys.stdout.write(f"drawn: {PICTURE}\n")
    per_owner = [point.seconds / point.size for point in points if point.what == "segmenting owners"]
    assert max(per_owner) < 20 * min(per_owner)  # a square would grow by a hundred


def of_owners(owners: int, folder: Path) -> list[Point]:
    """Return what segmenting and the night's settlement of so many owners take."""
    make_visits(folder, owners=owners, rows=owners * VISITS_AN_OWNER, today=days_since_epoch(AS_OF))
    owner, day, money = (np.load(folder / f"{name}.npy") for name in ("owner", "day", "money"))
    visits, today = Transactions(owner, day, money), days_since_epoch(AS_OF)
    orders = OccasionColumns(
        owner.astype(np.int64), day.astype(np.int64) + EPOCH, money, np.ones(owner.size, dtype=np.bool_)
    )
    began = time.process_time()
    segmented(visits, owners=owners, today=today)
    between = time.process_time()
    settle_columns(orders, owners=owners, policy=tier_policy(AS_OF), as_of=AS_OF)
    ended = time.process_time()
    second = compute_usd("SettleTiers", prices())
    return [
        Point("segmenting owners", owners, between - began, (between - began) * second / owners * 1e6),
        Point("settling tiers of owners", owners, ended - between, (ended - between) * second / owners * 1e6),
    ]


def of_batch(events: int, folder: Path) -> Point:
    """Return what an invocation over so many events of twice as many cars takes."""
    bill = bill_of(events * 2, events, events * 20, folder)
    seconds = bill.items["intake compute"] / compute_usd("IngestVehicleData", prices())
    return Point("events a batch", events, seconds, bill.of_a_million)


def prices() -> dict[str, float]:
    path = TEMPLATE.parent / "infra" / "template" / "prices.json"
    held: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["prices"]
    return held


def table(points: list[Point]) -> str:
    """Return the points for people."""
    lines = [f"{'what':26}{'size':>10}{'seconds':>10}{'us each':>10}{'USD a million':>15}"]
    for one in points:
        each = one.seconds / one.size * 1e6
        lines.append(f"{one.what:26}{one.size:10,}{one.seconds:10.3f}{each:10.2f}{one.usd_a_million:15.5f}")
    return "\n".join(lines)
