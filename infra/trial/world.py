"""The world of one seed: three stores, their cars and owners, what chance holds for each of them, and who walks in.

Everything that chance decides is drawn here, once, by car and cycle. The arms only choose days, so the same owner with
the same message on the same day answers the same, whichever arm sent it.
"""

from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np

from infra.trial.hidden import CAMPAIGN_DAYS, PEAK_OF_YEAR, RUSH_DAYS, WEEKDAYS, Hidden, draw_hidden
from infra.trial.lives import Lives
from infra.trial.spans import STARTS_ON, WARM_DAYS, width_of
from infra.trial.stores import STORES, StoreKind
from ownerloop.domain.rate import BoolArray, FloatArray, IntArray
from ownerloop.domain.workdays import Workdays, opening_of

CYCLES_MAX = 12
_TODAY_LEAD, _TODAY_SPREAD = 30.0, 15.0  # days before the true due day at which messages go out today: a fixed lead
_CYCLES_A_YEAR = 1.24
_DAYS_A_YEAR = 365
_HOLIDAY_MIN_DAYS = 5
_NEWLY_DUE_DAYS = 45  # a programme that starts: nobody is due before its first messages could have an effect
_SERVICE_SWING = 0.35  # of last year's services over the year: cars are bought before Spring Festival
_TRIES = 40
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Fates:
    """What chance holds for each car and cycle, in 0-1: the same for every arm."""

    answers: FloatArray
    lag: FloatArray
    prompt: FloatArray
    misses: FloatArray
    cancels: FloatArray
    patience: FloatArray
    side: FloatArray


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is the same in every arm of one seed; columns of days count from `starts_on`."""

    seed: int
    starts_on: date
    days: int  # reported, after the first ones; whoever falls due on one of them counts
    lives: Lives
    life: IntArray  # by car: which of the lives it leads
    store: IntArray  # by car
    serviced_on: IntArray  # by car: the ordinal of the service before the start
    hidden: tuple[Hidden, ...]
    fates: Fates
    places: IntArray  # stores x days: the visits that the workshop can do, 0 on closed days
    walk_ins: IntArray  # stores x days
    walk_in_mean: FloatArray  # stores x days

    @property
    def first(self) -> int:
        """Return the ordinal of the first day."""
        return self.starts_on.toordinal()

    @property
    def width(self) -> int:
        """Return how many days are run."""
        return width_of(self.days)

    @property
    def counted(self) -> slice:
        """Return the days of the year that is reported."""
        return slice(WARM_DAYS, WARM_DAYS + self.days)

    def on_day(self, day: int) -> date:
        """Return the date of a day counted from the first."""
        return date.fromordinal(self.first + day)

    def counts(self, days: IntArray) -> BoolArray:
        """Return whether days, counted from the first, lie in the year that is reported."""
        found: BoolArray = (days >= self.counted.start) & (days < self.counted.stop)
        return found


def drawn_world(*, seed: int, cars: int, days: int, lives: Lives, workdays: Workdays) -> World:
    """Return the world of a seed; the same seed, sizes and lives give the same world."""
    draws = np.random.default_rng(seed).spawn(4 + len(STORES))
    store, width = _stores_of(cars), width_of(days)
    counts = [int((store == place).sum()) for place in range(len(STORES))]
    hidden = tuple(draw_hidden(draw) for draw in draws[4:])
    are_open = np.stack([_open_days(kind, workdays, width) for kind in STORES])
    each = list(zip(hidden, counts, are_open, strict=True))
    means = np.stack([_walk_in_means(*one, workdays) for one in each])
    life = draws[0].integers(0, lives.count, size=cars)
    return World(
        seed=seed,
        starts_on=STARTS_ON,
        days=days,
        lives=lives,
        life=life,
        store=store,
        serviced_on=_serviced_on(draws[3], lives, life, store, hidden),
        hidden=hidden,
        fates=Fates(*draws[1].random((7, cars, CYCLES_MAX))),
        places=np.stack([_places(kind, *one, mean) for kind, one, mean in zip(STORES, each, means, strict=True)]),
        walk_ins=draws[2].poisson(means),
        walk_in_mean=means,
    )


def mirrored(is_open: BoolArray) -> tuple[IntArray, IntArray]:
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


def _open_days(kind: StoreKind, workdays: Workdays, width: int) -> BoolArray:
    """Return on which days the store is open."""
    days = [date.fromordinal(STARTS_ON.toordinal() + day) for day in range(width)]
    return np.array([opening_of(kind.week, workdays, day) is not None for day in days])


def _brought(hidden: Hidden, cars: int) -> float:
    """Return the visits a day, closed ones too, that messages bring today, with a fixed lead."""
    levels = (np.arange(99) + 1) / 100
    leads = np.array([NormalDist(_TODAY_LEAD, _TODAY_SPREAD).inv_cdf(level) for level in levels])
    return cars * _CYCLES_A_YEAR * float(hidden.mean_chance(leads).mean()) / _DAYS_A_YEAR


def _places(kind: StoreKind, hidden: Hidden, cars: int, is_open: BoolArray, walk_ins: FloatArray) -> IntArray:
    """Return the visits that each day can hold: built for today's demand, with a roster that follows its week."""
    size, weekdays = is_open.size, (STARTS_ON.weekday() + np.arange(is_open.size)) % _WEEK
    earlier, later = mirrored(is_open)
    brought = np.full(size, _brought(hidden, cars) / 2)
    asked = np.bincount(earlier, brought, size) + np.bincount(later, brought, size) + walk_ins
    sums = np.bincount(weekdays, np.where(is_open, asked, 0.0), _WEEK)
    usual: FloatArray = sums / np.maximum(np.bincount(weekdays[is_open], minlength=_WEEK), 1)
    return np.where(is_open, np.maximum(1, np.rint(usual[weekdays] / kind.busy)), 0).astype(np.int64)


