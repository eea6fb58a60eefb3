"""What the owners of the simulated fleet do besides driving: order, buy, book, write, complain, change wishes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from infra.fleet.cars import Car
from infra.fleet.driving import DUPLICATE_SHARE, LATE_SHARE, Due
from infra.fleet.enrolling import ZONE, instant_of, is_told_by_workshop, visit_order
from infra.fleet.journeys import steps
from infra.fleet.parcels import Lane, Parcel, cloud_event, instant_text, parcel
from infra.fleet.people import Person, Temper

SOURCE = "urn:ownerloop:demo:shop"
TOLD_FROM = time(5, 10)  # of the first day: the owners are registered by then
_TOLD_AT_NIGHT_UNTIL = 22
_BUYS_A_DAY, _CHATS_A_DAY = 0.02, 0.04
_COMPLAINS, _CHANGES_MIND = 0.15, 0.12  # of the owners within the run
_SETTLED_AFTER_DAYS = (2, 9)
_CATEGORIES = ("accessories", "insurance", "tyres", "car_care")
_TOPICS = ("waiting_time", "billing", "workmanship")
_BOOKED_AHEAD_DAYS = 2
_THOUGHT_DAYS = 4  # by then an hour booked two days ahead, or three where that is a Sunday, is gone
_THINKS_AGAIN = 0.2  # of the owners within the run
_SUNDAY = 6


class Habit(StrEnum):
    """How an owner came before the run, which decides the tier that it begins with."""

    STRANGER = "stranger"
    FRESH = "fresh"
    RISING = "rising"  # buys within the run
    REGULAR = "regular"
    LOYAL = "loyal"
    LOST = "lost"


_HABITS = (Habit.REGULAR, Habit.LOYAL, Habit.RISING, Habit.FRESH, Habit.LOST, Habit.STRANGER, Habit.RISING)
# Days before the run on which the owner came, and what each visit cost in fen.
_CAME = {
    Habit.STRANGER: ((), 0),
    Habit.FRESH: ((40,), 42_000),
    Habit.RISING: ((210,), 68_000),
    Habit.REGULAR: ((60, 250, 420), 30_000),
    Habit.LOYAL: ((45, 190, 340, 520), 120_000),
    Habit.LOST: ((700, 900), 80_000),
}


@dataclass(frozen=True, slots=True)
class _Deed:
    """One interaction: the day of the run and the time on it, then what is told."""

    day: int
    at: time
    kind: str
    data: dict[str, Any]


def habit_of(place: int) -> Habit:
    """Return how the owner at this place of the fleet, 0 being the first, came before the run."""
    return _HABITS[place % len(_HABITS)]


def interactions(people: list[Person], cars: list[Car], *, seed: int, starts_on: date, days: int) -> Iterator[Due]:
    """Yield every interaction of the run with its duplicates, owner by owner."""
    cars_of: dict[str, list[Car]] = {}
    for car in cars:
        cars_of.setdefault(car.owner_key, []).append(car)
    for place, person in enumerate(people):
        draw = random.Random(f"{seed}|interacts|{person.owner_key}")  # noqa: S311  # seeded, not secret
        own = cars_of.get(person.owner_key, [])
        for deed in _deeds(person, own, habit=habit_of(place), draw=draw, starts_on=starts_on, days=days):
            yield from _ways(_told(person, deed, starts_on=starts_on), deed, draw=draw, days=days)
        draw = random.Random(f"{seed}|journeys|{person.owner_key}")  # noqa: S311  # seeded, not secret
        for deed in _journey(place, person, own, draw=draw, days=days):
            yield from _ways(_told(person, deed, starts_on=starts_on), deed, draw=draw, days=days)


def booking(
    booking_id: str, owner_key: str, said: dict[str, Any], *, at: datetime, for_at: datetime, is_flexible: bool
) -> Parcel:
    """Return the booking of a visit; `said` names the car, and the contact that led to it if one did."""
    wish = {"booking_id": booking_id, "for_at": instant_text(for_at), "flexible": is_flexible}
    return booking_event("booking_made", owner_key, wish | said, at=at)


def booking_event(kind: str, owner_key: str, said: dict[str, Any], *, at: datetime) -> Parcel:
    """Return what an owner tells of a booking."""
    return interaction(kind, owner_key, at, said)


def service_order(car: Car, items: list[str], *, number: str, odometer_m: int, at: datetime) -> Parcel:
    """Return the finished order of a visit that was booked."""
    said = {"order_id": f"order-{number}", "vin": car.vin, "on": at.date().isoformat(), "odometer_m": odometer_m}
    paid = {"items": items, "amount_fen": 30_000 + 12_000 * len(items), "currency": "CNY"}
    return interaction("service_order_completed", car.owner_key, at, said | paid)


def _deeds(
    person: Person, cars: list[Car], *, habit: Habit, draw: random.Random, starts_on: date, days: int
) -> Iterator[_Deed]:
    if cars:
        yield from _history(cars[0], habit, draw=draw, starts_on=starts_on)
    for car in cars:
        yield from _visit(car, draw=draw, starts_on=starts_on)
    if habit is Habit.RISING:
        yield _purchase(draw.randrange(1, days - 1), draw=draw, person=person)
    for day in range(days):
        if habit is not Habit.STRANGER and draw.random() < _BUYS_A_DAY:
            yield _purchase(day, draw=draw, person=person)
        if person.temper is not Temper.UNREACHABLE and draw.random() < _CHATS_A_DAY:
            said = {"direction": draw.choice(("in", "out")), "message_id": f"chat-{person.owner_key}-{day}"}
            yield _Deed(day, _some_time(draw), "wecom_chat", said)
    yield from _complaint(person, draw=draw, days=days)
    yield from _wishes(draw=draw, days=days)
    if cars and draw.random() < _THINKS_AGAIN:
        yield from _second_thoughts(cars[0], draw=draw, starts_on=starts_on, days=days)


def _journey(place: int, person: Person, cars: list[Car], *, draw: random.Random, days: int) -> Iterator[_Deed]:
    vin = cars[0].vin if cars else None
    for day, step in steps(place, person, vin=vin, draw=draw, days=days):
        yield _Deed(day, time(step.hour, draw.randrange(60)), step.kind, step.data)


def _history(car: Car, habit: Habit, *, draw: random.Random, starts_on: date) -> Iterator[_Deed]:
    came, fen = _CAME[habit]
    for number, days_before in enumerate(came):
        on = starts_on - timedelta(days=days_before + draw.randrange(15))
        data: dict[str, Any] = {"order_id": f"repair-{number}-{car.vin[-6:]}", "vin": car.vin, "on": on.isoformat()}
        # A repair is no item of the plan: the reminders count from the services.
        data |= {"items": ["repair"], "amount_fen": fen + draw.randrange(9_000), "currency": "CNY"}
        yield _Deed(0, TOLD_FROM, "service_order_completed", data)


def _visit(car: Car, *, draw: random.Random, starts_on: date) -> Iterator[_Deed]:
    if car.visits_on is None:
        return
    booked_on = car.visits_on - 1 - _BOOKED_AHEAD_DAYS
    if booked_on >= 0:
        on = starts_on + timedelta(days=car.visits_on - 1)
        data = {"booking_id": f"booked-{car.vin[-6:]}", "vin": car.vin, **_hour_on(on)}
        yield _Deed(booked_on, _some_time(draw), "booking_made", data)
    if is_told_by_workshop(car):
        order = visit_order(car, starts_on=starts_on)
        order |= {"vin": car.vin, "amount_fen": 60_000 + draw.randrange(90_000), "currency": "CNY"}
        yield _Deed(car.visits_on - 1, time(17, draw.randrange(60)), "service_order_completed", order)


def _second_thoughts(car: Car, *, draw: random.Random, starts_on: date, days: int) -> Iterator[_Deed]:
    # Who books an inspection and then wants another day, or none, or does not come.
    day = draw.randrange(max(1, days - _THOUGHT_DAYS))
    said: dict[str, Any] = {"booking_id": f"thought-{car.vin[-6:]}"}
    for_at = _hour_on(starts_on + timedelta(days=day + _BOOKED_AHEAD_DAYS))
    yield _Deed(day, time(9), "booking_made", said | {"vin": car.vin, "job_class": "inspection"} | for_at)
    match draw.randrange(3):
        case 0:
            later = _hour_on(starts_on + timedelta(days=day + _BOOKED_AHEAD_DAYS + 1))
            yield _Deed(day + 1, time(9), "booking_changed", said | later)
        case 1:
            yield _Deed(day + 1, time(9), "booking_cancelled", said)
        case _:
            yield _Deed(day + _THOUGHT_DAYS, time(18), "booking_missed", said)


def _hour_on(day: date) -> dict[str, Any]:
    # Noon, or what is free near it; not every workshop opens on a Sunday.
    open_on = day + timedelta(days=day.weekday() == _SUNDAY)
    return {"for_at": instant_text(datetime.combine(open_on, time(12), ZONE)), "flexible": True}


def _purchase(day: int, *, draw: random.Random, person: Person) -> _Deed:
    at = _some_time(draw)
    order_id = f"sale-{person.owner_key}-{day}-{at:%H%M%S}"
    data = {"order_id": order_id, "amount_fen": draw.randrange(5_000, 95_000), "currency": "CNY"}
    return _Deed(day, at, "purchase", data | {"category": draw.choice(_CATEGORIES)})


def _complaint(person: Person, *, draw: random.Random, days: int) -> Iterator[_Deed]:
    if draw.random() >= _COMPLAINS:
        return
    data = {"case_id": f"case-{person.owner_key}", "topic": draw.choice(_TOPICS)}
    day = draw.randrange(days)
    opened_at = _some_time(draw)
    case, next_day = {"case_id": data["case_id"]}, day + 1
    yield _Deed(day, opened_at, "complaint_opened", data)
    yield _Deed(next_day, time(9, 10), "complaint_assigned", case | {"staff_userid": person.staff_userid})
    yield _Deed(next_day, time(9, 40), "callback_made", case | {"outcome": "reached"})
    yield _Deed(day + draw.randrange(*_SETTLED_AFTER_DAYS), _some_time(draw), "complaint_closed", data)


def _wishes(*, draw: random.Random, days: int) -> Iterator[_Deed]:
    if draw.random() >= _CHANGES_MIND:
        return
    data = {"channel": "wecom", "topic": draw.choice(("tier_welcome", "maintenance"))}
    day = draw.randrange(days)
    yield _Deed(day, _some_time(draw), "unsubscribed", data)
    yield _Deed(day + draw.randrange(1, 6), _some_time(draw), "subscribed", data)


def _some_time(draw: random.Random) -> time:
    return time(draw.randrange(9, 23), draw.randrange(60), draw.randrange(60))


def _told(person: Person, deed: _Deed, *, starts_on: date) -> Parcel:
    return interaction(deed.kind, person.owner_key, instant_of(starts_on, deed.day, deed.at), deed.data)


def interaction(kind: str, subject: str, at: datetime, data: dict[str, Any]) -> Parcel:
    """Return one event of the shop, the workshop or the app."""
    event_type = f"ownerloop.interaction.{kind}.v1"
    return parcel(Lane.INTERACTION, cloud_event(event_type, subject=subject, at=at, data=data, source=SOURCE))


def _ways(told: Parcel, deed: _Deed, *, draw: random.Random, days: int) -> Iterator[Due]:
    is_history = deed.at == TOLD_FROM
    at_night = not is_history and deed.at.hour < _TOLD_AT_NIGHT_UNTIL and draw.random() < 0.5  # noqa: PLR2004  # half
    sent_on = deed.day if at_night or is_history else deed.day + 1
    if not is_history and draw.random() < LATE_SHARE:
        sent_on, at_night = sent_on + draw.randrange(1, 4), False
    if sent_on >= days:
        return
    yield Due(sent_on, at_night, told)
    if draw.random() < DUPLICATE_SHARE:
        yield Due(min(sent_on + draw.randrange(2), days - 1), at_night=True, parcel=told)
