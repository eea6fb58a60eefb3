"""The rule of gaps as a good engineer writes it for one car at a time; both peers use it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median_high
from typing import Any

from ownerloop.domain.intake import IntakeRules
from tests.benchmarks.hot_path.fleet import DAY_SECONDS
from tests.benchmarks.hot_path.plain_rules import Held


def resyncs_of(
    car: Held, before: Sequence[tuple[int, int]], arrived: Sequence[tuple[datetime, datetime]], rules: IntakeRules
) -> list[dict[str, Any]]:
    """Return the requests for what is missing between the evidence and (read_at, received_at) of newer readings."""
    policy, known = rules.intake, [second for second, _ in before]
    asked: list[dict[str, Any]] = []
    for read_at, received_at in sorted(arrived) if known else ():
        since = datetime.fromtimestamp(known[-1], UTC)
        if read_at - since >= policy.gap_min:
            days = sorted({second // DAY_SECONDS for second in known})[-9:]
            steps = [later - earlier for earlier, later in pairwise(days)]
            is_usual = len(steps) < 2 or read_at - since < timedelta(days=policy.gap_spacings * median_high(steps))
            asked_from = max(since, received_at - policy.age_max)
            if not is_usual and asked_from < read_at:
                asked.append(
                    {
                        "specversion": "1.0",
                        "id": f"{car.vehicle_id}#{known[-1]}",
                        "source": "urn:peer",
                        "type": "ownerloop.vehicle.resync_requested.v1",
                        "subject": car.vehicle_id,
                        "data": {"vehicle_id": car.vehicle_id, "from": asked_from.isoformat(), "until": str(read_at)},
                    }
                )
        if read_at >= since:
            known.append(int(read_at.timestamp()))
    return asked
