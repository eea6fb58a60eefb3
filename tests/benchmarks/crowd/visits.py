"""The crowd of the benchmarks: every owner came once, and the rest of the visits fall on anybody, by one seed."""

from pathlib import Path

import numpy as np

DAYS = 1_200
HUNDREDTHS_MAX = 300_000


def make_visits(folder: Path, *, owners: int, rows: int, today: int) -> None:
    """Write owner, day and money of the visits as three files."""
    chance = np.random.default_rng(1)
    owner = np.concatenate([np.arange(owners), chance.integers(0, owners, rows - owners)]).astype(np.int32)
    np.save(folder / "owner.npy", owner)
    np.save(folder / "day.npy", (today - chance.integers(0, DAYS, rows)).astype(np.int32))
    np.save(folder / "money.npy", chance.integers(0, HUNDREDTHS_MAX, rows))
