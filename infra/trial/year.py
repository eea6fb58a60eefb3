"""One arm through the year, day by day: plan, send, answer, book, work, learn."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from infra.trial.arms import AHEAD_DAYS, Sender, Waiting
from infra.trial.hidden import LAPSED_DAYS
from infra.trial.outlook import Outlooks
from infra.trial.shop import Shop
from infra.trial.told import Told
from infra.trial.world import CYCLES_MAX, World
from ownerloop.domain.lead_time import NEVER
from ownerloop.domain.rate import BoolArray, FloatArray, IntArray

_CANCELLED_BEFORE_DAYS = 3
_LATER = 0.5  # of the owners who would come on a closed day, the share that comes after it


@dataclass(frozen=True, slots=True)
class Sent:
    """The first messages of a day at one store, with the truth beside what was known."""

    store: int
    day: int  # from the trial's first
    cells: IntArray
    leads: IntArray  # days to the true due day
    chances: FloatArray


@dataclass(slots=True)
class Year:
    """What one arm did and what came of it; columns go by cell, a car's number times CYCLES_MAX and its cycle."""

    name: str
    shops: list[Shop]
    due_on: IntArray  # the true due day as an ordinal, 0 for a cycle that never began
    asked: BoolArray
    placed: BoolArray
    missed: BoolArray
    done: BoolArray
    sent: list[Sent] = field(default_factory=list)


