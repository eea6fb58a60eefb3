"""The storm over the points in memory: thousands of operations by threads that meet, and every law afterwards."""

import sys
from collections.abc import Iterator

import pytest

from tests.points_count import counted
from tests.points_storm import MALL, Log, Sea, in_memory, replayed, storm

THREADS = 8


@pytest.fixture(autouse=True)
def _restless_threads() -> Iterator[None]:
    held = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads change places between any two reads and writes
    yield
    sys.setswitchinterval(held)


def weathered(operations: int, *, persons: int) -> tuple[Sea, Log]:
    sea = in_memory(persons)
    return sea, storm(sea, operations=operations, threads=THREADS, persons=persons)


def laws_hold(sea: Sea, log: Log) -> dict[str, int]:
    """Return what was counted where every law holds."""
    return counted(log.arrivals, points=sea.points, ledger=sea.ledger, persons=sea.persons, mall=MALL)


def test_every_law_of_the_ledger_survives_a_storm() -> None:
    sea, log = weathered(5_000, persons=12)

    seen = laws_hold(sea, log)

    for name in ("redeemed entries", "restored entries", "expired entries", "entries that leave a debt"):
        assert seen[name], name
    assert seen["redemptions out_of_stock"]


def test_nothing_changes_when_a_storms_events_come_again() -> None:
    sea, log = weathered(1_000, persons=6)

    assert replayed(sea, log, events=500)


@pytest.mark.slow
@pytest.mark.prove
def test_every_law_of_the_ledger_survives_a_hundred_thousand_operations() -> None:
    sea, log = weathered(100_000, persons=120)

    seen = laws_hold(sea, log)

    assert seen["events"] > 90_000
    assert seen["lots forgotten"]  # rare: whether a short storm sees one is up to its threads
    assert replayed(sea, log, events=1_000)
