"""The append-only log: one JSON object a line, on disk before anybody is answered."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def read_entries(path: Path) -> Iterator[Json]:
    """Yield the entries of a log in order; a last line that was cut off is no entry."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)


class Journal:
    """A log that one process writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        _cut_torn_line(path)
        self._file = path.open("ab")

    def entries(self) -> Iterator[Json]:
        """Yield what was written before, by this process or an earlier one."""
        return read_entries(self._path)

    def append(self, entries: Sequence[Json]) -> None:
        """Write the entries in one go and hand them to the system, so that a killed process keeps them."""
        lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        self._file.write(lines.encode())
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _cut_torn_line(path: Path) -> None:
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
