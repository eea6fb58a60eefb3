"""The clocks of a complaint: what must have happened by when, on people's clocks and on the working calendar."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from ownerloop.domain.workdays import Workdays

_WALK_MAX_DAYS = 400  # no term runs longer; the bound of every walk


class Unit(StrEnum):
    """What a term is counted in. Only clock hours go on at night, at weekends and on holidays."""

    CLOCK_HOURS = "clock_hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


class Stop(StrEnum):
    """What keeps a step from being taken."""

    ASSIGNED = "assigned"
    CALLED_BACK = "called_back"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Term:
    """One step of escalation: after so many units it is taken, unless it was stopped before."""

    level: int
    after: int
    unit: Unit
    unless: Stop


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """The terms of complaints and the hours in which people work, on the store's clock."""

    version: str
    effective_on: date
    terms: tuple[Term, ...]
    callback_hours: int
    starts_at: time
    ends_at: time


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When people of a store work: from when to when on a workday, on its clock."""

    workdays: Workdays
    zone: tzinfo
    starts_at: time
    ends_at: time

    def after_hours(self, at: datetime, hours: int) -> datetime:
        """Return the instant by which so many hours were worked after the instant."""
        left = timedelta(hours=hours)
        local = at.astimezone(self.zone)
        for ahead in range(_WALK_MAX_DAYS):
            day = local.date() + timedelta(days=ahead)
            if not self.workdays.is_workday(day):
                continue
            start = max(local, datetime.combine(day, self.starts_at, self.zone))
            worked = datetime.combine(day, self.ends_at, self.zone) - start
            if worked >= left:
                return (start + left).astimezone(at.tzinfo)
            left -= max(worked, timedelta())
        raise ValueError("the working hours or the workdays of the calendar are empty")

    def after_days(self, at: datetime, days: int) -> datetime:
        """Return the end of work on the workday that many workdays after the instant's day."""
        day = self.workdays.add_workdays(at.astimezone(self.zone).date(), days)
        return datetime.combine(day, self.ends_at, self.zone).astimezone(at.tzinfo)


@dataclass(frozen=True, slots=True)
class Step:
    """One level of escalation and the instant at which it is taken, unless what it waits for happened before."""

    level: int
    due_at: datetime
    unless: Stop


def calendar_of(policy: ClockPolicy, *, workdays: Workdays, zone: tzinfo) -> WorkingCalendar:
    """Return when the people of a store work."""
    return WorkingCalendar(workdays, zone, policy.starts_at, policy.ends_at)


def callback_due(opened_at: datetime, *, policy: ClockPolicy) -> datetime:
    """Return the instant by which the owner must have been called back: people's hours, holidays or not."""
    return opened_at + timedelta(hours=policy.callback_hours)


def steps(opened_at: datetime, *, policy: ClockPolicy, calendar: WorkingCalendar) -> tuple[Step, ...]:
    """Return the steps of a complaint in the order of their levels, no step due after the one above it.

    So a promise kept by the wall clock never waits for a term that stands still over a holiday: the level below comes
    forward. They hang on the opening alone, so whoever computes them, whenever, gets the same.
    """
    found: list[Step] = []
    for term in sorted(policy.terms, key=lambda term: -term.level):
        due_at = _due(opened_at, term, calendar)
        latest = found[-1].due_at if found else due_at
        found.append(Step(term.level, min(due_at, latest), term.unless))
    return tuple(reversed(found))


def _due(opened_at: datetime, term: Term, calendar: WorkingCalendar) -> datetime:
    match term.unit:
        case Unit.CLOCK_HOURS:
            return opened_at + timedelta(hours=term.after)
        case Unit.WORKING_HOURS:
            return calendar.after_hours(opened_at, term.after)
        case Unit.WORKING_DAYS:
            return calendar.after_days(opened_at, term.after)
