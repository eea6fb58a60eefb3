"""The local stack's moved clock and seeded surrogates. Built into the local layer only, never deployed."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path


class MovedClock:
    """Reads the instant that the driver wrote; time stands still until it writes the next one."""

    def now(self) -> datetime:
        """Return the driver's instant, or the machine's if the driver wrote none."""
        path = Path(os.environ.get("OWNERLOOP_LOCAL_CLOCK", ""))
        if not path.is_file():
            return datetime.now(UTC)
        return datetime.fromisoformat(path.read_text(encoding="utf-8").strip())


class SeededSurrogates:
    """Draws surrogates from the run's seed, so that two runs of one seed can be compared."""

    def fresh(self, prefix: str, *, of: str) -> str:
        """Return the surrogate of a digest under the run's seed."""
        seed = os.environ.get("OWNERLOOP_LOCAL_SEED", "0")
        return f"{prefix}_{hashlib.sha256(f'{seed}|{prefix}|{of}'.encode()).hexdigest()[:24]}"
