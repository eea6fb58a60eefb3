"""A store's workshop through the year of one arm: what was asked of each day, and who found a place.

A place is a visit. That bays, technicians and hours hold under any crowd is proved elsewhere, on the product's own
days; here a day is full when its places are taken.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from infra.trial.world import World, mirrored
from ownerloop.domain.rate import BoolArray, FloatArray, IntArray

_OFFERED_DAYS = 3  # open days on which an owner without a place is offered another
_WAITING_SHARE = 10  # one may wait for a day for each so many of its places


@dataclass(slots=True)
class Shop:
    """One store's days in one arm; a day is its place from the trial's first, a cell names a car's cycle."""

    world: World
    store: int
    held: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    waiting: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    on_day: dict[int, int] = field(default_factory=dict)  # open bookings and waiting ones by cell
    asked: IntArray = field(init=False)  # visits wished for each day, whatever became of the wish
    places: list[int] = field(init=False)
    sent_away: IntArray = field(init=False)  # walk-ins without a place, by day
    walked_in: IntArray = field(init=False)  # walk-ins who found one
    open_days: IntArray = field(init=False)
    beside: tuple[list[int], list[int]] = field(init=False)  # of each day: the open days asked for in its place

    def __post_init__(self) -> None:
        is_open = self.world.places[self.store] > 0
        self.asked, self.sent_away, self.walked_in = (np.zeros(is_open.size, dtype=np.int64) for _ in range(3))
        self.places = self.world.places[self.store].tolist()
        self.open_days = np.flatnonzero(is_open)
        earlier, later = mirrored(is_open)
        self.beside = earlier.tolist(), later.tolist()

    @property
    def is_over(self) -> BoolArray:
        """Return on which days more visits were asked for than the workshop has places: the overload days."""
        found: BoolArray = self.asked > self.world.places[self.store]
        return found

    def wished(self, day: int, *, since: int, is_later: bool) -> int:
        """Return the open day that an owner asks for who would come on `day`; nobody asks for a day before `since`."""
        earlier, later = self.beside[0][day], self.beside[1][day]
        return later if is_later or earlier < since else earlier

    def ask(self, cell: int, day: int, *, is_patient: bool) -> bool:
        """Return whether a wish has a place, on its day or if patient on one of the next; else it may wait for one."""
        self.asked[day] += 1
        if self._book(cell, day):
            return True
        if is_patient:
            at = int(np.searchsorted(self.open_days, day, side="right"))
            if any(self._book(cell, later) for later in self.open_days[at : at + _OFFERED_DAYS].tolist()):
                return True
        if len(self.waiting[day]) * _WAITING_SHARE < self.places[day]:
            self.waiting[day].append(cell)
            self.on_day[cell] = day
        return False

    def cancel(self, cell: int) -> None:
        """Give a booking's place back; whoever waits for that day takes it."""
        day = self.on_day.pop(cell, None)
        if day is None:
            return
        kept = self.held[day]
        if cell in kept:
            kept.remove(cell)
        if self.waiting[day]:
            kept.append(self.waiting[day].pop(0))

    def close(self, day: int) -> list[int]:
        """Return who has a booking on the day; walk-ins take the places left."""
        came, kept = int(self.world.walk_ins[self.store, day]), self.held[day]
        self.asked[day] += came
        self.walked_in[day] = min(came, self.places[day] - len(kept))
        self.sent_away[day] = came - self.walked_in[day]
        return kept

    def promised(self, since: int, until: int) -> FloatArray:
        """Return the visits that reminded owners have asked for on the days, waiting ones too."""
        return np.array([len(self.held[day]) + len(self.waiting[day]) for day in range(since, until)], dtype=np.float64)

    def _book(self, cell: int, day: int) -> bool:
        kept = self.held[day]
        if len(kept) >= self.places[day]:
            return False
        kept.append(cell)
        self.on_day[cell] = day
        return True
