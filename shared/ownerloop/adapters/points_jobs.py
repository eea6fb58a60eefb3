"""Jobs that fan out by shard of the accounts: one SQS message each, written and read here.

{"job": "expire_points", "shard": 3, "at": "2026-06-01T18:30:00+00:00"}
"""

import json
from collections.abc import Iterable
from datetime import datetime

from ownerloop.adapters.queues import send_all
from ownerloop.adapters.store_jobs import object_of
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import SHARD_COUNT

JOB = "expire_points"


class SqsPointsJobs:
    """The queue of the jobs."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def enqueue(self, places: Iterable[int], *, now: datetime) -> None:
        """Queue the night's expiry for each shard."""
        bodies = [json.dumps({"job": JOB, "shard": place, "at": now.isoformat()}) for place in places]
        send_all(self._queue_url, bodies)


def read_shard(body: str) -> int:
    """Return the shard of a message body, or refuse another job or a shard that there is not."""
    values = object_of(body)
    if values.get("job") != JOB:
        raise MalformedEventError(field="job", rule=f"must be {JOB}")
    place = values.get("shard")
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < SHARD_COUNT:
        raise MalformedEventError(field="shard", rule=f"must be a whole number from 0 to {SHARD_COUNT - 1}")
    return place
