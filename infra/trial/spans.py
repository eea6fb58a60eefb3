"""How long a trial runs, and which of its days are reported."""

from datetime import date

STARTS_ON = date(2025, 1, 1)  # the years around it are announced; the reported year holds Spring Festival 2026
HISTORY_DAYS = 540  # driven before the start; readings of the last 82 weeks are what a car keeps
WARM_DAYS = 120  # not counted: a programme that starts has nobody who is due tomorrow, and nothing learned
TAIL_DAYS = 75  # the trial runs on after its last counted day, so that whoever falls due on it has answered


def width_of(days: int) -> int:
    """Return how many days are run so that so many are reported."""
    return WARM_DAYS + days + TAIL_DAYS
