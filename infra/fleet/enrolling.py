"""How owners, cars, services and consents of the simulated fleet come in, on the first day and later."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.fleet.cars import Car
from infra.fleet.connecting import AGGREGATOR, name_at_aggregator
from infra.fleet.parcels import Lane, Parcel, cloud_event, instant_text, parcel
from infra.fleet.parts import Part
from infra.fleet.people import Person, Temper, buyer_of

SOURCE = "urn:ownerloop:demo:dealer"
ZONE = ZoneInfo("Asia/Shanghai")
_FULL = ["battery", "diagnostics", "odometer", "service", "tyres"]
_PARTIAL = ["battery", "diagnostics", "service"]
_EVENT_HOUR = time(5, 0)
PARTNER_ID = "insurer"
SHARE = f"share:{PARTNER_ID}"
_SHARES_EVERY = 8
_MARKETS_FROM_DAY = 2


def instant_of(starts_on: date, day: int, at: time = _EVENT_HOUR) -> datetime:
    """Return the instant of a local time on a day of the run."""
    return datetime.combine(starts_on + timedelta(days=day), at, ZONE)


def enrolments(people: list[Person], cars: list[Car], *, starts_on: date) -> Iterator[tuple[int, Parcel]]:
    """Yield every enrolment event with the day of the run on which it is sent, in a fixed order."""
    cars_of: dict[str, list[Car]] = {}
    for car in cars:
        cars_of.setdefault(car.owner_key, []).append(car)
    for person in people:
        # A second key has no address until the day on which it is told whose it is.
        met = replace(person, external_userid=None) if person.temper is Temper.SECOND else person
        yield 0, registered(met, at=instant_of(starts_on, 0))
        for car in cars_of.get(person.owner_key, []):
            yield from ((0, told) for told in _arrival(person, car, starts_on=starts_on))
            if car.visits_on is not None and is_told_by_dealer(car):
                yield car.visits_on, _serviced(car, on_day=car.visits_on, starts_on=starts_on)
        yield from _story(person, cars_of.get(person.owner_key, []), starts_on=starts_on)
        yield from _permissions(person, cars_of.get(person.owner_key, []), starts_on=starts_on)


def is_told_by_dealer(car: Car) -> bool:
    """Return whether the visit within the run comes as an enrolment event; some come both ways."""
    return _teller(car) != 1


def is_told_by_workshop(car: Car) -> bool:
    """Return whether the visit within the run comes as an interaction; some come both ways."""
    return _teller(car) != 0


def shares(person: Person) -> bool:
    """Return whether the owner shares the maintenance of the cars with the partner for some time."""
    if person.temper is not Temper.PLAIN:
        return person.temper is Temper.WITHDRAWING
    return int(person.owner_key.rpartition("-")[2]) % _SHARES_EVERY == 1


def visit_order(car: Car, *, starts_on: date) -> dict[str, Any]:
    """Return the order of the car's visit within the run: number, day, odometer and items."""
    day = car.visits_on or 0
    return {
        "order_id": f"visit-{day}-{car.vin[-6:]}",
        "on": (starts_on + timedelta(days=day - 1)).isoformat(),
        "odometer_m": car.odometer_m(day - 1, 0.5),
        "items": [item.item for item in car.plan.items],
    }


def registered(person: Person, *, at: datetime) -> Parcel:
    """Return the registration of an owner as of an instant."""
    data = {
        "store_id": person.store_id,
        "zone": person.zone,
        "language": person.language,
        "daily_max": person.daily_max,
        "wecom_external_userid": person.external_userid,
        "staff_userid": person.staff_userid,
    }
    return enrolled("owner.registered", person.owner_key, at, data)


def _arrival(person: Person, car: Car, *, starts_on: date) -> Iterator[Parcel]:
    at = instant_of(starts_on, 0)
    linked = {
        "owner_key": person.owner_key,
        "model": car.plan.model,
        "store_id": car.store_id,
        "since": instant_text(instant_of(starts_on, 0) - timedelta(days=400)),
        "in_service_on": car.in_service_on.isoformat(),
        "aggregator_ids": {AGGREGATOR: name_at_aggregator(car.vin)} if car.part is Part.CONNECTED else None,
    }
    yield enrolled("vehicle.linked", car.vin, at, linked)
    yield _first_service(car, at=at)
    if person.temper is not Temper.UNASKED:
        yield _granted(person, car, since=at - timedelta(days=60), at=at)


