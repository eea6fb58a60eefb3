"""The world of one seed: three stores, their cars and owners, what chance holds for each of them, and who walks in.

Everything that chance decides is drawn here, once, by car and cycle. The arms only choose days, so the same owner with
the same message on the same day answers the same, whichever arm sent it.
"""

from dataclasses import dataclass
from datetime import date, time
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from infra.trial.cars import Cars, drawn_cars
from infra.trial.hidden import RUSH_DAYS, WEEKDAYS, Hidden, draw_hidden
from ownerloop.domain.rate import FloatArray, IntArray
from ownerloop.domain.workdays import Opening, OpeningWeek, Workdays, opening_of
from ownerloop.domain.workshop import Job, JobClass, Technician, WorkshopRules

STARTS_ON = date(2025, 1, 1)  # the years around it are announced; the reported year holds Spring Festival 2026
WARM_DAYS = 120  # not counted: a programme that starts has nobody who is due tomorrow, and nothing learned
TAIL_DAYS = 75  # the trial runs on after its last counted day, so that whoever falls due on it has answered
CYCLES_MAX = 24
VISIT_MINUTES = 90
_SLOT_MINUTES = 30
_WIDE = Opening(time(8, 30), time(17, 30))
_SHORT = Opening(time(9, 0), time(16, 0))
_A_HAND_A_DAY = 4  # of six that would fit end to end: owners come when it suits them
_TODAY_LEAD, _TODAY_SPREAD = 30.0, 15.0  # days before the true due day at which messages go out today: a fixed lead
_CYCLES_A_YEAR = 1.24
_OPEN_DAYS_A_YEAR = 288  # six days a week, less the holidays
_HOLIDAY_MIN_DAYS = 5


@dataclass(frozen=True, slots=True)
class StoreKind:
    """What differs between the three stores before chance speaks."""

    store_id: str
    cars_share: float
    busy: float  # the share of its places that today's demand takes, with a fixed lead
    week: OpeningWeek


STORES = (
    StoreKind("tight", 0.50, 0.95, OpeningWeek((*[_WIDE] * 5, _WIDE, None), True, True)),  # noqa: FBT003  # two flags
    StoreKind("even", 0.33, 0.80, OpeningWeek((*[_WIDE] * 7,), True, True)),  # noqa: FBT003  # two flags
    StoreKind("ample", 0.17, 0.65, OpeningWeek((*[_WIDE] * 5, _SHORT, None), True, False)),  # noqa: FBT003  # two flags
)


