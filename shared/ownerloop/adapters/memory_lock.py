"""What all twins in memory share: one lock, and the hook before each read and write."""

from collections.abc import Callable
from threading import RLock

OnOperation = Callable[[str], None]
LOCK = RLock()  # one for all twins, so that what is one transaction in the tables is one in memory


def at_once(operation: str) -> None:
    """Let the operation happen at once."""
