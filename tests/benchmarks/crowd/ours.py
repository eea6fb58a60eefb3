"""Our contender over a crowd: `python -m tests.benchmarks.crowd.ours FOLDER TODAY OPENS`."""

import sys
from datetime import date
from pathlib import Path

import numpy as np

from ownerloop.domain.segmenting import SegmentPolicy, Transactions, habits_of, segment
from tests.benchmarks.crowd import asked

MONTHS = 36
POLICY = SegmentPolicy(window_months=MONTHS, at_risk_r_max=2, new_visits_max=1, core_sum_min=8)
_EPOCH = date(1970, 1, 1).toordinal()


def segmented(visits: Transactions, *, owners: int, today: int) -> np.ndarray:
    """Return a row an owner: recency, frequency, hundredths, r, f, m."""
    done = habits_of(visits, owners=owners, months=MONTHS, as_of=date.fromordinal(today + _EPOCH))
    found = segment(done, policy=POLICY)
    return np.stack([done.recency_days, done.frequency, done.hundredths, found.r, found.f, found.m], axis=1)


if __name__ == "__main__":
    folder, today = sys.argv[1], int(sys.argv[2])
    held = asked.read(folder)
    visits = Transactions(held["owner"], held["day"], held["money"])
    owners = int(visits.owner.max()) + 1
    asked.answer(lambda: segmented(visits, owners=owners, today=today), into=Path(folder) / "ours.npy")
