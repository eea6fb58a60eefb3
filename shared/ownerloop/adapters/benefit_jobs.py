"""Work of the benefits as it lies in their queue: a store of the night, or an owner whose tier changed.

The first is a store job (`store_jobs`); the second is the event of the bus as EventBridge hands it on, ours in `detail`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ownerloop.adapters.store_jobs import read_store
from ownerloop.contracts.tier_events import TierChangedV1
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.plans import Store


@dataclass(frozen=True, slots=True)
class PersonWork:
    """One owner to settle at once, and what caused it."""

    person_id: str
    cause: str


def read_work(body: str, *, job: str, stores: Mapping[str, Store]) -> Store | PersonWork:
    """Return the store or the owner that the message names, or refuse it naming the field."""
    detail = _detail(body)
    return read_store(body, job=job, stores=stores) if detail is None else _changed(detail)


def _detail(body: str) -> Any:
    try:
        values = json.loads(body)
    except json.JSONDecodeError as error:
        raise MalformedEventError(field="body", rule="must be JSON") from error
    return values.get("detail") if isinstance(values, dict) else None


def _changed(detail: Any) -> PersonWork:
    try:
        event = TierChangedV1.model_validate(detail)
    except ValueError as error:
        raise MalformedEventError(field="detail", rule="must be a tier that changed") from error
    return PersonWork(person_id=event.data.person_id, cause=f"tier#{event.id}")
