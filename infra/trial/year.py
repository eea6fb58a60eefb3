"""One arm through the year, day by day: plan, send, answer, book, work, learn."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np

from infra.trial.arms import Sender, Told, Waiting, answer_of, sending_of
from infra.trial.hidden import LAPSED_DAYS
from infra.trial.outlook import Outlooks
from infra.trial.shop import Shop, Wish
from infra.trial.world import CYCLES_MAX, World
from ownerloop.domain.lead_time import NEVER
from ownerloop.domain.rate import FloatArray, IntArray
from ownerloop.domain.workshop import BookingState

_CANCELLED_BEFORE_DAYS = 3
_LATER = 0.5  # of the owners who would come on a closed day, the share that comes after it

Cycle = tuple[int, int]  # a car and the number of its due cycle


@dataclass(frozen=True, slots=True)
class Message:
    """One first message, with the truth beside what was known."""

    cycle: Cycle
    store: int
    sent_on: int
    due_on: int
    chance: float


@dataclass(slots=True)
class Year:
    """What one arm did and what came of it."""

    name: str
    shops: list[Shop]
    messages: list[Message] = field(default_factory=list)
    due: dict[Cycle, int] = field(default_factory=dict)  # each cycle's true due day
    asked: set[Cycle] = field(default_factory=set)
    placed: set[Cycle] = field(default_factory=set)
    missed: set[Cycle] = field(default_factory=set)
    done: set[Cycle] = field(default_factory=set)
    walk_ins_turned_away: FloatArray = field(default_factory=lambda: np.zeros(0))


@dataclass(slots=True)
class Running:
    """The state of one arm on its way through the year."""

    world: World
    outlooks: Outlooks
    sender: Sender
    year: Year
    serviced_on: IntArray
    cycle: IntArray
    is_waiting: np.ndarray[tuple[int], np.dtype[np.bool_]]  # the present cycle's first message is still to come
    due: IntArray
    planned: IntArray
    visits: list[tuple[int, ...]]
    told: tuple[Told, ...] = ()
    answers: dict[int, list[tuple[Wish, int]]] = field(default_factory=lambda: defaultdict(list))
    ends: dict[int, list[Cycle]] = field(default_factory=lambda: defaultdict(list))
    cancels: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def day(self, day: int, readers: IntArray) -> None:
        """Run one day; `readers` are the cars that send a reading on it."""
        on = self.world.first + day
        for key in self.cancels.pop(day, ()):
            self._shop(key).cancel(key)
        self._refresh(readers[self.is_waiting[readers]], on)
        self._plan(np.flatnonzero(self.is_waiting & (self.planned != NEVER) & (self.planned <= on)), on)
        self._send(np.flatnonzero(self.is_waiting & (self.planned == on)), day)
        for wish, lag in self.answers.pop(day, ()):
            self._answer(wish, lag, day)
        self._close(day)
        self._lapse(on)
        waiting = np.flatnonzero(self.is_waiting)
        if self.sender.settle(on, waiting=self._waiting(waiting), told=self.told, shops=self.year.shops):
            self._plan(waiting, on + 1)

    def start(self, cars: IntArray, on: int) -> None:
        """Begin the cycles of cars that were just serviced, and plan their messages."""
        for car in cars.tolist():
            self.year.due[(car, int(self.cycle[car]))] = self.world.cars.due_on(car, int(self.serviced_on[car]))
            self.ends[self.year.due[(car, int(self.cycle[car]))] + LAPSED_DAYS].append((car, int(self.cycle[car])))
        self.is_waiting[cars] = True
        self._refresh(cars, on)

    def _refresh(self, cars: IntArray, on: int) -> None:
        if cars.size:
            read_on = self.world.cars.read_on
            known = [
                (car, int(np.searchsorted(read_on[car], on, side="right")), self.visits[car]) for car in cars.tolist()
            ]
            self.due[cars] = self.outlooks.due(known, on=on)
            self._plan(cars, on)

    def _plan(self, cars: IntArray, on: int) -> None:
        if cars.size:
            self.planned[cars] = self.sender.planned(self._waiting(cars), on=on)

    def _waiting(self, cars: IntArray) -> Waiting:
        return Waiting(cars, self.cycle[cars], self.world.cars.store[cars], self.due[cars])

    def _send(self, cars: IntArray, day: int) -> None:
        fates, on = self.world.fates, self.world.first + day
        for car in cars.tolist():
            cycle, store = (car, int(self.cycle[car])), int(self.world.cars.store[car])
            hidden, due_on = self.world.hidden[store], self.year.due[cycle]
            chance = float(hidden.chance(np.array(due_on - on, dtype=np.float64), on))
            self.year.messages.append(Message(cycle, store, on, due_on, chance))
            self.told[store].sendings.append(sending_of(_key(cycle), store, self.due[car].tolist(), on=on))
            if fates.answers[cycle] < chance:
                lag = int(np.searchsorted(np.cumsum(hidden.lags), fates.lag[cycle], side="right"))
                # Most owners answer at once, some shortly before they come.
                after = int(fates.prompt[cycle] ** 2 * lag)
                self.answers[day + after].append((Wish(*cycle, float(fates.hour[cycle])), lag - after))
        self.is_waiting[cars] = False

    def _answer(self, wish: Wish, ahead: int, day: int) -> None:
        store = int(self.world.cars.store[wish.car])
        shop, fates, hidden = self.year.shops[store], self.world.fates, self.world.hidden[store]
        cycle = (wish.car, wish.cycle)
        if day + ahead >= self.world.width:
            return
        wished = shop.wished(day + ahead, since=day, is_later=bool(fates.side[cycle] < _LATER))
        self.year.asked.add(cycle)
        state = shop.ask(wish, wished, is_patient=bool(fates.patience[cycle] < hidden.patience))
        key, is_booked = _key(cycle), state is BookingState.BOOKED
        visit = shop.on_day[key] if is_booked else wished
        # A wish without a place answers the message too.
        self.told[store].answers.append(answer_of(key, store, on=self.world.first + day, visit_after=visit - day))
        if not is_booked:
            return
        self.year.placed.add(cycle)
        if fates.cancels[cycle] < hidden.cancelled and visit - day > 1:
            self.cancels[max(day + 1, visit - _CANCELLED_BEFORE_DAYS)].append(key)

    def _close(self, day: int) -> None:
        served: list[int] = []
        for store, shop in enumerate(self.year.shops):
            if not shop.capacity[day]:
                continue
            evening = shop.close(day, misses=partial(self._misses, store))
            self.year.walk_ins_turned_away[store] += evening.sent_away if self.world.counts(day) else 0
            self.year.placed |= set(evening.done) | set(evening.missed)
            self.year.missed |= set(evening.missed)
            self.year.done |= set(evening.done)
            served += [car for car, cycle in evening.done if self.cycle[car] == cycle]
        self._serve(np.array(sorted(served), dtype=np.int64), self.world.first + day)

    def _misses(self, store: int, cycle: Cycle) -> bool:
        return bool(self.world.fates.misses[cycle] < self.world.hidden[store].no_show)

    def _lapse(self, on: int) -> None:
        """Serve elsewhere whoever is overdue for long; the car itself shows that it was, so its next cycle is known."""
        gone = [car for car, cycle in self.ends.pop(on, ()) if self.cycle[car] == cycle]
        self._serve(np.array([car for car in gone if self.cycle[car] + 1 < CYCLES_MAX], dtype=np.int64), on)

    def _serve(self, cars: IntArray, on: int) -> None:
        self.serviced_on[cars] = on
        self.cycle[cars] += 1
        for car in cars.tolist():
            self.visits[car] = (*self.visits[car], on)
        self.start(cars, on)

    def _shop(self, key: str) -> Shop:
        return self.year.shops[int(self.world.cars.store[int(key.partition("-")[0])])]


def year_of(world: World, sender: Sender, *, outlooks: Outlooks) -> Year:
    """Return what comes of an arm in the world; the same world and arm give the same year."""
    cars, shops = world.cars, [Shop(world, place) for place in range(len(world.hidden))]
    running = Running(
        world=world,
        outlooks=outlooks,
        sender=sender,
        year=Year(sender.name, shops, walk_ins_turned_away=np.zeros(len(shops))),
        serviced_on=cars.serviced_on.copy(),
        cycle=np.zeros(cars.count, dtype=np.int64),
        is_waiting=np.zeros(cars.count, dtype=np.bool_),
        due=np.zeros((cars.count, 3), dtype=np.int64),
        planned=np.full(cars.count, NEVER, dtype=np.int64),
        visits=[()] * cars.count,
        told=tuple(Told([], []) for _ in shops),
    )
    running.start(np.arange(cars.count), world.first)
    readers = _readers(world)
    for day in range(world.width):
        running.day(day, readers[day])
    return running.year


def _key(cycle: Cycle) -> str:
    return f"{cycle[0]}-{cycle[1]}"


def _readers(world: World) -> list[IntArray]:
    """Return the cars that send a reading on each day."""
    on = np.concatenate(world.cars.read_on)
    cars = np.repeat(np.arange(world.cars.count), [len(each) for each in world.cars.read_on])
    order = np.argsort(on, kind="stable")
    ends = np.searchsorted(on[order], world.first + np.arange(world.width + 1))
    return [np.sort(cars[order[since:until]]) for since, until in pairwise(ends.tolist())]
