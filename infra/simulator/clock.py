"""The clock that the driver moves by writing an instant into a file."""

from datetime import UTC, datetime
from pathlib import Path


class Clock:
    """Reads the moved instant anew on every use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: datetime | None = None

    def now(self) -> datetime:
        """Return the instant in the file, or the system's while no file was ever there.

        A file caught half written, or between two versions, gives the last instant that was read.
        """
        if (moved := self._read()) is not None:
            self._last = moved
        return self._last or datetime.now(UTC)

    def _read(self) -> datetime | None:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            return instant(text.strip())
        except ValueError:
            return None


def instant(text: str) -> datetime:
    """Return the aware instant that an ISO-8601 text names, in UTC."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return parsed.astimezone(UTC)


def iso(at: datetime) -> str:
    """Return an instant as it stands in the log."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
