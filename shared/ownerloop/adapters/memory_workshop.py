"""The twin in memory of the workshops: for tests and simulation only."""

from collections.abc import Iterable
from datetime import date, timedelta

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.interaction_change import WorkshopChange
from ownerloop.domain.standing import Standing
from ownerloop.domain.workshop import Day


class MemoryWorkshop:
    """The days and bookings in dicts; what an interaction changes is checked and written by its twin."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[tuple[str, date], Day] = {}
        self.bookings: dict[str, Standing] = {}
        self._on_operation = on_operation

    def standings(self, booking_keys: Iterable[str]) -> dict[str, Standing]:
        """Return where each booking stands that anybody told of; the others are absent."""
        self._on_operation("workshop.standings")
        with LOCK:
            return {key: self.bookings[key] for key in booking_keys if key in self.bookings}

    def load(self, places: Iterable[tuple[str, date]]) -> dict[tuple[str, date], Day]:
        """Return each asked day of a store; one that nobody booked comes with version 0."""
        self._on_operation("workshop.load")
        with LOCK:
            return {place: self.held.get(place) or Day(store_id=place[0], on=place[1]) for place in places}

    def days(self, store_id: str, *, since: date, through: date) -> list[Day]:
        """Return every day of the span, both ends included, in order; one that nobody booked has version 0."""
        places = [(store_id, since + timedelta(days=offset)) for offset in range((through - since).days + 1)]
        found = self.load(places)
        return [found[place] for place in places]

    def check(self, change: WorkshopChange) -> None:
        """Raise VersionConflictError if somebody else wrote a day or booking of the change since it was read."""
        for day in change.days:
            held = self.held.get((day.store_id, day.on))
            if day.version - 1 != (held.version if held else 0):
                raise VersionConflictError(item=f"{day.store_id} {day.on.isoformat()}")
        for one in change.standings:
            known = self.bookings.get(one.booking_key)
            if one.version - 1 != (known.version if known else 0):
                raise VersionConflictError(item=one.booking_key)

    def write(self, change: WorkshopChange) -> None:
        """Write the days and bookings of a change that was checked."""
        self.held |= {(day.store_id, day.on): day for day in change.days}
        self.bookings |= {one.booking_key: one for one in change.standings}
