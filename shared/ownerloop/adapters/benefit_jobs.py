"""Work of the benefits as it lies in their queue: a store of the night, or an owner of whom something new is known.

The first is a store job (`store_jobs`); the second is an event of the bus as EventBridge hands it on, in `detail`.
"""

import json
from collections.abc import Mapping
from typing import Any

from ownerloop.adapters.store_jobs import read_store
from ownerloop.contracts.portrait_events import PORTRAIT_ASKED
from ownerloop.contracts.tier_events import TIER_CHANGED
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.granting import OwnerMoved
from ownerloop.domain.plans import Store

_CAUSES = {TIER_CHANGED: "tier", PORTRAIT_ASKED: "asked"}


def read_work(body: str, *, job: str, stores: Mapping[str, Store]) -> Store | OwnerMoved:
    """Return the store or the owner that the message names, or refuse it naming the field."""
    detail = _detail(body)
    return read_store(body, job=job, stores=stores) if detail is None else _changed(detail)


def _detail(body: str) -> Any:
    try:
        values = json.loads(body)
    except json.JSONDecodeError as error:
        raise MalformedEventError(field="body", rule="must be JSON") from error
    return values.get("detail") if isinstance(values, dict) else None


def _changed(detail: Any) -> OwnerMoved:
    # Read like a feed: whatever the event gains later is nothing to stop at.
    match detail:
        case {"type": str(kind), "id": str(event_id), "data": {"person_id": str(person_id)}} if kind in _CAUSES:
            began = detail.get("correlationid")
            cause = f"{_CAUSES[kind]}#{event_id}"
            return OwnerMoved(person_id, cause, correlation_id=began if isinstance(began, str) else cause)
        case _:
            raise MalformedEventError(
                field="detail", rule="must be a tier that changed, or a portrait that is asked for"
            )
