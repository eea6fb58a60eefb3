"""When a staff member confirms a task: soon, late or never, and only in working hours."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from infra.simulator.chance import draw
from infra.simulator.settings import Shares

STAFF_ZONE = ZoneInfo("Asia/Shanghai")
OPENS, CLOSES = time(8), time(21)
SOON_SECONDS = (5 * 60, 90 * 60)
LATE_SECONDS = (3 * 3600, 9 * 3600)
MORNING_SECONDS = (60, 45 * 60)


def confirm_at(created_at: datetime, *, shares: Shares, seed: int, recipient: str, text: str) -> datetime | None:
    """Return the instant of confirmation, or None if nobody ever confirms."""
    temper = draw(seed, "staff", recipient, text)
    if temper < shares.never:
        return None
    span = LATE_SECONDS if temper < shares.never + shares.late else SOON_SECONDS
    wished = created_at + _within(span, draw(seed, "delay", recipient, text))
    return _in_working_hours(wished, _within(MORNING_SECONDS, draw(seed, "morning", recipient, text)))


def _within(span: tuple[int, int], drawn: float) -> timedelta:
    low, high = span
    return timedelta(seconds=low + int((high - low) * drawn))


def _in_working_hours(wished: datetime, after_opening: timedelta) -> datetime:
    local = wished.astimezone(STAFF_ZONE)
    if OPENS <= local.time() < CLOSES:
        return wished
    day = local.date() + timedelta(days=1) if local.time() >= CLOSES else local.date()
    return (datetime.combine(day, OPENS, STAFF_ZONE) + after_opening).astimezone(wished.tzinfo)
