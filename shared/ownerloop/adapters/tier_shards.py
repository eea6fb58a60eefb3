"""The settlement of a large store in the shards of its index: what starts it, and what each of its steps is told.

{"step": "settle", "store_id": "sh-pudong", "as_of": "2026-03-02", "place": 7}
{"step": "publish", "store_id": "sh-pudong", "as_of": "2026-03-02",
 "crowds": [{"frequency": [[1, 9]], "money": [[800, 9]]}, ...]}
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ownerloop.adapters.dynamodb.client import client
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import SHARD_COUNT
from ownerloop.domain.plans import Store
from ownerloop.domain.tier_cuts import Crowd


@dataclass(frozen=True, slots=True)
class SettleShard:
    """One shard of a store's index, as of a day."""

    store: Store
    as_of: date
    place: int


@dataclass(frozen=True, slots=True)
class PublishCuts:
    """The crowds of all shards of a store, as of a day."""

    store: Store
    as_of: date
    crowds: tuple[Crowd, ...]


class StateMachineShards:
    """The state machine that settles a store's shards; an execution is named after store and day, so there is one."""

    def __init__(self, state_machine_arn: str) -> None:
        self._arn = state_machine_arn

    def start(self, store_id: str, *, as_of: date) -> None:
        """Start the settlement of the store as of the day, once however often it is asked for."""
        service = client("stepfunctions")
        work = {"store_id": store_id, "as_of": as_of.isoformat(), "places": list(range(SHARD_COUNT))}
        try:
            service.start_execution(
                stateMachineArn=self._arn, name=f"{store_id}-{as_of.isoformat()}", input=json.dumps(work)
            )
        except service.exceptions.ExecutionAlreadyExists:
            return


def read_step(event: Mapping[str, Any], *, stores: Mapping[str, Store]) -> SettleShard | PublishCuts:
    """Return what a step is told to do, or raise MalformedEventError naming the field."""
    store = stores.get(str(event.get("store_id")))
    if store is None:
        raise MalformedEventError(field="store_id", rule="must be a store of ours", reason="unknown_store")
    as_of = _day(event.get("as_of"))
    match event:
        case {"step": "settle", "place": int(place)} if 0 <= place < SHARD_COUNT:
            return SettleShard(store, as_of, place)
        case {"step": "publish", "crowds": list(crowds)} if len(crowds) == SHARD_COUNT:
            return PublishCuts(store, as_of, tuple(map(crowd_from, crowds)))
        case _:
            raise MalformedEventError(field="step", rule="must be settle with a place, or publish with every crowd")


def crowd_values(crowd: Crowd) -> dict[str, list[list[int]]]:
    """Return a crowd as JSON carries it: pairs of value and owners, by value."""
    return {
        "frequency": [list(pair) for pair in sorted(crowd.frequency.items())],
        "money": [list(pair) for pair in sorted(crowd.money.items())],
    }


def crowd_from(values: Mapping[str, Any]) -> Crowd:
    """Return the crowd of JSON's pairs."""
    return Crowd(dict(values["frequency"]), dict(values["money"]))


def _day(said: Any) -> date:
    try:
        return date.fromisoformat(str(said))
    except ValueError as error:
        raise MalformedEventError(field="as_of", rule="must be a day") from error