def _story(person: Person, cars: list[Car], *, starts_on: date) -> Iterator[tuple[int, Parcel]]:
    day, at = person.acts_on, instant_of(starts_on, person.acts_on)
    match person.temper:
        case Temper.WITHDRAWING:
            for car in cars:
                withdrawn = {"owner_key": person.owner_key, "purpose": "maintenance", "data_classes": _FULL}
                yield day, enrolled("consent.withdrawn", car.vin, at, withdrawn)
            if cars:
                unshared = {"owner_key": person.owner_key, "purpose": SHARE, "data_classes": ["service"]}
                yield day, enrolled("consent.withdrawn", cars[0].vin, at, unshared)
        case Temper.HANDING_OVER:
            buyer = buyer_of(person)
            yield day, registered(buyer, at=at)
            handed = {"to_owner_key": buyer.owner_key, "at": instant_text(at), "store_id": buyer.store_id}
            yield day, enrolled("vehicle.handed_over", cars[0].vin, at, handed)
            yield day, _granted(buyer, cars[0], since=at, at=at)
        case Temper.UNSUBSCRIBING:
            refused = {"channel": "wecom", "topic": "maintenance"}
            yield day, enrolled("owner.unsubscribed", person.owner_key, at, refused)
        case _:
            return


def _permissions(person: Person, cars: list[Car], *, starts_on: date) -> Iterator[tuple[int, Parcel]]:
    """Yield what the owner allows beyond maintenance: one car shared with the partner, messages about offers."""
    if cars and shares(person):
        at = instant_of(starts_on, 0)
        yield 0, _granted(person, cars[0], since=at - timedelta(days=60), at=at, purpose=SHARE, classes=["service"])
    if cars and person.temper in {Temper.PLAIN, Temper.POOL}:
        at = instant_of(starts_on, _MARKETS_FROM_DAY)
        yield _MARKETS_FROM_DAY, _granted(person, cars[0], since=at, at=at, purpose="marketing")


def _granted(
    person: Person,
    car: Car,
    *,
    since: datetime,
    at: datetime,
    purpose: str = "maintenance",
    classes: list[str] | None = None,
) -> Parcel:
    data = {
        "owner_key": person.owner_key,
        "purpose": purpose,
        "data_classes": classes or (_PARTIAL if person.temper is Temper.PARTIAL else _FULL),
        "valid_from": instant_text(since),
        "valid_until": instant_text(since + timedelta(days=360)),
        "evidence": f"signed at {person.store_id}, form {car.vin[-5:]}",
        "text_version": "2026-01",
    }
    return enrolled("consent.granted", car.vin, at, data)


def _serviced(car: Car, *, on_day: int, starts_on: date) -> Parcel:
    return enrolled("service.completed", car.vin, instant_of(starts_on, on_day), visit_order(car, starts_on=starts_on))


def _first_service(car: Car, *, at: datetime) -> Parcel:
    data: dict[str, Any] = {
        "order_id": f"first-{car.vin[-6:]}",
        "on": car.serviced_on.isoformat(),
        "odometer_m": car.serviced_at_m,
        "items": [item.item for item in car.plan.items],
    }
    return enrolled("service.completed", car.vin, at, data)


def _teller(car: Car) -> int:
    return int(car.vin[-1]) % 3  # the dealer's list, the workshop, or both


def enrolled(kind: str, subject: str, at: datetime, data: dict[str, Any]) -> Parcel:
    """Return an event of the dealer's: what is None in it is left out."""
    told = {name: value for name, value in data.items() if value is not None}
    return parcel(Lane.ENROLMENT, cloud_event(f"ownerloop.{kind}.v1", subject=subject, at=at, data=told, source=SOURCE))
