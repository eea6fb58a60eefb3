"""Where a car was seen, for those who may know: the one way to read it."""

from datetime import datetime

from ownerloop.domain.presence import Presence, visible
from ownerloop.ports import PresenceBook, Vehicles


def presence_of(vehicle_id: str, *, vehicles: Vehicles, book: PresenceBook, now: datetime) -> list[Presence]:
    """Return where the car was seen in the last seven days, as far as its owner's live consent covers it; in order.

    A withdrawal ends this at once: the rows that are still there are not shown to anybody.
    """
    car = vehicles.load([vehicle_id])[vehicle_id]
    return visible(book.of_car(vehicle_id), consent=car.consent, now=now)
