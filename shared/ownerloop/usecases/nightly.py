"""How a night's job begins: one message a store."""

from collections.abc import Mapping
from datetime import datetime

from ownerloop.domain.plans import Store
from ownerloop.ports import StoreJobs


def queue_every_store(job: str, stores: Mapping[str, Store], *, jobs: StoreJobs, now: datetime) -> list[str]:
    """Queue the job once for each store and return the stores in order."""
    every = sorted(stores)
    jobs.enqueue(job, store_ids=every, now=now)
    return every
