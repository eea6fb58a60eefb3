"""The moved clock: one file that the local functions and the simulated provider read."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClockFile:
    """Time stands still at the instant in the file until the next one is written."""

    path: Path

    def now(self) -> datetime:
        """Return the instant that everybody reads now."""
        return datetime.fromisoformat(self.path.read_text(encoding="utf-8").strip()).astimezone(UTC)

    def move_to(self, instant: datetime) -> None:
        """Write the next instant in one step, so that nobody reads half of it; time never runs back."""
        if self.path.is_file() and instant < self.now():
            raise ValueError(
                f"the clock stands at {self.now().isoformat()} and cannot go back to {instant.isoformat()}"
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        written = self.path.with_name(self.path.name + ".next")
        written.write_text(instant.astimezone(UTC).isoformat() + "\n", encoding="utf-8")
        os.replace(written, self.path)
