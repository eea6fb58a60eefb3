"""Whether others are told again when a car is due, and the day on which planning looks at it."""

from collections.abc import Sequence
from datetime import date, timedelta

from ownerloop.domain.changing import maker_of
from ownerloop.domain.vehicle import ItemForecast, Told, Vehicle

_FAR_DAYS = 28  # nearer than this a car is looked at on its reminder day itself
_EARLY = 4  # farther away it is looked at when three of this many parts of the time have passed
_LATE = timedelta(days=1)  # planning begins each day with the day before
_told = maker_of(Told)


def known(car: Vehicle) -> Told:
    """Return what others know of the car: what they were told, which is what it holds unless `told` says otherwise."""
    if car.told is not None:
        return car.told
    return _told(car.remind_on, car.forecast.items if car.forecast else ())


def told_after(car: Vehicle, items: Sequence[ItemForecast], remind_on: date | None) -> Told | None:
    """Return the car's `told` for when it holds these items and this reminder day, and nobody hears of it."""
    if car.told is None and car.forecast and remind_on == car.remind_on and _are_alike(car.forecast.items, items):
        return None
    return known(car)


def is_news(
    told: Told, items: Sequence[ItemForecast], remind_on: date | None, *, as_of: date, tolerance_percent: int
) -> bool:
    """Return whether others must hear of these items and this reminder day.

    They must where an item or a severity is another one, or where a median, a P90 or the reminder day moved by more
    than the tolerance, a share of the days that were left until then: near days are told to the day.
    """
    if len(told.items) != len(items):
        return True
    for was, now in zip(told.items, items, strict=True):
        if was.item != now.item or was.severity != now.severity:
            return True
        if was.due_p50 != now.due_p50 and _has_moved(was.due_p50, now.due_p50, as_of, tolerance_percent):
            return True
        if was.due_p90 != now.due_p90 and _has_moved(was.due_p90, now.due_p90, as_of, tolerance_percent):
            return True
    if told.remind_on == remind_on:
        return False
    if told.remind_on is None or remind_on is None:
        return True
    return _has_moved(max(told.remind_on, as_of), remind_on, as_of, tolerance_percent)  # at once stays at once


def look_day(held: date | None, remind_on: date | None, *, as_of: date) -> date | None:
    """Return the day on which planning looks at the car: never after its reminder day, and seldom another one.

    A day that was set stays while it is not too late. A far reminder day is looked at early, so that most of its moves
    leave the look where it is; planning reckons it anew then.
    """
    if remind_on is None:
        return None
    if held is not None and as_of - _LATE <= held <= remind_on:
        return held
    ahead = (remind_on - as_of).days
    return remind_on - timedelta(days=ahead // _EARLY) if ahead > _FAR_DAYS else remind_on


def _has_moved(was: date, now: date, as_of: date, tolerance_percent: int) -> bool:
    left = max((was - as_of).days, 0)
    return abs((now - was).days) * 100 > left * tolerance_percent


def _are_alike(was: Sequence[ItemForecast], now: Sequence[ItemForecast]) -> bool:
    if len(was) != len(now):
        return False
    for old, new in zip(was, now, strict=True):
        is_due_alike = old.due_p50 == new.due_p50 and old.due_p90 == new.due_p90
        if not is_due_alike or old.item != new.item or old.severity != new.severity:
            return False
    return True