@dataclass(frozen=True, slots=True)
class Fates:
    """What chance holds for each car and cycle, in 0-1: the same for every arm."""

    answers: FloatArray
    lag: FloatArray
    prompt: FloatArray
    misses: FloatArray
    cancels: FloatArray
    patience: FloatArray
    hour: FloatArray
    side: FloatArray


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is the same in every arm of one seed; columns of days count from `starts_on`."""

    seed: int
    starts_on: date
    days: int  # reported, after the first ones; whoever falls due on one of them counts
    cars: Cars
    hidden: tuple[Hidden, ...]
    fates: Fates
    rules: tuple[WorkshopRules, ...]
    openings: tuple[tuple[Opening | None, ...], ...]  # by store and day
    walk_ins: tuple[tuple[IntArray, ...], ...]  # by store and day: the minutes of the day at which they come
    walk_in_mean: FloatArray  # stores x days

    @property
    def first(self) -> int:
        """Return the ordinal of the first day."""
        return self.starts_on.toordinal()

    @property
    def width(self) -> int:
        """Return how many days are run."""
        return WARM_DAYS + self.days + TAIL_DAYS

    @property
    def counted(self) -> range:
        """Return the days of the year that is reported."""
        return range(WARM_DAYS, WARM_DAYS + self.days)

    def on_day(self, day: int) -> date:
        """Return the date of a day counted from the first."""
        return date.fromordinal(self.first + day)

    def is_open(self, store: int) -> npt.NDArray[np.bool_]:
        """Return on which days the store is open."""
        return np.array([opening is not None for opening in self.openings[store]])

    def counts(self, day: int) -> bool:
        """Return whether a day, counted from the first, lies in the year that is reported."""
        return day in self.counted


def drawn_world(*, seed: int, cars: int, days: int, workdays: Workdays, starts_on: date = STARTS_ON) -> World:
    """Return the world of a seed; the same seed and sizes give the same world."""
    draws = np.random.default_rng(seed).spawn(3 + len(STORES))
    stores = _stores_of(cars)
    width = WARM_DAYS + days + TAIL_DAYS
    hidden = tuple(draw_hidden(draw) for draw in draws[3:])
    openings = tuple(
        tuple(opening_of(kind.week, workdays, date.fromordinal(starts_on.toordinal() + day)) for day in range(width))
        for kind in STORES
    )
    means = np.stack(
        [_walk_in_means(*each, starts_on, workdays) for each in zip(hidden, _counts(stores), openings, strict=True)]
    )
    return World(
        seed=seed,
        starts_on=starts_on,
        days=days,
        cars=drawn_cars(draws[0], stores=stores, hidden=hidden, starts_on=starts_on, days=width),
        hidden=hidden,
        fates=Fates(*draws[1].random((8, cars, CYCLES_MAX))),
        rules=tuple(_rules(*each) for each in zip(STORES, hidden, _counts(stores), means, openings, strict=True)),
        openings=openings,
        walk_ins=tuple(tuple(_minutes(draws[2], mean) for mean in row) for row in means),
        walk_in_mean=means,
    )


def mirrored(is_open: npt.NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
    """Return for each day the open day that owners ask for who come earlier, and who come later, than they would.

    A closed day is mirrored at the beginning and at the end of its closure, so whoever would come within a holiday of a
    week comes within the week before or after; an open day is itself. At an end of the trial both are the same.
    """
    days = np.arange(is_open.size)
    before = np.maximum.accumulate(np.where(is_open, days, -1))
    after = np.minimum.accumulate(np.where(is_open, days, days.size)[::-1])[::-1]
    earlier = before[np.clip(2 * before + 1 - days, 0, days.size - 1)]
    later = after[np.clip(2 * after - 1 - days, 0, days.size - 1)]
    earlier, later = np.where(is_open, days, earlier), np.where(is_open, days, later)
    earlier = np.where(earlier < 0, later, earlier)
    return earlier, np.where(later == days.size, earlier, later)


def _stores_of(cars: int) -> IntArray:
    ends = np.rint(np.cumsum([kind.cars_share for kind in STORES]) * cars).astype(np.int64)
    return np.searchsorted(ends, np.arange(cars), side="right").astype(np.int64)


def _counts(stores: IntArray) -> list[int]:
    return [int((stores == place).sum()) for place in range(len(STORES))]


def _brought(hidden: Hidden, cars: int) -> float:
    """Return the visits an open day that messages bring today, with a fixed lead: what the workshop was built for."""
    levels = (np.arange(99) + 1) / 100
    leads = np.array([NormalDist(_TODAY_LEAD, _TODAY_SPREAD).inv_cdf(level) for level in levels])
    return cars * _CYCLES_A_YEAR * float(hidden.mean_chance(leads).mean()) / _OPEN_DAYS_A_YEAR


def _rules(
    kind: StoreKind, hidden: Hidden, cars: int, walk_ins: FloatArray, openings: tuple[Opening | None, ...]
) -> WorkshopRules:
    """Return a workshop with places for today's demand, which its open days share."""
    open_share = sum(opening is not None for opening in openings) / len(openings)
    a_day = _brought(hidden, cars) + walk_ins.mean() / open_share
    places = max(1, round(a_day / kind.busy))
    hands = -(-places // _A_HAND_A_DAY)
    return WorkshopRules(
        week=kind.week,
        slot_minutes=_SLOT_MINUTES,
        bays=hands,
        technicians=tuple(Technician(f"t{place}", frozenset({JobClass.MAINTENANCE})) for place in range(hands)),
        jobs={JobClass.MAINTENANCE: Job(minutes=VISIT_MINUTES, daily_max=places)},
    )


def _walk_in_means(
    hidden: Hidden, cars: int, openings: tuple[Opening | None, ...], starts_on: date, workdays: Workdays
) -> FloatArray:
    """Return how many walk in on each day in the mean: by weekday and season, more of them before long holidays."""
    means = np.zeros(len(openings))
    for day, opening in enumerate(openings):
        on = date.fromordinal(starts_on.toordinal() + day)
        rush = hidden.rush if opening and _holiday_follows(on, workdays) else 1.0
        means[day] = _brought(hidden, cars) * hidden.walk_ins * WEEKDAYS[on.weekday()] * rush if opening else 0.0
        means[day] *= hidden.season(on.toordinal())
    return means


def _holiday_follows(on: date, workdays: Workdays) -> bool:
    ahead = [date.fromordinal(on.toordinal() + days) for days in range(1, RUSH_DAYS + 1)]
    return sum(workdays.is_holiday(day) for day in ahead) >= _HOLIDAY_MIN_DAYS


def _minutes(draw: np.random.Generator, mean: float) -> IntArray:
    opens = _WIDE.opens_at.hour * 60 + _WIDE.opens_at.minute
    return np.sort(opens + draw.integers(0, _WIDE.minutes - VISIT_MINUTES, size=draw.poisson(mean)))
