"""A store's workshop through the year of one arm: the product's own days, and what was asked of each of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import numpy as np

from infra.trial.world import VISIT_MINUTES, World, mirrored
from ownerloop.domain.rate import FloatArray, IntArray
from ownerloop.domain.workshop import (
    Asked,
    BookingPolicy,
    BookingState,
    Day,
    JobClass,
    WorkshopRules,
    capacity,
)
from ownerloop.domain.workshop_day import Outcome, Terms, book, cancel, finish, miss

_OFFERED_DAYS = 3  # open days on which an owner without a place is offered another
_DAY_MINUTES = 24 * 60
_WEEK = 7
Cycle = tuple[int, int]  # a car and the number of its due cycle
POLICY = BookingPolicy(
    version="trial",
    effective_on=date(2014, 1, 1),
    waitlist_max=4,
    promised_max=0,
    horizon_days=365,
    open_per_car_max=1,
    promotion_priority=50,
)


class Wish(NamedTuple):
    """One owner's booking: the car and its cycle, and the share of the day at which it would be best."""

    car: int
    cycle: int
    hour: float


@dataclass(frozen=True, slots=True)
class Evening:
    """What became of a day: which reminded owners came and which did not, and how many walk-ins found no place."""

    done: tuple[Cycle, ...]
    missed: tuple[Cycle, ...]
    sent_away: int


@dataclass(slots=True)
class Shop:
    """One store's days in one arm; a day is its place from the year's first."""

    world: World
    store: int
    held: dict[int, Day] = field(default_factory=dict)
    on_day: dict[str, int] = field(default_factory=dict)  # open bookings by key
    asked: FloatArray = field(init=False)  # minutes wished for each day, whatever became of the wish
    capacity: FloatArray = field(init=False)
    open_days: IntArray = field(init=False)
    beside: tuple[IntArray, IntArray] = field(init=False)  # of each day: the open days asked for in its place

    def __post_init__(self) -> None:
        openings = self.world.openings[self.store]
        self.asked = np.zeros(self.world.width)
        self.capacity = np.array([capacity(self.rules, opening).total for opening in openings], dtype=np.float64)
        self.open_days = np.flatnonzero(self.capacity > 0)
        self.beside = mirrored(self.capacity > 0)

    @property
    def rules(self) -> WorkshopRules:
        """Return what the workshop has."""
        return self.world.rules[self.store]

    def wished(self, day: int, *, since: int, is_later: bool) -> int:
        """Return the open day that an owner asks for who would come on `day`; nobody asks for a day before `since`."""
        earlier, later = int(self.beside[0][day]), int(self.beside[1][day])
        return later if is_later or earlier < since else earlier

    def ask(self, wish: Wish, day: int, *, is_patient: bool) -> BookingState:
        """Return what became of a wish for the day: a place there or, if patient, on one of the next; else it waits."""
        key = f"{wish.car}-{wish.cycle}"
        self.asked[day] += VISIT_MINUTES
        first = self._book(day, key, wish)
        if first.booking.state is not BookingState.BOOKED and is_patient:
            later = self.open_days[np.searchsorted(self.open_days, day, side="right") :][:_OFFERED_DAYS]
            for other in later.tolist():
                outcome = self._book(other, key, wish)
                if outcome.booking.state is BookingState.BOOKED:
                    self._keep(other, key, outcome)
                    return BookingState.BOOKED
        if first.booking.state is not BookingState.REFUSED:
            self._keep(day, key, first)
        return first.booking.state

    def cancel(self, key: str) -> None:
        """Give a booking's place back; whoever waits for that day takes it."""
        day = self.on_day.pop(key, None)
        outcome = None if day is None else cancel(self._day(day), key, terms=self._terms(day))
        if day is not None and outcome is not None:
            self.held[day] = outcome.day

    def close(self, day: int, *, misses: Callable[[Cycle], bool]) -> Evening:
        """Return what becomes of the day: walk-ins take what is free, then everybody comes or does not."""
        held, sent_away = self._walked_in(day)
        done: list[Cycle] = []
        missed: list[Cycle] = []
        for one in held.bookings:
            cycle = _cycle_of(one.asked)
            is_missed = cycle is not None and misses(cycle)
            ended = miss(held, one.booking_key) if is_missed else finish(held, one.booking_key)
            held = ended.day if ended else held
            if cycle is not None:
                (missed if is_missed else done).append(cycle)
        self.held[day] = held
        return Evening(tuple(done), tuple(missed), sent_away)

    def _walked_in(self, day: int) -> tuple[Day, int]:
        held, sent_away = self._day(day), 0
        for number, minute in enumerate(self.world.walk_ins[self.store][day].tolist()):
            self.asked[day] += VISIT_MINUTES
            outcome = book(held, self._asked(day, f"w{day}-{number}", minute), terms=self._terms(day))
            held = outcome.day
            sent_away += outcome.booking.state is not BookingState.BOOKED
        return held, sent_away

    def days(self, since: int, until: int) -> list[Day]:
        """Return the product's days from `since` to the day before `until`."""
        return [self._day(day) for day in range(since, until)]

    def room_on(self, on: date) -> float:
        """Return the minutes that the workshop has on the day; beyond the trial as on its last weekday of that name."""
        day = (on - self.world.starts_on).days
        last = self.capacity.size - 1
        return float(self.capacity[day if day <= last else last - 6 + (day - last - 1) % _WEEK])

    def _keep(self, day: int, key: str, outcome: Outcome) -> None:
        self.held[day] = outcome.day
        self.on_day[key] = day

    def _book(self, day: int, key: str, wish: Wish) -> Outcome:
        opening = self.world.openings[self.store][day]
        opens = opening.opens_at.hour * 60 + opening.opens_at.minute if opening else 0
        minute = opens + int(wish.hour * (opening.minutes if opening else _DAY_MINUTES))
        return book(self._day(day), self._asked(day, key, minute, wish), terms=self._terms(day))

    def _asked(self, day: int, key: str, minute: int, wish: Wish | None = None) -> Asked:
        return Asked(
            booking_key=key,
            person_id=key,
            vehicle_id=str(wish.car) if wish else key,
            job_class=JobClass.MAINTENANCE,
            wished_minute=minute,
            asked_at=datetime.combine(self.world.starts_on + timedelta(days=day), time(), UTC),
            is_flexible=True,
            contact_id=key if wish else None,
        )

    def _day(self, day: int) -> Day:
        held = self.held.get(day)
        on = self.world.starts_on + timedelta(days=day)
        return held if held is not None else Day(store_id=str(self.store), on=on)

    def _terms(self, day: int) -> Terms:
        return Terms(rules=self.rules, policy=POLICY, opening=self.world.openings[self.store][day])

    @property
    def over_days(self) -> IntArray:
        """Return the days on which more minutes were asked for than the workshop has, in the year that counts."""
        return np.array([day for day in np.flatnonzero(self.asked > self.capacity) if self.world.counts(int(day))])


def _cycle_of(asked: Asked) -> Cycle | None:
    """Return whose booking it is, or None for a walk-in."""
    car, _, number = (asked.contact_id or "").partition("-")
    return (int(car), int(number)) if number else None
