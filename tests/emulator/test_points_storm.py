"""The storm over the points on the local cloud: threads against real transactions, and every law afterwards.

`python -m tests.points_storm` is the same with a hundred thousand operations.
"""

import pytest

from tests.points_count import counted
from tests.points_storm import MALL, on_tables, replayed, storm
from tests.tables import Tables

pytestmark = pytest.mark.emulator

PERSONS, THREADS = 8, 16


def test_every_law_of_the_ledger_survives_a_storm_on_real_transactions(tables: Tables) -> None:
    sea = on_tables(tables, PERSONS)

    log = storm(sea, operations=1_000, threads=THREADS, persons=PERSONS)

    seen = counted(log.arrivals, points=sea.points, ledger=sea.ledger, persons=sea.persons, mall=MALL)
    for name in ("redeemed entries", "restored entries", "entries that leave a debt"):
        assert seen[name], name
    assert replayed(sea, log, events=100)
