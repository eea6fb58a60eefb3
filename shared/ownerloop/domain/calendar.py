"""Civil days, quiet hours and month arithmetic in a named zone."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FALLBACK_ZONE = "Asia/Shanghai"


def zone_of(*names: str | None) -> ZoneInfo:
    """Return the first zone that exists, else Asia/Shanghai; a bad name never raises and never means UTC."""
    for name in names:
        if zone := known_zone(name):
            return zone
    return ZoneInfo(FALLBACK_ZONE)


@lru_cache(maxsize=1_024)  # asked for every owner and store; the zones of a process do not change
def known_zone(name: str | None) -> ZoneInfo | None:
    """Return the zone of the name, or None where there is no such zone."""
    # Unknown, no relative path, and the name of a folder like "Asia".
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name) if name else None
    return None


def civil_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the owner's calendar day at an aware instant."""
    return instant.astimezone(zone).date()


@lru_cache(maxsize=4_096)  # a person's contacts are all decided on the same few days
def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant (UTC) whose civil day is `day` or later; a day may lack its midnight or be skipped."""
    guess = datetime.combine(day, time(0), zone).astimezone(UTC) - timedelta(hours=26)
    low, high = int(guess.timestamp()), int(guess.timestamp()) + 60 * 3600
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).date() >= day:
            high = middle
        else:
            low = middle + 1
    return datetime.fromtimestamp(low, UTC)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant (UTC) after the civil day."""
    return start_of_day(day + timedelta(days=1), zone)


@lru_cache(maxsize=32_768)  # a car's limits hang on the same few days whenever it reports
def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, clamped to the month's last day (31 Aug + 6 months = 28 or 29 Feb)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of the local clock in which no message of ours starts; may wrap over midnight."""

    starts_at: time
    ends_at: time

    def covers(self, instant: datetime, zone: ZoneInfo) -> bool:
        """Return whether the instant lies in quiet hours on the owner's clock."""
        clock = instant.astimezone(zone).time().replace(tzinfo=None)
        if self.starts_at == self.ends_at:
            return False
        if self.starts_at < self.ends_at:
            return self.starts_at <= clock < self.ends_at
        return clock >= self.starts_at or clock < self.ends_at

    def next_end(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return the first instant (UTC) at or after `instant` that is outside quiet hours."""
        return self._first(instant, zone, quiet=False)

    def next_start(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return the first instant (UTC) at or after `instant` inside quiet hours, or two days on if there are none."""
        return self._first(instant, zone, quiet=True)

    def _first(self, instant: datetime, zone: ZoneInfo, *, quiet: bool) -> datetime:
        return _first_turn(self, instant.astimezone(UTC), zone, quiet)


@lru_cache(maxsize=4_096)  # a person's contacts are all decided at one instant
def _first_turn(hours: QuietHours, at: datetime, zone: ZoneInfo, quiet: bool) -> datetime:  # noqa: FBT001  # of a cache's key
    # Between two shifts of the zone's offset the next change is arithmetic; a shift is looked at as it comes.
    horizon = at + timedelta(days=2)
    turns_at = hours.starts_at if quiet else hours.ends_at
    while at < horizon:
        if hours.covers(at, zone) is quiet:
            return at
        turn = at + _until(turns_at, at.astimezone(zone).time())
        at = _first_shift(at, turn, zone) or turn
    return horizon


def _until(clock: time, now: time) -> timedelta:
    day = date(2000, 1, 1)
    wait = datetime.combine(day, clock) - datetime.combine(day, now)
    return wait if wait > timedelta(0) else wait + timedelta(days=1)


def _first_shift(after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first whole second after `after` with another offset from UTC, or None if `until` has the same."""
    held = after.astimezone(zone).utcoffset()
    if until.astimezone(zone).utcoffset() == held:
        return None
    low, high = int(after.timestamp()), int(until.timestamp()) + 1
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == held:
            low = middle + 1
        else:
            high = middle
    return datetime.fromtimestamp(low, UTC)
