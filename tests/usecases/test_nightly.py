"""How a night's job begins."""

from ownerloop.adapters.memory_contacts import MemoryStoreJobs
from ownerloop.usecases.nightly import queue_every_store
from tests.builders import START, a_store


def test_every_store_gets_its_job_of_the_night() -> None:
    jobs = MemoryStoreJobs()

    queued = queue_every_store("settle_tiers", {"b": a_store(), "a": a_store()}, jobs=jobs, now=START)

    assert queued == ["a", "b"]
    assert jobs.queued == [("settle_tiers", "a", START), ("settle_tiers", "b", START)]
