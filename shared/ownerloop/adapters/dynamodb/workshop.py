"""The days and bookings of the workshops in the Workshop table.

| pk | sk | what |
|---|---|---|
| `store#<store_id>#<date>` | `day` | `version`, `body`: deflated JSON of `[bookings, waitlist]` |
| `booking#<booking_key>` | `booking` | where the booking stands; its attributes are named like its fields |

A booking of a day is `[key, person, vehicle, class, wished minute, asked at, flexible, own technician, only own,
promised, contact, state, minutes, place]`, a place `[start minute, minutes, technician, bay]`; instants are
microseconds.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from ownerloop.adapters.dynamodb.commands import Key, get_items
from ownerloop.adapters.dynamodb.items import day_or_none, instant, instant_or_none, iso, micros, packed, unpacked
from ownerloop.domain.standing import Standing
from ownerloop.domain.workshop import Asked, Booking, BookingState, Day, JobClass, Place

DAY, BOOKING = "day", "booking"
_PLAIN = (  # fields of a standing whose attribute is the value as it is
    "booking_key",
    "person_id",
    "reason",
    "version",
    "vehicle_id",
    "store_id",
    "minutes",
    "job_class",
    "technician_id",
    "bay",
    "waits_as",
    "contact_id",
)


class DynamoWorkshop:
    """The workshops' days and bookings, for those who read."""

    def __init__(self, workshop_table: str) -> None:
        self._table = workshop_table

    def standings(self, booking_keys: Iterable[str]) -> dict[str, Standing]:
        """Return where each booking stands that anybody told of; the others are absent."""
        keys = {booking_key: standing_key(booking_key) for booking_key in booking_keys}
        rows = get_items(self._table, keys.values()) if keys else {}
        return {booking_key: standing_from(rows[key]) for booking_key, key in keys.items() if key in rows}

    def load(self, places: Iterable[tuple[str, date]]) -> dict[tuple[str, date], Day]:
        """Return each asked day of a store; one that nobody booked comes with version 0."""
        keys = {place: day_key(*place) for place in places}
        rows = get_items(self._table, keys.values()) if keys else {}
        return {
            place: day_from(rows[key], place) if key in rows else Day(store_id=place[0], on=place[1])
            for place, key in keys.items()
        }

    def days(self, store_id: str, *, since: date, through: date) -> list[Day]:
        """Return every day of the span, both ends included, in order; one that nobody booked has version 0."""
        places = [(store_id, since + timedelta(days=offset)) for offset in range((through - since).days + 1)]
        found = self.load(places)
        return [found[place] for place in places]


def day_key(store_id: str, on: date) -> Key:
    """Return the primary key of a store's day."""
    return f"store#{store_id}#{on.isoformat()}", DAY


def place_of_day(pk: str) -> tuple[str, date]:
    """Return the store and the day of a day's partition key."""
    _, store_id, on = pk.split("#")
    return store_id, date.fromisoformat(on)


def standing_key(booking_key: str) -> Key:
    """Return the primary key of a booking."""
    return f"booking#{booking_key}", BOOKING


def day_values(day: Day) -> dict[str, Any]:
    """Return the plain values of the day's item."""
    pk, sk = day_key(day.store_id, day.on)
    body = [[_booking_list(one) for one in of] for of in (day.bookings, day.waitlist)]
    return {"pk": pk, "sk": sk, "version": day.version, "body": packed(body)}


def day_from(values: Mapping[str, Any], place: tuple[str, date]) -> Day:
    """Return the day of an item's plain values."""
    bookings, waitlist = unpacked(values["body"])
    return Day(
        store_id=place[0],
        on=place[1],
        version=values["version"],
        bookings=tuple(_booking_of(parts) for parts in bookings),
        waitlist=tuple(_booking_of(parts) for parts in waitlist),
    )


def standing_values(standing: Standing) -> dict[str, Any]:
    """Return the plain values of a booking's item."""
    pk, sk = standing_key(standing.booking_key)
    return {
        "pk": pk,
        "sk": sk,
        **{name: getattr(standing, name) for name in _PLAIN},
        "state": str(standing.state),
        "told_at": micros(standing.told_at),
        "for_at": micros(standing.for_at),
        "booked_on": iso(standing.on),
        "promoted": list(standing.promoted) or None,
    }


def standing_from(values: Mapping[str, Any]) -> Standing:
    """Return the booking of an item's plain values."""
    return Standing(
        **{name: values.get(name) for name in _PLAIN},  # type: ignore[arg-type]  # the writer above kept their types
        state=BookingState(values["state"]),
        told_at=instant(values["told_at"]),
        for_at=instant_or_none(values.get("for_at")),
        on=day_or_none(values.get("booked_on")),
        promoted=tuple(values.get("promoted", ())),
    )


def _booking_list(booking: Booking) -> list[Any]:
    asked, place = booking.asked, booking.place
    return [
        asked.booking_key,
        asked.person_id,
        asked.vehicle_id,
        str(asked.job_class),
        asked.wished_minute,
        micros(asked.asked_at),
        asked.is_flexible,
        asked.own_technician,
        asked.only_own,
        asked.is_promised,
        asked.contact_id,
        str(booking.state),
        booking.minutes,
        [place.start_minute, place.minutes, place.technician_id, place.bay] if place else None,
    ]


def _booking_of(parts: list[Any]) -> Booking:
    key, person, vehicle, job_class, wished, asked_at, flexible, own, only_own, promised, contact, *rest = parts
    state, minutes, place = rest
    asked = Asked(
        booking_key=key,
        person_id=person,
        vehicle_id=vehicle,
        job_class=JobClass(job_class),
        wished_minute=wished,
        asked_at=instant(asked_at),
        is_flexible=flexible,
        own_technician=own,
        only_own=only_own,
        is_promised=promised,
        contact_id=contact,
    )
    return Booking(asked, BookingState(state), minutes, Place(*place) if place else None)
