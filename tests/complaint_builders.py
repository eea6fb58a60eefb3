"""Complaints with defaults: only what matters is said."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ownerloop.adapters.calendars import workdays
from ownerloop.domain.cases import Case
from ownerloop.domain.complaint_clock import ClockPolicy, Stop, Term, Unit
from ownerloop.domain.complaints import ComplaintRules, Telling, opened

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
EVE = datetime(2026, 9, 30, 8, 30, tzinfo=UTC)  # 16:30 in Shanghai, before the week of National Day 2026
CASE_KEY = "k_" + 24 * "c"
PERSON = "p_" + 24 * "1"


def a_clock_policy(*, version: str = "complaint-1") -> ClockPolicy:
    return ClockPolicy(
        version=version,
        effective_on=date(2014, 1, 1),
        terms=(
            Term(1, 4, Unit.WORKING_HOURS, Stop.ASSIGNED),
            Term(2, 24, Unit.CLOCK_HOURS, Stop.CALLED_BACK),
            Term(3, 3, Unit.WORKING_DAYS, Stop.CLOSED),
        ),
        callback_hours=24,
        starts_at=time(9),
        ends_at=time(18),
    )


def complaint_rules() -> ComplaintRules:
    return ComplaintRules(policy_on=lambda _: a_clock_policy(), workdays=workdays(), zone_of=lambda _: SHANGHAI)


def a_telling(at: datetime, *, told_at: datetime | None = None, now: datetime | None = None) -> Telling:
    return Telling(at, told_at=told_at or at, now=now or told_at or at)


def a_complaint(
    *, at: datetime = EVE, case_key: str = CASE_KEY, told_at: datetime | None = None, store_id: str = "sh-pudong"
) -> Case:
    """Return a complaint that was opened and written once."""
    case = Case(case_key=case_key, person_id=PERSON, version=1)
    return opened(case, a_telling(at, told_at=told_at), topic="noise", store_id=store_id)
