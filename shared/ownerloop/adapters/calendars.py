"""The calendars that ship with the package, and a store's opening week as its data states it."""

from datetime import date, time
from functools import cache

from ownerloop.adapters.policy_rows import PolicyDataError, Row, rows_of
from ownerloop.domain.workdays import Opening, OpeningWeek, Workdays

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ENDS = 2  # an opening has a start and an end


def workdays(country: str = "CN") -> Workdays:
    """Return the workdays of a country in the newest version; a country outside the file has weekends only."""
    return _calendars().get(country, Workdays())


@cache
def _calendars() -> dict[str, Workdays]:
    return read_calendars(rows_of("calendars.json")[-1])


def read_calendars(row: Row) -> dict[str, Workdays]:
    """Return the workdays by country of one row; a holiday is never a make-up day, and a make-up day is a weekend's."""
    return {country.text("country"): _read_country(country) for country in row.rows("countries")}


def _read_country(row: Row) -> Workdays:
    free: set[date] = set()
    worked: set[date] = set()
    announced: set[int] = set()
    for year in row.rows("years"):
        number = year.whole("year", low=1)
        free |= _days(year, "holidays", number)
        worked |= _days(year, "workdays", number)
        if year.flag("announced"):
            announced.add(number)
    if free & worked or any(day.weekday() < _WEEK.index("sat") for day in worked):
        raise row.refusal("years", "must hold make-up days on weekends that are no holidays")
    return Workdays(frozenset(free), frozenset(worked), frozenset(announced))


def _days(row: Row, name: str, year: int) -> set[date]:
    values = row.values.get(name)
    if not isinstance(values, list):
        raise row.refusal(name, "must be a list of days")
    try:
        days = {date.fromisoformat(str(value)) for value in values}
    except ValueError as error:
        raise row.refusal(name, "must be a list of days") from error
    if len(days) < len(values) or any(day.year != year for day in days):
        raise row.refusal(name, "must hold days of its year, each once")
    return days


def read_week(row: Row) -> OpeningWeek:
    """Return a store's week from `opening` (mon to sun, each a start and an end, or null) and its two flags."""
    opening = row.row("opening")
    if set(opening.values) != set(_WEEK):
        raise row.refusal("opening", f"must name {', '.join(_WEEK)}")
    days = tuple(_opening(opening, name) for name in _WEEK)
    if not any(days):
        raise row.refusal("opening", "must be open on some day")
    return OpeningWeek(days, row.flag("closed_on_holidays"), row.flag("open_on_makeup_days"))


def _opening(row: Row, name: str) -> Opening | None:
    ends = row.values[name]
    if ends is None:
        return None
    if not isinstance(ends, list) or len(ends) != _ENDS:
        raise row.refusal(name, "must be a start and an end, or null")
    opens_at, closes_at = (_clock(row, name, end) for end in ends)
    if opens_at >= closes_at:
        raise row.refusal(name, "must end after it starts")
    return Opening(opens_at, closes_at)


def _clock(row: Row, name: str, value: object) -> time:
    try:
        return time.fromisoformat(str(value))
    except ValueError as error:
        refusal: PolicyDataError = row.refusal(name, "must hold times of day, HH:MM")
        raise refusal from error