@dataclass(slots=True)
class Running:
    """The state of one arm on its way through the year."""

    world: World
    outlooks: Outlooks
    sender: Sender
    year: Year
    serviced_on: IntArray
    cycle: IntArray
    lapses_on: IntArray
    is_waiting: BoolArray  # the present cycle's first message is still to come
    due: IntArray
    planned: IntArray
    told: tuple[Told, ...] = ()
    answers: defaultdict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    cancels: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def day(self, day: int, readers: IntArray) -> None:
        """Run one day; `readers` are the cars that send a reading on it."""
        on = self.world.first + day
        for cell in self.cancels.pop(day, ()):
            self._shop(cell).cancel(cell)
        self._refresh(readers[self.is_waiting[readers]], on)
        self._plan(np.flatnonzero(self.is_waiting & (self.planned != NEVER) & (self.planned <= on)), on)
        self._send(np.flatnonzero(self.is_waiting & (self.planned == on)), day)
        for cell, ahead in self.answers.pop(day, ()):
            self._answer(cell, ahead, day)
        self._close(day)
        self._serve(np.flatnonzero((self.lapses_on == on) & (self.cycle + 1 < CYCLES_MAX)), on)
        is_soon = self.is_waiting & (self.planned <= on + AHEAD_DAYS)
        soon = self._waiting(np.flatnonzero(is_soon))
        self.sender.settle(on, soon=soon, told=self.told, shops=self.year.shops)

    def start(self, cars: IntArray, on: int) -> None:
        """Begin the cycles of cars that were just serviced, and plan their messages."""
        due_on = self.world.lives.due_on(self.world.life[cars], self.serviced_on[cars])
        self.year.due_on[cars * CYCLES_MAX + self.cycle[cars]] = due_on
        self.lapses_on[cars] = due_on + LAPSED_DAYS
        self.is_waiting[cars] = True
        self._refresh(cars, on)

    def _refresh(self, cars: IntArray, on: int) -> None:
        self.due[cars] = self.outlooks.due(self.world.life[cars], self.serviced_on[cars], on=on)
        self._plan(cars, on)

    def _plan(self, cars: IntArray, on: int) -> None:
        if cars.size:
            self.planned[cars] = self.sender.planned(self._waiting(cars), on=on)

    def _waiting(self, cars: IntArray) -> Waiting:
        return Waiting(cars, self.cycle[cars], self.world.store[cars], self.due[cars])

    def _send(self, cars: IntArray, day: int) -> None:
        for store in range(len(self.told)):
            mine = cars[self.world.store[cars] == store]
            if mine.size:
                self._send_at(store, mine, day)
        self.is_waiting[cars] = False

    def _send_at(self, store: int, cars: IntArray, day: int) -> None:
        hidden, fates, on = self.world.hidden[store], self.world.fates, self.world.first + day
        at, cells = (cars, self.cycle[cars]), cars * CYCLES_MAX + self.cycle[cars]
        leads = self.year.due_on[cells] - on
        chances = hidden.chance(leads.astype(np.float64), on)
        self.year.sent.append(Sent(store, day, cells, leads, chances))
        self.told[store].send(cells, self.due[cars], on=on)
        lags = np.searchsorted(np.cumsum(hidden.lags), fates.lag[at], side="right")
        after = (fates.prompt[at] ** 2 * lags).astype(np.int64)  # most answer at once, some shortly before they come
        answers = np.flatnonzero(fates.answers[at] < chances).tolist()
        for cell, wait, lag in zip(
            cells[answers].tolist(), after[answers].tolist(), lags[answers].tolist(), strict=True
        ):
            self.answers[day + wait].append((cell, lag - wait))

    def _answer(self, cell: int, ahead: int, day: int) -> None:
        if day + ahead >= self.world.width:
            return
        shop, fates, at = self._shop(cell), self.world.fates, divmod(cell, CYCLES_MAX)
        hidden = self.world.hidden[shop.store]
        wished = shop.wished(day + ahead, since=day, is_later=bool(fates.side[at] < _LATER))
        if wished < day:  # within a closure at the trial's very end
            return
        self.year.asked[cell] = True
        is_booked = shop.ask(cell, wished, is_patient=bool(fates.patience[at] < hidden.patience))
        visit = shop.on_day[cell] if is_booked else wished
        # A wish without a place answers the message too.
        self.told[shop.store].answer(cell, on=self.world.first + day, visit_on=self.world.first + visit)
        if is_booked and fates.cancels[at] < hidden.cancelled and visit - day > 1:
            self.cancels[max(day + 1, visit - _CANCELLED_BEFORE_DAYS)].append(cell)
        self.year.placed[cell] |= is_booked

    def _close(self, day: int) -> None:
        for shop in self.year.shops:
            if not shop.places[day]:
                continue
            cells = np.array(shop.close(day), dtype=np.int64)
            cars, cycles = np.divmod(cells, CYCLES_MAX)
            is_missed = self.world.fates.misses[cars, cycles] < self.world.hidden[shop.store].no_show
            self.year.placed[cells] = True
            self.year.missed[cells] = is_missed
            self.year.done[cells] = ~is_missed
            served = cars[~is_missed & (self.cycle[cars] == cycles) & (cycles + 1 < CYCLES_MAX)]
            self._serve(np.sort(served), self.world.first + day)

    def _serve(self, cars: IntArray, on: int) -> None:
        """Begin a new cycle: after a visit, or elsewhere for whoever is overdue for long; the car shows that it was."""
        self.serviced_on[cars] = on
        self.cycle[cars] += 1
        self.start(cars, on)

    def _shop(self, cell: int) -> Shop:
        return self.year.shops[int(self.world.store[cell // CYCLES_MAX])]


def year_of(world: World, sender: Sender, *, outlooks: Outlooks) -> Year:
    """Return what comes of an arm in the world; the same world and arm give the same year."""
    cars = world.store.size
    shops = [Shop(world, place) for place in range(len(world.hidden))]
    asked, placed, missed, done = np.zeros((4, cars * CYCLES_MAX), dtype=np.bool_)
    running = Running(
        world=world,
        outlooks=outlooks,
        sender=sender,
        year=Year(sender.name, shops, np.zeros(cars * CYCLES_MAX, dtype=np.int64), asked, placed, missed, done),
        serviced_on=world.serviced_on.copy(),
        cycle=np.zeros(cars, dtype=np.int64),
        lapses_on=np.zeros(cars, dtype=np.int64),
        is_waiting=np.zeros(cars, dtype=np.bool_),
        due=np.zeros((cars, 3), dtype=np.int64),
        planned=np.full(cars, NEVER, dtype=np.int64),
        told=tuple(Told() for _ in shops),
    )
    running.start(np.arange(cars), world.first)
    for day, readers in enumerate(_readers(world)):
        running.day(day, readers)
    return running.year


def _readers(world: World) -> list[IntArray]:
    """Return the cars that send a reading on each day."""
    read_on = world.lives.read_on
    counts = np.array([len(each) for each in read_on])[world.life]
    on = np.concatenate([read_on[life] for life in world.life.tolist()])
    cars = np.repeat(np.arange(world.life.size), counts)
    order = np.argsort(on, kind="stable")
    ends = np.searchsorted(on[order], world.first + np.arange(world.width + 1))
    return [np.sort(cars[order[since:until]]) for since, until in pairwise(ends.tolist())]
