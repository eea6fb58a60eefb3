"""What a run leaves behind, in a form in which two runs can be compared."""

import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from ownerloop.adapters.dynamodb.items import unpacked
from ownerloop.adapters.dynamodb.point_items import ENTRY
from ownerloop.adapters.envelope import unpack
from ownerloop.adapters.history import unpack_rows
from tests.crash import moments
from tests.crash.world import World

PACKED = {"VehicleDataQueue", "EnrolmentQueue", "InteractionQueue"}
# What may differ between a run with a fault and one without: a token by which a writer knows its own write again,
# and the number of times an item was written.
FREE = {"nonce", "version"}
# Raw history and queues are at least once: what stands there twice counts once.


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that can be seen from outside after a run, by place."""

    places: dict[str, frozenset[str]]

    def differences(self, other: "Account") -> list[str]:
        """Return what this one lacks or has beside the other, a line a difference."""
        lines: list[str] = []
        for place in sorted(self.places.keys() | other.places.keys()):
            mine, theirs = self.places.get(place, frozenset()), other.places.get(place, frozenset())
            lines += [f"{place} lacks {one}" for one in sorted(theirs - mine)]
            lines += [f"{place} has {one}" for one in sorted(mine - theirs)]
        return lines


def account_of(world: World) -> Account:
    """Return the account of a world."""
    places = {name: _counted(map(_item, held)) for name, held in moments.items().items()}
    places |= {
        name: frozenset(one for body in held for one in _in(name, body)) for name, held in moments.bodies().items()
    }
    places["lake"] = frozenset(row for key, body in moments.files().items() for row in _rows(key, body))
    places["bus"] = frozenset(map(_text, world.edge.published))
    places["starts"] = frozenset(map(_text, world.edge.started))
    places["executions"] = frozenset(map(_text, world.edge.executed))
    places["provider"] = frozenset(f"{place} {task}" for place, task in enumerate(world.provider.book))
    return Account({name: held for name, held in places.items() if held})


def _item(item: dict[str, Any]) -> str:
    """Return an item without what is free; a ledger numbers its entries, and holds its lots, as they came."""
    held = {name: value for name, value in item.items() if name not in FREE}
    if held["sk"]["S"].startswith(ENTRY):
        held["sk"] = ENTRY
    if "lots" in held:
        held["lots"] = sorted(map(_text, unpacked(held["lots"]["B"])))
    return _text(held)


def _counted(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text if many == 1 else f"{many} times {text}" for text, many in Counter(texts).items())


def _in(queue: str, body: str) -> list[str]:
    if queue == "HistoryQueue" and body.startswith("{"):
        dataset, rows = unpack_rows(body)
        return [f"{dataset} {_text(row)}" for row in rows]
    if queue in PACKED:
        return [_text(json.loads(event)) for event in unpack(body).events]
    return [body]


def _rows(key: str, body: bytes) -> list[str]:
    if not key.endswith(".parquet"):
        return [f"{key} {body!r}"]
    dataset = key.split("/")[1]
    return [f"{dataset} {_text(row)}" for row in pq.read_table(io.BytesIO(body)).to_pylist()]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
