"""The clocks of complaints that ship with the package, in the version of a day, and the texts of the first reply."""

from datetime import date
from functools import cache

from ownerloop.adapters.calendars import workdays
from ownerloop.adapters.policy_rows import Row, in_force, rows_of
from ownerloop.adapters.store_zones import zone_of_store
from ownerloop.domain.complaint_clock import ClockPolicy, Stop, Term, Unit
from ownerloop.domain.complaint_reply import ReplyPolicy
from ownerloop.domain.complaints import ComplaintRules
from ownerloop.domain.speaking import FALLBACK_LANGUAGE, begins_with_sender

_FILE = "complaint_policy.json"
_DAY_HOURS = 24
_AFTER_MAX = {Unit.CLOCK_HOURS: 2_000, Unit.WORKING_HOURS: 400, Unit.WORKING_DAYS: 60}  # a quarter, about
_UNITS, _STOPS = frozenset(Unit), frozenset(Stop)


def complaint_rules() -> ComplaintRules:
    """Return the terms by the day of an opening, and when the people of a store work."""
    return ComplaintRules(policy_on=clock_policy, workdays=workdays(), zone_of=zone_of_store)


def clock_policy(on: date) -> ClockPolicy:
    """Return the policy in force on the day; a day before all versions gets the oldest."""
    return in_force(_clocks(), on)


def reply_policy(on: date) -> ReplyPolicy:
    """Return how the first reply is given on the day; a day before all versions gets the oldest."""
    return in_force(_replies(), on)


@cache
def _clocks() -> tuple[ClockPolicy, ...]:
    return tuple(map(read_clock_policy, rows_of(_FILE)))


@cache
def _replies() -> tuple[ReplyPolicy, ...]:
    return tuple(map(read_reply_policy, rows_of(_FILE)))


def read_clock_policy(row: Row) -> ClockPolicy:
    """Return the clocks of one row: levels 1 and up without a hole, terms that end, a working day that begins first."""
    terms = tuple(_term(term) for term in row.rows("terms"))
    if [term.level for term in terms] != list(range(1, len(terms) + 1)):
        raise row.refusal("terms", "must count their levels from 1 up without a hole")
    policy = ClockPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        terms=terms,
        callback_hours=row.whole("callback_hours", low=1),
        starts_at=row.clock("starts_at"),
        ends_at=row.clock("ends_at"),
    )
    if policy.callback_hours > _DAY_HOURS:
        raise row.refusal("callback_hours", f"must not be above {_DAY_HOURS}: the trade promises a day")
    if policy.ends_at <= policy.starts_at:
        raise row.refusal("ends_at", "must lie after starts_at")
    return policy


def read_reply_policy(row: Row) -> ReplyPolicy:
    """Return the replies of one row; each text begins with the sender."""
    by_language = row.row("replies")
    policy = ReplyPolicy(
        version=row.text("version"),
        effective_on=row.day("effective_on"),
        reply_hours=row.whole("reply_hours", low=1),
        replies_max=row.whole("replies_max"),
        texts={language: by_language.text(language) for language in by_language.values},
    )
    if FALLBACK_LANGUAGE not in policy.texts:
        raise row.refusal("replies", f"must hold {FALLBACK_LANGUAGE}")
    if not all(map(begins_with_sender, policy.texts.values())):
        raise row.refusal("replies", "must begin with the sender")
    return policy


def _term(row: Row) -> Term:
    unit = Unit(row.one_of("unit", _UNITS))
    term = Term(row.whole("level", low=1), row.whole("after", low=1), unit, Stop(row.one_of("unless", _STOPS)))
    if term.after > _AFTER_MAX[unit]:
        raise row.refusal("after", f"must not be above {_AFTER_MAX[unit]} {unit}")
    return term
