"""A history in a file: what was told and what went wrong, enough to play it again with the same version."""

import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infra.simulation.faults import Place
from infra.simulation.told import Key, Story, from_row

VERSION = 2  # of the draws and the schedule: a history of another version would play otherwise


class HistoryError(Exception):
    """A file is no history that can be played here."""


def written(story: Story, faults: Collection[Place], *, broken: Collection[str]) -> str:
    """Return the text of a history's file."""
    row = {
        "version": VERSION,
        "seed": story.seed,
        "main_ms": story.main_ms,
        "ends_ms": story.ends_ms,
        "broken": sorted(broken),
        "keys": [asdict(key) for key in story.keys],
        "events": [told.as_row() for told in story.told],
        "faults": [list(place) for place in faults],
    }
    return json.dumps(row, indent=1) + "\n"


def read(path: Path) -> tuple[Story, list[Place]]:
    """Return the story and the faults of a file, or raise HistoryError."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise HistoryError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise HistoryError(f"{path} is no JSON") from error
    if not isinstance(row, dict) or row.get("version") != VERSION:
        held = row.get("version") if isinstance(row, dict) else None
        raise HistoryError(f"{path} is a history of version {held}; this is version {VERSION}")
    try:
        return _story(row), [(str(key), int(operation)) for key, operation in row["faults"]]
    except KeyError as error:
        raise HistoryError(f"{path} lacks {error}") from error
    except TypeError as error:
        raise HistoryError(f"{path} holds something else than a history: {error}") from error
    except ValueError as error:
        raise HistoryError(f"{path} holds something else than a history: {error}") from error


def _story(row: dict[str, Any]) -> Story:
    return Story(
        seed=int(row["seed"]),
        keys=tuple(Key(**{**key, "cars": tuple(key["cars"])}) for key in row["keys"]),
        told=tuple(from_row(told) for told in row["events"]),
        main_ms=int(row["main_ms"]),
        ends_ms=int(row["ends_ms"]),
    )
