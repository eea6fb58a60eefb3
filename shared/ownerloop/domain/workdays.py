"""Workdays, holidays and make-up days of a country, and when a store's workshop is open."""

from dataclasses import dataclass
from datetime import date, time, timedelta

_SATURDAY = 5
_RUN_MAX_DAYS = 31  # no run of free days is as long as a month; the bound of every walk
_HOUR_MINUTES = 60
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Workdays:
    """The days of a country that weekends do not tell: holidays, and weekend days worked in exchange.

    A year that is not announced has weekends, and the holidays that are known of it.
    """

    holidays: frozenset[date] = frozenset()
    makeup_days: frozenset[date] = frozenset()
    announced: frozenset[int] = frozenset()

    def knows(self, day: date) -> bool:
        """Return whether the holidays and make-up days of the day's year are announced."""
        return day.year in self.announced

    def is_makeup(self, day: date) -> bool:
        """Return whether a weekend day is worked in exchange for a free weekday."""
        return day in self.makeup_days

    def is_workday(self, day: date) -> bool:
        """Return whether offices work on the day."""
        if day in self.makeup_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def is_holiday(self, day: date) -> bool:
        """Return whether the day lies in a run of free days that holds a public holiday.

        So the weekend inside or beside a holiday belongs to it, as the yearly notices count their days.
        """
        return not self.is_workday(day) and any(each in self.holidays for each in self._free_run(day))

    def add_workdays(self, day: date, count: int) -> date:
        """Return the workday that many workdays after the day (negative: before it); 0 is the day itself."""
        step = _ONE if count >= 0 else -_ONE
        left = abs(count)
        for _ in range(left * _RUN_MAX_DAYS):
            if not left:
                break
            day += step
            left -= self.is_workday(day)
        return day

    def _free_run(self, day: date) -> list[date]:
        run = [day]
        for step in (-_ONE, _ONE):
            each = day + step
            while not self.is_workday(each) and len(run) <= _RUN_MAX_DAYS:
                run.append(each)
                each += step
        return run


@dataclass(frozen=True, slots=True)
class Opening:
    """From when to when a workshop is open on a day, on the store's clock."""

    opens_at: time
    closes_at: time

    @property
    def minutes(self) -> int:
        """Return how long the workshop is open, in whole minutes."""
        return _minute_of(self.closes_at) - _minute_of(self.opens_at)


@dataclass(frozen=True, slots=True)
class OpeningWeek:
    """A store's ordinary week, Monday first (None: closed), and what it does when the week is not ordinary."""

    days: tuple[Opening | None, ...]
    closed_on_holidays: bool
    open_on_makeup_days: bool


def opening_of(week: OpeningWeek, workdays: Workdays, day: date) -> Opening | None:
    """Return when the workshop is open on the day, or None if it is closed.

    On a make-up day a weekday that is closed otherwise has the hours of the week's first open day.
    """
    ordinary = week.days[day.weekday()]
    if workdays.is_makeup(day):
        first = next((opening for opening in week.days if opening), None)
        return ordinary or (first if week.open_on_makeup_days else None)
    if week.closed_on_holidays and workdays.is_holiday(day):
        return None
    return ordinary


def _minute_of(clock: time) -> int:
    return clock.hour * _HOUR_MINUTES + clock.minute
