"""Makers' records with anything in any place: never a crash, and whatever is told can be written and read again."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ownerloop.adapters.formats.event import RefusedRecordError
from ownerloop.adapters.formats.registry import decoded, manifests
from ownerloop.adapters.formats.telemetry import to_telemetry
from ownerloop.contracts import hot

FOLDER = Path(__file__).parents[3] / "events" / "formats"
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    3.5,
    10**30,
    1e300,
    "",
    "x",
    "NaN",
    "12e9",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"value": {}},
    {"data": {"data": None}},
    {"value": [], "unit": 7},
    {"value": 1, "unit": []},
    {"km": "x"},
    {"year": "x", "month": 99},
    "2026-99-99",
    "2026-03-02",
    "2099-12-31T23:59:59-12:00",
]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield (*path, key)
        yield from _places(below, (*path, key))


def _spoiled(record: Any, chance: random.Random) -> Any:
    spoiled = json.loads(json.dumps(record))
    *way, last = chance.choice(list(_places(spoiled)))
    at = spoiled
    for key in way:
        at = at[key]
    at[last] = chance.choice(ODD)
    return spoiled


def test_anything_in_any_place_is_told_with_care_or_refused() -> None:
    chance = random.Random(7)
    told = 0

    for name in manifests():
        text = next(FOLDER.glob(f"{name}.*")).read_text(encoding="utf-8")
        records = [json.loads(line) for line in text.splitlines()] if name == "vss" else [json.loads(text)]
        for _ in range(300):
            spoiled = _spoiled(chance.choice(records), chance)
            for result in decoded(name, json.dumps([spoiled]).encode()):
                if result.event is not None:
                    told += 1
                    json.dumps(result.event.as_json(), allow_nan=False)
                    _take(result.event)

    assert told > 1000


def _take(event: Any) -> None:
    try:
        telemetry = to_telemetry(event)
    except RefusedRecordError:
        return
    hot.read(json.dumps(telemetry).encode())
