"""Moments of moto: what its tables, queues and buckets hold, kept and brought back in a few milliseconds."""

import pickle
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import model_data

from tests.tables import REGION


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything that functions can write to."""

    tables: dict[str, bytes]
    streams: dict[str, int]
    queues: dict[str, list[Any]]
    objects: dict[str, dict[Any, Any]]


def now() -> Moment:
    """Return the present moment."""
    tables, queues, buckets = _tables(), _queues(), _buckets()
    return Moment(
        tables={name: pickle.dumps(dict(table.items)) for name, table in tables.items()},
        streams={name: len(table.stream_shard.items) for name, table in tables.items() if table.stream_shard},
        queues={name: list(queue._messages) for name, queue in queues.items()},  # moto offers no other way
        objects={name: dict(bucket.keys) for name, bucket in buckets.items()},
    )


def bring_back(moment: Moment) -> None:
    """Bring a moment back, and let go of what moto made since then: it keeps hold of every table it ever copied."""
    for model in model_data["dynamodb"].values():
        model.instances_tracked.clear()  # type: ignore[attr-defined]  # moto calls it a mere object
    for name, table in _tables().items():
        table.items.clear()
        table.items.update(pickle.loads(moment.tables[name]))  # noqa: S301  # written a moment ago by this process
        if table.stream_shard:
            del table.stream_shard.items[moment.streams[name] :]
    for name, queue in _queues().items():
        queue._messages[:] = moment.queues[name]
    for name, bucket in _buckets().items():
        bucket.keys.clear()
        for key, held in moment.objects[name].items():
            bucket.keys[key] = held


def items() -> dict[str, list[dict[str, Any]]]:
    """Return the items of each table in DynamoDB's own JSON."""
    return {
        name: [item.to_json()["Attributes"] for by_range in table.items.values() for item in by_range.values()]
        for name, table in _tables().items()
    }


def bodies() -> dict[str, list[str]]:
    """Return the bodies in each queue."""
    return {name: [str(one.body) for one in queue._messages] for name, queue in _queues().items()}


def taken(queue: str) -> list[str]:
    """Return and remove the bodies of a queue."""
    messages = _queues()[queue]._messages
    found = [str(one.body) for one in messages]
    messages.clear()
    return found


def changes(table: str, *, since: int) -> list[dict[str, Any]]:
    """Return the records of a table's stream after so many."""
    shard = next(held.stream_shard for name, held in _tables().items() if name.endswith(table))
    return [record.to_json() for record in shard.items[since:]]


def files() -> dict[str, bytes]:
    """Return the objects of all buckets by their keys."""
    return {key: held.value for bucket in _buckets().values() for key, held in bucket.keys.items()}


def _tables() -> Any:
    return _backend("dynamodb").tables


def _queues() -> Any:
    return _backend("sqs").queues


def _buckets() -> Any:
    return get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"].buckets


def _backend(service: str) -> Any:
    return get_backend(service)[DEFAULT_ACCOUNT_ID][REGION]
