"""Jobs that fan out by store: one SQS message each, written and read here.

{"job": "plan_contacts", "store_id": "sh-pudong", "at": "2026-03-02T00:00:00+00:00"}
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ownerloop.adapters.queues import send_all
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.plans import Store


@dataclass(frozen=True, slots=True)
class StoreJob:
    """One job of one store, and the instant at which it was queued."""

    job: str
    store_id: str
    at: datetime


class SqsStoreJobs:
    """The queue of store jobs."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def enqueue(self, job: str, *, store_ids: Iterable[str], now: datetime) -> None:
        """Queue the job for each store, with the instant it belongs to."""
        send_all(self._queue_url, [written(StoreJob(job, store_id, now)) for store_id in store_ids])


def written(job: StoreJob) -> str:
    """Return the message body of a job."""
    return json.dumps({"job": job.job, "store_id": job.store_id, "at": job.at.isoformat()})


def read(body: str) -> StoreJob:
    """Return the job of a message body, or refuse it naming the field."""
    values = object_of(body)
    for name in ("job", "store_id", "at"):
        if not isinstance(values.get(name), str) or not values[name]:
            raise MalformedEventError(field=name, rule="must be a text that is not empty")
    return StoreJob(job=values["job"], store_id=values["store_id"], at=_instant(values["at"]))


def read_store(body: str, *, job: str, stores: Mapping[str, Store]) -> Store:
    """Return the store of a message body, or refuse another job or a store that we do not have."""
    queued = read(body)
    if queued.job != job:
        raise MalformedEventError(field="job", rule=f"must be {job}")
    if queued.store_id not in stores:
        raise MalformedEventError(field="store_id", rule="must be a store of ours", reason="unknown_store")
    return stores[queued.store_id]


def object_of(body: str) -> dict[str, Any]:
    """Return the values of a job's message body, or refuse what is no JSON object."""
    try:
        values = json.loads(body)
    except json.JSONDecodeError as error:
        raise MalformedEventError(field="body", rule="must be JSON") from error
    if not isinstance(values, dict):
        raise MalformedEventError(field="body", rule="must be an object")
    return values


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedEventError(field="at", rule="must be an instant") from error
    if at.tzinfo is None:
        raise MalformedEventError(field="at", rule="must name its zone")
    return at