def _walk_in_means(hidden: Hidden, cars: int, is_open: BoolArray, workdays: Workdays) -> FloatArray:
    """Return how many walk in on each day in the mean: by weekday and season, more of them before long holidays."""
    means = np.zeros(is_open.size)
    a_day = _brought(hidden, cars) * hidden.walk_ins / float(is_open.mean())
    for day in np.flatnonzero(is_open).tolist():
        on = date.fromordinal(STARTS_ON.toordinal() + day)
        rush = hidden.rush if _holiday_follows(on, workdays) else 1.0
        means[day] = a_day * WEEKDAYS[on.weekday()] * rush * hidden.season(on.toordinal())
    return means


def _holiday_follows(on: date, workdays: Workdays) -> bool:
    ahead = [date.fromordinal(on.toordinal() + days) for days in range(1, RUSH_DAYS + 1)]
    return sum(workdays.is_holiday(day) for day in ahead) >= _HOLIDAY_MIN_DAYS


def _serviced_on(
    draw: np.random.Generator, lives: Lives, life: IntArray, store: IntArray, hidden: tuple[Hidden, ...]
) -> IntArray:
    """Return the days of the last services in the year before: days after which each car falls due in the trial."""
    start = STARTS_ON.toordinal()
    found = np.full(life.size, start - 1, dtype=np.int64)
    for place, of in enumerate(hidden):
        likely, left = _service_days(of), np.flatnonzero(store == place)
        for _ in range(_TRIES):
            on = start - 1 - draw.choice(likely.size, size=left.size, p=likely)
            is_due_later = lives.due_on(life[left], on) >= start + _NEWLY_DUE_DAYS
            found[left[is_due_later]] = on[is_due_later]
            left = left[~is_due_later]
    return found


def _service_days(hidden: Hidden) -> FloatArray:
    """Return how likely the last service lies so many days before the start: by season, and a year after campaigns."""
    start = STARTS_ON.toordinal()
    on = np.array([date.fromordinal(start - 1 - back).timetuple().tm_yday for back in range(_DAYS_A_YEAR)])
    seasonal = 1 + _SERVICE_SWING * np.cos(2 * np.pi * (on - PEAK_OF_YEAR) / 365.25)
    in_campaign = sum(((on > start) & (on <= start + CAMPAIGN_DAYS)).astype(np.float64) for start in hidden.campaigns)
    shares: FloatArray = (1 - hidden.campaign_share) * seasonal / seasonal.sum()
    return shares + hidden.campaign_share * in_campaign / np.sum(in_campaign)
